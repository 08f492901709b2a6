import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { tcpEdges } from "#checks/matrix.ts";
import { samplingOf } from "#checks/sections/telemetry/sampling.ts";
import { proxySpans, traceProblem } from "#checks/traces.ts";
import { PROBE_CONTAINER } from "#live/probes/pod.ts";
import { execIn } from "#live/kubernetes/exec.ts";
import { runningPods } from "#live/pods.ts";
import { ClusterObjects, editObject } from "#live/kubernetes/objects.ts";
import { getThroughPortForward } from "#live/kubernetes/port-forward.ts";
import { proxyOf } from "#live/proxies/envoy.ts";
import { identityOf } from "#model/authorization.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { API_VERSIONS } from "#model/istio-kinds.ts";
import { GATEWAY_NAME, publicHost } from "#model/mesh.ts";
import { BASELINE_NAMES } from "#model/platform-names.ts";
import { catalog } from "#services/catalog.ts";
import { ADDON_PORTS, JAEGER_BASE_PATH } from "#stack/addon-endpoints.ts";
import { REQUEST_LABELS, REQUEST_METRICS, TCP_LABELS, TCP_METRICS } from "../standard-metrics.ts";
import { throughGateway } from "./edge.ts";
import { ping, PROBE_HEADERS } from "./matrix.ts";
import {
    context,
    coreApi,
    eventually,
    kubeConfig,
    probeSession,
    stackPrometheus,
} from "./support.ts";

const RUN = 40;
const SAMPLED_RUN = 1000;
/** A proxy sends its spans this often at the latest. */
const SPANS_SECONDS = 6;
/** Requests at the same time. */
const WIDTH = 10;
const SERVICES = catalog.services.map(({ name }) => `${name}.${context.namespace}`);

/** Requests that go on to payment and inventory and change nothing; each has the run's name and its number in the path. */
async function sendRun(run: string, requests: number): Promise<void> {
    let next = 0;
    const client = async (): Promise<void> => {
        while (next < requests) {
            const { status } = await throughGateway({
                scheme: "http",
                host: publicHost("order", context),
                path: `/orders?run=${run}-${(next += 1)}`,
                method: "POST",
                headers: PROBE_HEADERS,
                body: "{}",
            });
            assert.equal(status, 200);
        }
    };
    await Promise.all(Array.from({ length: WIDTH }, client));
}

/** Of a Service of the platform that speaks HTTP: there proxies would know how to add headers. */
const PLATFORM_PORT = ADDON_PORTS.prometheus;
const HEADERS_OF_ONE_REQUEST = `
    require("node:http").createServer((request, response) => {
        response.end(() => {
            process.stdout.write(JSON.stringify(request.headers), () => process.exit(0));
        });
    }).listen(${PLATFORM_PORT});`;
/** Asked until somebody listens. */
const ONE_REQUEST = `
    const url = "http://" + process.argv[1] + ":${PLATFORM_PORT}/";
    const ask = () => require("node:http")
        .get(url, { headers: { "x-own": "1" } }, (response) => {
            process.stdout.write(String(response.statusCode), () => process.exit(0));
        })
        .on("error", () => setTimeout(ask, 200));
    ask();`;

const found = z.object({
    data: z.array(
        z.looseObject({
            spans: z.array(
                z.looseObject({
                    tags: z.array(z.object({ key: z.string(), value: z.unknown() })),
                }),
            ),
        }),
    ),
});

/** The traces of a run in Jaeger, each as Jaeger answers for it alone. */
async function tracesOf(run: string): Promise<readonly string[]> {
    const service = `${GATEWAY_NAME}.${context.controlPlaneNamespace}`;
    const { status, body } = await getThroughPortForward(kubeConfig(), {
        namespace: context.controlPlaneNamespace,
        service: "jaeger",
        port: ADDON_PORTS.jaeger,
        path: `${JAEGER_BASE_PATH}/api/traces?service=${service}&lookback=10m&limit=${2 * SAMPLED_RUN}`,
    });
    assert.equal(status, 200, body.slice(0, 200));
    return found
        .parse(JSON.parse(body))
        .data.filter(({ spans }) =>
            spans.some(({ tags }) =>
                tags.some(
                    ({ key, value }) => key === "http.url" && String(value).includes(`run=${run}-`),
                ),
            ),
        )
        .map((trace) => JSON.stringify({ data: [trace] }));
}

/** The chance that at most, and that at least, so many of `n` are drawn, each with chance `p`. */
function tails(seen: number, n: number, p: number): readonly [number, number] {
    let chance = (1 - p) ** n;
    let below = 0;
    for (let k = 0; k < seen; k += 1) {
        below += chance;
        chance *= ((n - k) / (k + 1)) * (p / (1 - p));
    }
    return [below + chance, 1 - below];
}

/** Sets the share of requests that is traced, and waits until the gateway has it. */
async function sample(percent: number): Promise<void> {
    const telemetry = {
        apiVersion: API_VERSIONS.Telemetry,
        kind: "Telemetry",
        metadata: { name: BASELINE_NAMES.telemetry, namespace: context.controlPlaneNamespace },
    };
    await editObject(new ClusterObjects(kubeConfig()), telemetry, (live) => {
        const spec = live["spec"] as { readonly tracing: readonly object[] };
        const tracing = spec.tracing.map((entry) => ({
            ...entry,
            randomSamplingPercentage: percent,
        }));
        return { ...live, spec: { ...spec, tracing } };
    });
    await eventually(`the gateway traces ${percent} %`, 30, async () => {
        const proxy = await proxyOf(kubeConfig(), INGRESS_GATEWAY, context);
        return proxy.httpConnectionManagers.every((manager) => samplingOf(manager) === percent);
    });
}

const series = z.object({ data: z.array(z.record(z.string(), z.string())) });

/** Labels of the scrape itself, which are none of Istio's. */
const OF_TARGET = [
    "__name__",
    "app",
    "cluster",
    "instance",
    "job",
    "le",
    "namespace",
    "pod",
    "version",
];

describe("metrics and traces of the mesh", () => {
    const run = randomBytes(4).toString("hex");

    before(async () => {
        await sendRun(run, RUN);
        // A connection that ends, of a caller who may have it.
        const session = probeSession();
        try {
            const [edge] = tcpEdges({ catalog, context });
            const callee = catalog.backing.find(({ name }) => name === edge?.callee);
            assert.ok(edge && callee);
            const pod = await session.startAs(identityOf(edge.caller, context));
            const question = ping(callee);
            assert.equal((await pod.run([question])).get(question.id)?.matched, true);
        } finally {
            await session.close();
        }
    });

    it("are Istio's standard metrics with Istio's labels, of both sides and of the gateway", async () => {
        const server = stackPrometheus();
        const names = [
            ...REQUEST_METRICS.counters,
            ...REQUEST_METRICS.distributions.map((name) => `${name}_bucket`),
            ...TCP_METRICS,
        ];
        for (const name of names) {
            const seen = await eventually(`both sides count ${name}`, 30, async () => {
                const text = await server.get(`/api/v1/series?match[]=${name}`);
                const { data } = series.parse(JSON.parse(text));
                const ofGateway = data.some(
                    ({ reporter, source_workload: source }) =>
                        reporter === "source" && source === GATEWAY_NAME,
                );
                const both = new Set(data.map(({ reporter }) => reporter)).size === 2;
                // No connections lead through the gateway.
                if (!both || !(ofGateway || name.startsWith("istio_tcp"))) {
                    throw new Error(`it has ${data.length} series, not of all`);
                }
                return data;
            });
            const documented: readonly string[] = name.startsWith("istio_tcp")
                ? TCP_LABELS
                : REQUEST_LABELS.filter((label) => label !== "grpc_response_status");
            for (const labels of seen) {
                assert.deepEqual(
                    Object.keys(labels)
                        .filter((label) => !OF_TARGET.includes(label))
                        .sort(),
                    documented,
                );
            }
        }
    });

    it("have no host in a label that somebody outside chose", async () => {
        const host = `host-${run}.example`;
        const { status } = await throughGateway({ scheme: "http", host, path: "/" });
        assert.equal(status, 404);
        const server = stackPrometheus();
        await eventually("the refused request is counted", 30, async () => {
            const text = await server.get(
                `/api/v1/series?match[]=istio_requests_total{response_code="404",response_flags="NR"}`,
            );
            return series.parse(JSON.parse(text)).data.length > 0;
        });
        const text = await server.get(`/api/v1/series?match[]={job="envoy-stats"}`);
        assert.ok(!text.includes(host));
    });

    it("do not leave the mesh: a host outside gets no trace's context with a request", async () => {
        const session = probeSession();
        try {
            const outside = await session.start({ namespace: "default", name: "outside" });
            const [service] = await runningPods(coreApi(), "order-service", context);
            assert.ok(service);
            const [headers, status] = await Promise.all([
                execIn(kubeConfig(), {
                    namespace: outside.namespace,
                    pod: outside.name,
                    container: PROBE_CONTAINER,
                    command: ["node", "-e", HEADERS_OF_ONE_REQUEST],
                }),
                execIn(kubeConfig(), {
                    namespace: service.namespace,
                    pod: service.name,
                    container: "order-service",
                    command: ["node", "-e", ONE_REQUEST, outside.ip],
                }),
            ]);
            assert.equal(status, "200");
            const names = Object.keys(JSON.parse(headers) as object);
            // The application's own header arrives, so that the path works.
            assert.ok(names.includes("x-own"));
            assert.deepEqual(
                names.filter((name) =>
                    /^(traceparent|tracestate|baggage|b3$|x-b3|x-request|x-envoy)/.test(name),
                ),
                [],
            );
        } finally {
            await session.close();
        }
    });

    it("have each request of a run as a whole trace with its environment", async () => {
        const traces = await eventually(`all ${RUN} traces`, 30, async () => {
            const seen = await tracesOf(run);
            const whole = seen.filter(
                (trace) =>
                    traceProblem(
                        proxySpans(trace),
                        [`${GATEWAY_NAME}.${context.controlPlaneNamespace}`, ...SERVICES],
                        "dev",
                    ) === undefined,
            );
            if (whole.length < RUN) {
                throw new Error(`${whole.length} of ${seen.length} traces are whole`);
            }
            return seen;
        });
        assert.equal(traces.length, RUN);
    });

    it(`have a tenth of ${SAMPLED_RUN} requests as traces where 10 % are sampled`, async () => {
        const sampled = randomBytes(4).toString("hex");
        await sample(10);
        try {
            await sendRun(sampled, SAMPLED_RUN);
        } finally {
            await sample(100);
        }
        // The number stays the same once every proxy has sent what it had.
        let count = 0;
        await eventually("all traces are there", 60, async () => {
            const last = count;
            await sleep(SPANS_SECONDS * 1000);
            count = (await tracesOf(sampled)).length;
            return count > 0 && count === last;
        });
        const [below, above] = tails(count, SAMPLED_RUN, 0.1);
        assert.ok(
            Math.min(below, above) > 0.0005,
            `${count} of ${SAMPLED_RUN} requests have a trace`,
        );
    });
});
