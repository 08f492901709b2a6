import type { HttpProbe, ProbeResult } from "../../cli/probes/types.ts";
import { callGraph } from "../../model/authorization.ts";
import type { Edge } from "../../model/authorization.ts";
import { clusterHost } from "../../model/mesh.ts";
import { metricsPath } from "../../model/routing.ts";
import type { HttpMethod, HttpPermission, ServiceIntent } from "../../model/types.ts";
import { INGRESS_GATEWAY } from "../../model/types.ts";
import { catalog } from "../../services/catalog.ts";
import { context } from "./support.ts";

/** Asks the demo services to check a request and change nothing. */
export const PROBE_HEADERS = {
    "x-mesh-probe": "cluster-tests",
    "content-type": "application/json",
};

const METHODS: readonly HttpMethod[] = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH"];

/** One call a workload makes, and the only acceptable status. */
export interface Expectation {
    readonly probe: HttpProbe;
    readonly status: number;
}

/** Another way to write a path, or a way out of it. */
export interface PathTrick extends Expectation {
    /** The same request with the declared path. */
    readonly plain: HttpProbe;
}

/** A declared call from one service to another. */
export type ServiceEdge = Edge & { readonly permissions: readonly HttpPermission[] };

/** Every declared call between two services. The gateway's own are tried through the gateway. */
export const serviceEdges: readonly ServiceEdge[] = callGraph(catalog, context).flatMap((edge) =>
    edge.permissions === undefined || edge.caller === INGRESS_GATEWAY
        ? []
        : [{ ...edge, permissions: edge.permissions }],
);

/** Every pair of workloads that is not declared, a service calling itself included. */
export function undeclaredCallers(callee: ServiceIntent): string[] {
    return [...catalog.services, ...catalog.backing]
        .map(({ name }) => name)
        .filter((name) => !(name in callee.callers));
}

/** A request that some caller of the service may make. */
export function allowedRequest(callee: ServiceIntent): { method: HttpMethod; path: string } {
    const permission = Object.values(callee.callers).flatMap((entries) => entries ?? [])[0];
    if (permission === undefined) {
        throw new Error(`${callee.name} declares no caller`);
    }
    return { method: permission.methods[0], path: permission.paths[0] };
}

export function probeOf(service: string, port: number, method: string, path: string): HttpProbe {
    const withBody = method === "POST" || method === "PUT" || method === "PATCH";
    return {
        id: `${method} ${service} ${path}`,
        host: clusterHost(service, context),
        port,
        method,
        path,
        headers: PROBE_HEADERS,
        ...(withBody && { body: "{}" }),
    };
}

/** Every method on every path the edge allows. */
export function allowedCalls({ callee, port, permissions }: ServiceEdge): Expectation[] {
    return permissions.flatMap(({ methods, paths }) =>
        methods.flatMap((method) =>
            paths.map((path) => ({ probe: probeOf(callee, port, method, path), status: 200 })),
        ),
    );
}

/** Every other method on the paths the edge allows. */
export function wrongMethods({ callee, port, permissions }: ServiceEdge): Expectation[] {
    return permissions.flatMap(({ methods, paths }) =>
        METHODS.filter((method) => !methods.includes(method)).flatMap((method) =>
            paths.map((path) => ({ probe: probeOf(callee, port, method, path), status: 403 })),
        ),
    );
}

/** Existing and made-up paths beside the ones the edge allows, with an allowed method and by GET. */
export function wrongPaths({ callee, port, permissions }: ServiceEdge): Expectation[] {
    const service = catalog.services.find(({ name }) => name === callee);
    const prefixes = service?.routes.map(({ prefix }) => prefix) ?? [];
    const declared = permissions.flatMap(({ paths }) => paths);
    const beside = [
        ...prefixes,
        ...prefixes.map((prefix) => `${prefix}/`),
        ...declared.flatMap((path) => [`${path}x`, `${path}/below`]),
        ...(service === undefined ? [] : [metricsPath(service)]),
    ];
    const methods = ["GET", permissions[0]?.methods[0] ?? "POST"];
    return methods.flatMap((method) =>
        beside.map((path) => ({ probe: probeOf(callee, port, method, path), status: 403 })),
    );
}

/**
 * Other ways to write a declared path `/a/b`, and ways out of it. What the proxy takes for the declared path must
 * arrive as that path; everything else is refused, by the callee's proxy (403) or, where no route is left, by the
 * caller's (404).
 */
export function pathTricks({ callee, port, permissions }: ServiceEdge): PathTrick[] {
    const method = permissions[0]?.methods[0] ?? "POST";
    return (permissions[0]?.paths ?? []).flatMap((path) => {
        const [, parent = "", leaf = ""] = path.split("/");
        const [first = "", rest] = [leaf[0], leaf.slice(1)];
        const encoded = `%${first.charCodeAt(0).toString(16)}`;
        const table: readonly (readonly [number, readonly string[]])[] = [
            [
                200,
                [
                    `//${parent}/${leaf}`,
                    `/${parent}//${leaf}`,
                    `/${parent}/./${leaf}`,
                    `/${parent}/x/../${leaf}`,
                    `/${parent}/%2e/${leaf}`,
                    `/${parent}/${encoded}${rest}`,
                    `/${parent}%2F${leaf}`,
                    `/${parent}%5C${leaf}`,
                    `/elsewhere/../${parent}/${leaf}`,
                    `${path}?as=${parent}`,
                ],
            ],
            [
                403,
                [
                    `${path}/`,
                    `${path};x=1`,
                    `${path}%20`,
                    `${path}%2F`,
                    `/${parent};x=1/${leaf}`,
                    `/${parent}%252F${leaf}`,
                    `/${parent}/${leaf.toUpperCase()}`,
                    `${path}/../metrics`,
                    `${path}%2F..%2Fmetrics`,
                    `${path};/../metrics`,
                    `${path}/..`,
                ],
            ],
            [
                404,
                [
                    `/${parent.toUpperCase()}/${leaf}`,
                    `${path}/../../health`,
                    `/${parent}/..%2Fhealth`,
                    `/health`,
                ],
            ],
            [400, [`${path}%00`]],
        ];
        return table.flatMap(([status, variants]) =>
            variants.map((variant) => ({
                plain: probeOf(callee, port, method, path),
                probe: probeOf(callee, port, method, variant),
                status,
            })),
        );
    });
}

/** Header that the demo services put on every answer: it tells the application's answer from a proxy's. */
const SERVED_BY = "x-served-by";

/** What came of expectations, as two tables that must be equal. */
export function compare(
    expectations: readonly Expectation[],
    results: ReadonlyMap<string, ProbeResult>,
): { readonly seen: Record<string, string>; readonly expected: Record<string, string> } {
    const seen: Record<string, string> = {};
    const expected: Record<string, string> = {};
    for (const { probe, status } of expectations) {
        const result = results.get(probe.id);
        const by = result?.headers?.[SERVED_BY] === undefined ? "a proxy" : "the service";
        seen[probe.id] = `${result?.status ?? result?.error ?? "not run"} from ${by}`;
        expected[probe.id] = `${status} from ${status === 200 ? "the service" : "a proxy"}`;
    }
    return { seen, expected };
}
