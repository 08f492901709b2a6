import { callGraph } from "#model/authorization.ts";
import type { Edge } from "#model/authorization.ts";
import { metricsPath } from "#model/routing.ts";
import type {
    BackingServiceIntent,
    Catalog,
    HttpMethod,
    HttpPermission,
    ServiceIntent,
} from "#model/types.ts";
import { INGRESS_GATEWAY } from "#model/types.ts";
import type { Origin } from "./fleet.ts";
import { STRANGER } from "./fleet.ts";
import { maySend, METHODS } from "#live/requests.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";

/** What the call matrix follows from. */
type Declarations = Pick<DeclaredMesh, "catalog" | "context">;

/** One request to a service, without who makes it. */
export interface HttpRequest {
    readonly method: string;
    readonly path: string;
}

/** A declared edge to a microservice. */
export interface HttpEdge extends Edge {
    readonly service: ServiceIntent;
    readonly permissions: readonly HttpPermission[];
}

/** A declared edge to a backing service. */
export interface TcpEdge extends Edge {
    readonly service: BackingServiceIntent;
}

/** A caller and a callee, of which the catalogue says that they talk or nothing. */
export interface Pair {
    readonly caller: Origin;
    readonly callee: ServiceIntent | BackingServiceIntent;
    readonly declared: boolean;
}

/** Stands for whatever a wildcard allows. */
const LEAF = "mesh-probe";
const DEFAULT_HEALTH_PATH = "/health";

/** Every declared edge to a microservice, the gateway's included. */
export function httpEdges({ catalog, context }: Declarations): readonly HttpEdge[] {
    return callGraph(catalog, context).flatMap((edge) => {
        const service = catalog.services.find(({ name }) => name === edge.callee);
        return service === undefined || edge.permissions === undefined
            ? []
            : [{ ...edge, service, permissions: edge.permissions }];
    });
}

/** Every declared edge to a backing service. */
export function tcpEdges({ catalog, context }: Declarations): readonly TcpEdge[] {
    return callGraph(catalog, context).flatMap((edge) => {
        const service = catalog.backing.find(({ name }) => name === edge.callee);
        return service === undefined ? [] : [{ ...edge, service }];
    });
}

/** Name of an edge as check ids carry it. */
export function edgeName({ caller, callee }: Pick<Edge, "caller" | "callee">): string {
    return `${caller}:${callee}`;
}

/** Everybody with a certificate of the mesh, one who is in no catalogue included, towards everybody who serves. */
export function pairs(catalog: Catalog): readonly Pair[] {
    const callees = [...catalog.services, ...catalog.backing];
    const callers = [...callees.map(({ name }) => name), INGRESS_GATEWAY, STRANGER];
    return callees.flatMap((callee) =>
        callers.map((caller) => ({
            caller,
            callee,
            declared: isDeclared(catalog, caller, callee),
        })),
    );
}

function isDeclared(catalog: Catalog, caller: Origin, callee: Pair["callee"]): boolean {
    if (callee.protocol === "http") {
        return Object.hasOwn(callee.callers, caller);
    }
    const service = catalog.services.find(({ name }) => name === caller);
    return service?.backing?.includes(callee.name) ?? false;
}

/** A path that a declared one allows: itself, or a made-up one below a wildcard. */
export function concretePath(declared: string): string {
    return declared.endsWith("/*") ? `${declared.slice(0, -1)}${LEAF}` : declared;
}

/** Whether the permissions allow a request to exactly this path. */
export function permits(
    permissions: readonly HttpPermission[],
    { method, path }: HttpRequest,
): boolean {
    return permissions.some(
        ({ methods, paths }) =>
            methods.includes(method as HttpMethod) &&
            paths.some((declared) =>
                declared.endsWith("/*")
                    ? path.startsWith(declared.slice(0, -1))
                    : path === declared,
            ),
    );
}

/** Every method on every path of the permissions. */
export function allowedRequests(permissions: readonly HttpPermission[]): readonly HttpRequest[] {
    return distinct(
        permissions.flatMap(({ methods, paths }) =>
            methods.flatMap((method) =>
                paths.map((path) => ({ method, path: concretePath(path) })),
            ),
        ),
    );
}

/** What any declared caller of a service may ask of it. */
export function declaredRequests({ callers }: ServiceIntent): readonly HttpRequest[] {
    return allowedRequests(Object.values(callers).flatMap((permissions) => permissions ?? []));
}

/** Every other method on the paths of the permissions. */
export function otherMethods(permissions: readonly HttpPermission[]): readonly HttpRequest[] {
    const paths = permissions.flatMap((permission) => permission.paths.map(concretePath));
    return distinct(paths.flatMap((path) => METHODS.map((method) => ({ method, path })))).filter(
        (request) => !permits(permissions, request),
    );
}

/** Existing and made-up paths beside those an edge allows, by GET and by the methods it does allow. */
export function otherPaths({ service, permissions }: HttpEdge): readonly HttpRequest[] {
    const declared = permissions.flatMap(({ paths }) => paths);
    const beside = [
        ...service.routes.flatMap(({ prefix }) => [prefix, `${prefix}/`]),
        ...declared.flatMap((path) =>
            path.endsWith("/*")
                ? [path.slice(0, -2), `${path.slice(0, -2)}x`]
                : [`${path}x`, `${path}/below`],
        ),
        metricsPath(service),
        healthPathOf(service),
    ];
    const methods = ["GET", ...permissions.flatMap((permission) => permission.methods)];
    return distinct(
        beside
            .filter((path) => path !== "")
            .flatMap((path) => methods.map((method) => ({ method, path }))),
    ).filter((request) => !permits(permissions, request));
}

/** Path on which a service tells that it is healthy: for the kubelet, for no caller. */
export function healthPathOf({ healthPath = DEFAULT_HEALTH_PATH }: ServiceIntent): string {
    return healthPath;
}

/** Whether some route of a service covers the path: what none covers, the caller's own proxy answers. */
export function isRouted({ routes }: ServiceIntent, path: string): boolean {
    return routes.some(({ prefix }) => path.startsWith(prefix));
}

/** Which requests may be sent to a service, and which are left out because they could change something. */
export function harmless(
    requests: readonly HttpRequest[],
    service: ServiceIntent,
): { readonly sent: readonly HttpRequest[]; readonly leftOut: readonly HttpRequest[] } {
    return {
        sent: requests.filter(({ method }) => maySend(method, service)),
        leftOut: requests.filter(({ method }) => !maySend(method, service)),
    };
}

function distinct(requests: readonly HttpRequest[]): HttpRequest[] {
    return [
        ...new Map(
            requests.map((request) => [`${request.method} ${request.path}`, request]),
        ).values(),
    ];
}
