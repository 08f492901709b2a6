import { randomBytes } from "node:crypto";
import { getAt } from "#live/addresses.ts";
import { exposedMethods, exposedPaths, harmlessRequest } from "#live/edge-requests.ts";
import { reachableFrom } from "#live/reachable.ts";
import { arrived } from "#live/requests.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { GATEWAY_NAME } from "#model/mesh.ts";
import { addonEndpoints } from "#stack/addon-endpoints.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { askUntil } from "#wait.ts";
import type { Check, Outcome } from "../../check.ts";
import { failed, passed, skipped } from "../../check.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import { proxySpans, traceProblem } from "../../traces.ts";
import { askGateway, describeAtEdge, redirectsHttp, servedServices } from "../edge/asking.ts";
import { unlessOutOfReach } from "./out-of-reach.ts";

/** Five spans waiting make Envoy send them at once, fewer only every five seconds: so the trace has five of each. */
const REQUESTS = 5;
/**
 * A request with it is traced whatever the share, where a sampled traceparent alone is not.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#x-client-trace-id
 */
const FORCE_TRACE = "x-client-trace-id";
const PATIENCE_MILLISECONDS = 8000;
const INTERVAL_MILLISECONDS = 500;

/** A request of a client that asks for a trace. */
interface TracedRequest {
    readonly service: ServiceIntent;
    readonly host: string;
    readonly method: string;
    readonly path: string;
    /** Services that must have spans. */
    readonly services: readonly string[];
}

/** A trace that a client began is found whole. */
export function traceCheck(mesh: DeclaredMesh): Check {
    return {
        id: "telemetry/trace",
        title: "a trace is found with the spans of every service it reached",
        documentation:
            "https://istio.io/latest/docs/tasks/observability/distributed-tracing/opentelemetry/",
        probes: "mesh",
        run: async (live) => {
            const { collector, jaegerHttp } = addonEndpoints(mesh.config);
            if (collector === undefined) {
                return skipped("The stack has no Jaeger (mesh:addons), so nobody keeps traces.");
            }
            if (jaegerHttp === undefined) {
                return skipped(
                    "Spans go to a collector, and no Jaeger to read them from is known (mesh:addons.jaeger.query).",
                );
            }
            const [request] = tracedRequests(mesh);
            return request === undefined
                ? skipped("No service is exposed that a probe may ask without changing state.")
                : unlessOutOfReach(() => trace(live, request, jaegerHttp));
        },
    };
}

/** The one that reaches the most services first. */
function tracedRequests(mesh: DeclaredMesh): TracedRequest[] {
    return servedServices(mesh)
        .flatMap(({ service, host }): TracedRequest[] => {
            const post = exposedPaths(service).find((path) =>
                exposedMethods(service, path).includes("POST"),
            );
            if (service.honoursProbeHeader && post !== undefined) {
                const services = reachableFrom(service, mesh.catalog);
                return [{ service, host, method: "POST", path: post, services }];
            }
            const harmless = harmlessRequest(service);
            // Nobody declared whom a request that only reads leads to.
            return harmless === undefined
                ? []
                : [{ service, host, ...harmless, services: [service.name] }];
        })
        .sort((one, other) => other.services.length - one.services.length);
}

async function trace(live: LiveMesh, request: TracedRequest, jaeger: string): Promise<Outcome> {
    const { catalog, config, context } = live.mesh;
    const { host, method, path } = request;
    const id = randomBytes(16).toString("hex");
    const results = await Promise.all(
        Array.from({ length: REQUESTS }, () =>
            askGateway(live, {
                scheme: redirectsHttp(live.mesh) ? "https" : "http",
                host,
                method,
                path,
                headers: {
                    traceparent: `00-${id}-${randomBytes(8).toString("hex")}-01`,
                    [FORCE_TRACE]: id,
                },
            }),
        ),
    );
    const services = [
        `${GATEWAY_NAME}.${context.controlPlaneNamespace}`,
        ...request.services.map((name) => `${name}.${context.namespace}`),
    ];
    const expected = `a trace with spans of ${services.join(", ")}, each with environment=${config.environment}`;
    const [result] = results;
    if (result === undefined || !results.some(arrived)) {
        return failed(
            expected,
            `the control failed: ${method} ${host}${path}, which must arrive: ${result === undefined ? "not asked" : describeAtEdge(result)}`,
            "Open the way in first; see edge/http and edge/https.",
        );
    }
    const { spans, problem } = await askUntil(
        async () => {
            const seen = await spansOf(live, jaeger, id);
            return {
                spans: seen,
                problem: traceProblem(seen, services, config.environment),
            };
        },
        (trace) => trace.problem === undefined,
        { milliseconds: PATIENCE_MILLISECONDS, pause: INTERVAL_MILLISECONDS, signal: live.signal },
    );
    if (problem !== undefined) {
        return failed(
            expected,
            `${problem} after ${PATIENCE_MILLISECONDS / 1000} s`,
            "Look at the Telemetry in the root namespace, at the tracing provider's Service, and whether each service passes traceparent and x-request-id on.",
        );
    }
    const unasked = reachableFrom(request.service, catalog).filter(
        (name) => !spans.some(({ service }) => service === `${name}.${context.namespace}`),
    );
    return passed(
        `${spans.length} spans of ${services.join(", ")}` +
            (unasked.length > 0 ? `; a harmless request did not reach ${unasked.join(", ")}` : ""),
    );
}

async function spansOf(
    { kubeConfig }: LiveMesh,
    jaeger: string,
    id: string,
): Promise<ReturnType<typeof proxySpans>> {
    const { status, body } = await getAt(kubeConfig, jaeger, `/api/traces/${id}`);
    if (status === 404) {
        return [];
    }
    if (status !== 200) {
        throw new Error(`Jaeger answered ${status}`);
    }
    return proxySpans(body);
}
