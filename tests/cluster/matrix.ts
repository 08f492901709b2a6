import * as matrix from "#checks/matrix.ts";
import type { HttpEdge, HttpRequest } from "#checks/matrix.ts";
import type { HttpProbe, ProbeResult, TcpProbe } from "#live/probes/probe.ts";
import { conversationWith, questionOf } from "#live/requests.ts";
import type { BackingServiceIntent, ServiceIntent } from "#model/intents.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { routeOf } from "#model/requests.ts";
import { catalog } from "#services/catalog.ts";
import { context } from "./support.ts";

/** Marks a request so that the demo services check it and change nothing. */
const PROBE = "cluster-tests";

/** The same mark on a request that is made by hand. */
export const PROBE_HEADERS = {
    "x-mesh-probe": PROBE,
    "content-type": "application/json",
};

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

/** Every declared call between two services. The gateway's own are tried through the gateway. */
export const serviceEdges: readonly HttpEdge[] = matrix
    .httpEdges({ catalog, context })
    .filter(({ caller }) => caller !== INGRESS_GATEWAY);

/** Every workload that is not declared as a caller, the callee itself included. */
export function undeclaredCallers(callee: ServiceIntent): string[] {
    return matrix
        .pairs(catalog)
        .filter((pair) => pair.callee === callee && !pair.declared)
        .map(({ caller }) => caller)
        .filter((caller) => WORKLOADS.includes(caller));
}

/** Every workload of the catalogue, the backing services included. */
export const WORKLOADS: readonly string[] = [...catalog.services, ...catalog.backing].map(
    ({ name }) => name,
);

/** A request that some caller of the service may make. */
export function allowedRequest(callee: ServiceIntent): HttpRequest {
    const [request] = matrix.declaredRequests(callee);
    if (request === undefined) {
        throw new Error(`${callee.name} declares no caller`);
    }
    return request;
}

export function probeOf(service: string, port: number, method: string, path: string): HttpProbe {
    return {
        id: `${method} ${service} ${path}`,
        ...questionOf(service, port, method, path, context, PROBE),
    };
}

function expectations(
    { callee, port }: HttpEdge,
    requests: readonly HttpRequest[],
    statusOf: (request: HttpRequest) => number,
): Expectation[] {
    return requests.map((request) => ({
        probe: probeOf(callee, port, request.method, request.path),
        status: statusOf(request),
    }));
}

/** Every method on every path the edge allows. */
export function allowedCalls(edge: HttpEdge): Expectation[] {
    return expectations(edge, matrix.allowedRequests(edge.permissions), () => 200);
}

/** Every other method on the paths the edge allows. */
export function wrongMethods(edge: HttpEdge): Expectation[] {
    return expectations(edge, matrix.otherMethods(edge.permissions), () => 403);
}

/** Existing and made-up paths beside the ones the edge allows; what no route covers does not leave the caller. */
export function wrongPaths(edge: HttpEdge): Expectation[] {
    return expectations(edge, matrix.otherPaths(edge), ({ path }) =>
        routeOf(edge.service, path) === undefined ? 404 : 403,
    );
}

/**
 * Other ways to write a declared path `/a/b`, and ways out of it. What the proxy takes for the declared path must
 * arrive as that path; everything else is refused, by the callee's proxy (403) or, where no route is left, by the
 * caller's (404).
 */
export function pathTricks({ callee, port, permissions }: HttpEdge): PathTrick[] {
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

/** The server speaks first, so only an answer to something sent shows that the client was let in. */
export function ping(callee: BackingServiceIntent): TcpProbe {
    const conversation = conversationWith(callee, context);
    if (conversation === undefined) {
        throw new Error(`nothing is known to say to ${callee.name}`);
    }
    return { id: `ping ${callee.name}`, ...conversation };
}
