import { maySend } from "#live/requests.ts";
import { callGraph, declaredEdges } from "#model/authorization.ts";
import type { Edge } from "#model/authorization.ts";
import { workloadsOf } from "#model/catalog.ts";
import type {
    BackingServiceIntent,
    Catalog,
    HttpPermission,
    ServiceIntent,
} from "#model/intents.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { pathBelow } from "#model/paths.ts";
import { instanceOf, isWildcard, METHODS, permits, SAFE_METHODS } from "#model/requests.ts";
import { STRANGER } from "#model/reserved-names.ts";
import { metricsPath } from "#model/routing.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Origin } from "./probe-pods.ts";

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

/** Somebody who could call and somebody who serves, and whether the catalogue says that the one may call the other. */
export interface Pair {
    readonly caller: Origin;
    readonly callee: ServiceIntent | BackingServiceIntent;
    readonly declared: boolean;
}

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
    const callees = workloadsOf(catalog);
    const declared = new Set(declaredEdges(catalog).map(edgeName));
    const callers = [...callees.map(({ name }) => name), INGRESS_GATEWAY, STRANGER];
    return callees.flatMap((callee) =>
        callers.map((caller) => ({
            caller,
            callee,
            declared: declared.has(edgeName({ caller, callee: callee.name })),
        })),
    );
}

/** Every method on every path of the permissions. */
export function allowedRequests(permissions: readonly HttpPermission[]): readonly HttpRequest[] {
    return distinct(
        permissions.flatMap(({ methods, paths }) =>
            methods.flatMap((method) => paths.map((path) => ({ method, path: instanceOf(path) }))),
        ),
    );
}

/** What any declared caller of a service may ask of it. */
export function declaredRequests({ callers }: ServiceIntent): readonly HttpRequest[] {
    return allowedRequests(Object.values(callers).flatMap((permissions) => permissions ?? []));
}

/**
 * What nobody but the declared callers of a service may ask: all that they may, and by every safe method on the same
 * paths. What is refused to GET must be refused to HEAD as well, which servers answer as they answer GET.
 */
export function guardedRequests(service: ServiceIntent): readonly HttpRequest[] {
    const declared = declaredRequests(service);
    return distinct([
        ...declared,
        ...declared.flatMap(({ path }) => SAFE_METHODS.map((method) => ({ method, path }))),
    ]);
}

/** Every other method on the paths of the permissions. */
export function otherMethods(permissions: readonly HttpPermission[]): readonly HttpRequest[] {
    const paths = permissions.flatMap((permission) => permission.paths.map(instanceOf));
    return distinct(paths.flatMap((path) => METHODS.map((method) => ({ method, path })))).filter(
        (request) => !permits(permissions, request),
    );
}

/**
 * Existing and made-up paths beside those an edge allows, by the methods it does allow and, where GET is refused, by
 * every safe method.
 */
export function otherPaths({ service, permissions }: HttpEdge): readonly HttpRequest[] {
    const declared = permissions.flatMap(({ paths }) => paths);
    const beside = [
        ...service.routes.flatMap(({ prefix }) => [prefix, pathBelow(prefix, "")]),
        ...declared.flatMap((path) =>
            isWildcard(path) ? besideWildcard(path) : [`${path}x`, pathBelow(path, "below")],
        ),
        metricsPath(service),
        service.healthPath,
    ];
    const methods = permissions.flatMap((permission) => permission.methods);
    return distinct(
        beside.flatMap((path) => [
            ...(permits(permissions, { method: "GET", path })
                ? []
                : SAFE_METHODS.map((method) => ({ method, path }))),
            ...methods.map((method) => ({ method, path })),
        ]),
    ).filter((request) => !permits(permissions, request));
}

/** The path that a wildcard begins with, and one that only looks like it; beside `/*` there is nothing. */
function besideWildcard(pattern: string): string[] {
    const stem = pattern.slice(0, -2);
    return stem === "" ? [] : [stem, `${stem}x`];
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
