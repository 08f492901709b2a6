import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubernetesObject } from "@kubernetes/client-node";
import { KubernetesObjectApi } from "@kubernetes/client-node";
import pLimit from "p-limit";
import { z } from "zod";
import { dashboards } from "#components/dashboards/index.ts";
import type { Prometheus } from "#live/prometheus.ts";
import type { ProbeSession } from "#live/probes/session.ts";
import { IMAGES } from "#local/versions.ts";
import { publicHost } from "#model/mesh.ts";
import { STRANGER } from "#model/reserved-names.ts";
import { catalog } from "#services/catalog.ts";
import { answered, isEmpty, liveQueries } from "./dashboards.ts";
import type { Answer } from "./dashboards.ts";
import { throughGateway } from "./edge.ts";
import { ask } from "./requests.ts";
import { context, eventually, kubeConfig, probeSession, stackPrometheus } from "./support.ts";
import { allowedRequest, PROBE_HEADERS, probeOf } from "./matrix.ts";

/** Whose pool for whom is filled: 50 connections, and 20 requests that wait. */
const [CALLER, CALLEE] = ["order-service", "payment-service"];
/** Requests at once, and how often: fewer than the gateway lets wait, together more than that pool takes. */
const [WAVE, WAVES, APART_MS] = [30, 3, 500];
const SLOW = "payment-service:delay=4s";
/** Until what is counted has been scraped. */
const SCRAPED_MS = 5_000;
/** Calls of the stranger, at once; the mesh's own checks never make so many. */
const DENIED = 600;
/** Of the service whose proxy is sent what it refuses. */
const MISLED = "inventory-service";
/** Until a scrape, an evaluation, the wait of a small platform and the next evaluation are over. */
const ALERT_SECONDS = 90;
/** Port-forwards at a time. */
const PARALLEL = 6;

const alertsSchema = z.object({
    data: z.object({
        alerts: z.array(
            z.object({
                labels: z.record(z.string(), z.string()),
                annotations: z.record(z.string(), z.string()),
                state: z.enum(["pending", "firing"]),
                activeAt: z.coerce.date(),
            }),
        ),
    }),
});

/** A filter whose program does not parse: istiod sends it, Envoy refuses the listener and keeps the one it has. */
const BROKEN_FILTER = {
    apiVersion: "networking.istio.io/v1alpha3",
    kind: "EnvoyFilter",
    metadata: { name: "broken-on-purpose", namespace: context.namespace },
    spec: {
        workloadSelector: { labels: { app: MISLED } },
        configPatches: [
            {
                applyTo: "HTTP_FILTER",
                match: {
                    context: "SIDECAR_INBOUND",
                    listener: {
                        filterChain: {
                            filter: { name: "envoy.filters.network.http_connection_manager" },
                        },
                    },
                },
                patch: {
                    operation: "INSERT_BEFORE",
                    value: {
                        name: "broken-on-purpose",
                        typed_config: {
                            "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
                            default_source_code: { inline_string: "this is no Lua (" },
                        },
                    },
                },
            },
        ],
    },
} as const satisfies KubernetesObject & { spec: object };

/** What the gateway asks of order: by POST it goes on to payment and inventory, by GET a failure is tried again. */
async function order(method: "GET" | "POST", fault?: string): Promise<number> {
    const { status } = await throughGateway({
        scheme: "http",
        host: publicHost("order", context),
        path: "/orders",
        method,
        headers: { ...PROBE_HEADERS, ...(fault && { "x-demo-fault": fault }) },
        ...(method === "POST" && { body: "{}" }),
    });
    return status;
}

/** Twice more than the pool takes: a rate is of what has been scraped before it grows. @returns how many were refused */
async function bursts(): Promise<number> {
    const first = await burst();
    await sleep(SCRAPED_MS);
    return first + (await burst());
}

/** More slow requests than the pool takes. @returns how many were refused */
async function burst(): Promise<number> {
    const requests: Promise<number>[] = [];
    for (let wave = 0; wave < WAVES; wave++) {
        requests.push(...Array.from({ length: WAVE }, () => order("POST", SLOW)));
        await sleep(APART_MS);
    }
    return (await Promise.all(requests)).filter((status) => status >= 500).length;
}

/** Calls that no rule allows. @returns how many were denied */
async function strangerCalls(session: ProbeSession): Promise<number> {
    const stranger = await session.start({ namespace: context.namespace, name: STRANGER });
    const [service] = catalog.services.filter(({ name }) => name === CALLEE);
    assert.ok(service);
    const { method, path } = allowedRequest(service);
    const probes = Array.from({ length: DENIED }, (_, index) => ({
        ...probeOf(CALLEE, service.port, method, path),
        id: String(index),
    }));
    const results = await stranger.run(probes);
    return [...results.values()].filter(({ status }) => status === 403).length;
}

/** What istiod's webhooks take and what they refuse, of which nothing stays. */
async function judgedObjects(): Promise<void> {
    const { namespace } = context;
    const routes = `/apis/networking.istio.io/v1/namespaces/${namespace}/virtualservices`;
    const route = (regex: string): object => ({
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "judged", namespace },
        spec: {
            hosts: ["judged.example"],
            http: [{ match: [{ uri: { regex } }], route: [{ destination: { host: CALLEE } }] }],
        },
    });
    const pod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
            name: "judged",
            namespace,
            annotations: { "inject.istio.io/templates": "there-is-none" },
        },
        spec: { containers: [{ name: "judged", image: IMAGES.probe }] },
    };
    const asked = [
        await ask({ method: "POST", path: `${routes}?dryRun=All`, body: route("/.*") }),
        // A refusal in a dry run is not counted.
        await ask({ method: "POST", path: routes, body: route("(") }),
        await ask({ method: "POST", path: `/api/v1/namespaces/${namespace}/pods`, body: pod }),
    ];
    assert.deepEqual(
        asked.map(({ status }) => status),
        [201, 400, 400],
        asked.map(({ message }) => message).join("; "),
    );
}

describe("dashboards and alerts", () => {
    let begun: Date;
    let prometheus: Prometheus;
    let session: ProbeSession;
    let objects: KubernetesObjectApi;

    before(async () => {
        begun = new Date();
        prometheus = stackPrometheus();
        session = probeSession();
        objects = KubernetesObjectApi.makeApiClient(kubeConfig());
        await objects.create(BROKEN_FILTER);
        const traffic = Array.from({ length: 20 }, async (_, turn) => {
            await sleep(turn * 500);
            const fault = [undefined, "order-service:status=500", "payment-service:status=403"];
            return order(turn % 3 === 1 ? "GET" : "POST", fault[turn % 3]);
        });
        const [refused, denied] = await Promise.all([
            bursts(),
            strangerCalls(session),
            judgedObjects(),
            ...traffic,
        ]);
        assert.ok(refused > 0, "the pool took everything");
        assert.ok(denied > DENIED / 2, `${denied} of ${DENIED} were denied`);
    });
    after(async () => {
        await session.close();
        await objects.delete(BROKEN_FILTER);
    });

    it("raise what was made to happen, and nothing else", async () => {
        const expected = [
            ["BreakerOpen", CALLER],
            ["ConfigRejected", MISLED],
            ["DeniedRequestsRising", CALLEE],
        ];
        const seen = new Map<string, string[]>();
        await eventually("three alerts", ALERT_SECONDS, async () => {
            const answer = await prometheus.get("/api/v1/alerts");
            for (const alert of alertsSchema.parse(JSON.parse(answer)).data.alerts) {
                const { alertname = "", app = "" } = alert.labels;
                if (alert.state === "firing" && alert.activeAt > begun) {
                    assert.ok(alert.annotations["summary"], alertname);
                    seen.set(alertname, [...(seen.get(alertname) ?? []), app]);
                }
            }
            assert.deepEqual(
                expected.filter(([name = "", app = ""]) => !seen.get(name)?.includes(app)),
                [],
            );
            return true;
        });
        assert.deepEqual(
            [...seen.keys()].sort(),
            expected.map(([name]) => name),
        );
    });

    it("get data for every query of every panel", async () => {
        const limit = pLimit(PARALLEL);
        const answers: Answer[] = [];
        for (const board of Object.values(dashboards(context.namespace))) {
            const queries = await liveQueries(prometheus, board);
            answers.push(
                ...(await Promise.all(
                    queries.map((query) => limit(() => answered(prometheus, query))),
                )),
            );
        }
        assert.deepEqual(
            answers.filter(isEmpty).map(({ where }) => where),
            [],
            "without data",
        );
        // Where nothing counts as 0 the query's first half could ask for anything.
        assert.deepEqual(
            answers
                .filter(({ expr }) => expr.includes(" or 0 * "))
                .filter(({ samples }) =>
                    samples.every(({ value: [, value] }) => !(Number(value) > 0)),
                )
                .map(({ where }) => where),
            [],
            "never above 0",
        );
    });
});
