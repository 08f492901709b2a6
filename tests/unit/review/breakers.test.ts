import assert from "node:assert/strict";
import { breakerChanges } from "#review/breakers/compare.ts";
import { breakersOf } from "#review/breakers/find.ts";
import type { Breaker } from "#review/breakers/find.ts";
import type { Graph } from "#review/change.ts";
import { meshViewOf } from "#review/mesh.ts";
import { networking, SHOP, written } from "./shop.ts";
import { subjectOf } from "./subject.ts";

function calls(...edges: readonly (readonly [from: string, to: string])[]): Graph {
    return {
        nodes: [...new Set(edges.flat())].sort(),
        edges: edges.map(([from, to]) => ({ from, to, operations: [] })),
    };
}

/** The gateway, of at most five pods, and order, of three, call payment, of two. */
const CALLS = calls(["order", "payment"], ["istio-ingressgateway", "payment"]);

function rule(policy: string, more = ""): string {
    return networking(
        "DestinationRule",
        "payment",
        `{ host: payment, trafficPolicy: { ${policy} } ${more} }`,
    );
}

function pool(requests: number | undefined): string {
    return requests === undefined
        ? ""
        : `connectionPool: { http: { http2MaxRequests: ${requests} } }`;
}

const WEAKER = "[more load arrives before anybody is refused]";

function assertBreakers(
    before: string,
    after: string,
    expected: readonly string[],
    { shop = SHOP, graph = CALLS }: { readonly shop?: string; readonly graph?: Graph } = {},
): void {
    const [old, now] = [subjectOf(SHOP, before), subjectOf(shop, after)];
    const changes = breakerChanges(breakersOf(old, CALLS), breakersOf(now, graph), meshViewOf(now));
    assert.deepStrictEqual(changes.map(written), expected);
}

function assertRule(before: string, after: string, ...expected: readonly string[]): void {
    assertBreakers(rule(before), rule(after), expected);
}

function breakerOf(host: string, ...more: readonly string[]): Breaker {
    const found = breakersOf(subjectOf(SHOP, ...more), CALLS).find(
        (one) => one.host === `${host}.shop.svc.cluster.local` && !("unread" in one),
    );
    assert.ok(found !== undefined && !("unread" in found));
    return found;
}

describe("The breakers of a subject", () => {
    it("count what all callers together may send, and what the pods take themselves", () => {
        const sidecar = networking(
            "Sidecar",
            "payment",
            "{ workloadSelector: { labels: { app: payment } }, inboundConnectionPool: { http: { http2MaxRequests: 30 } } }",
        );
        const { together, callingPods, replicas, own, passages } = breakerOf(
            "payment",
            rule(pool(20)),
            sidecar,
        );
        assert.deepStrictEqual(
            { together, callingPods, replicas, own, callers: passages.map(({ caller }) => caller) },
            {
                together: 160,
                callingPods: 8,
                replicas: 2,
                own: { http2MaxRequests: 30 },
                callers: [undefined, "order", "istio-ingressgateway"],
            },
        );
        assert.equal(breakerOf("payment").together, undefined);
    });

    it("say what all callers together may send, where a limit is raised or lowered", () => {
        const own = (limit: number, old: number, weaker: string): string =>
            `${weaker}payment takes ${limit} requests at once in each of its own pods, was ${old}: ${2 * limit} in 2 pods`;
        assertRule(
            pool(10),
            pool(20),
            `! payment takes 160 requests at once from all callers together, was 80: 20 from each calling pod, was 10 ${WEAKER}`,
            `${own(20, 10, "! ")} [its own proxy no longer refuses as soon]`,
        );
        assertRule(
            pool(20),
            pool(10),
            "payment takes 80 requests at once from all callers together, was 160: 10 from each calling pod, was 20",
            own(10, 20, ""),
        );
        assertRule(pool(10), pool(10).replace("{ http:", "{ tcp: {}, http:"));
    });

    it("find that a limit goes, also with the whole rule", () => {
        const gone = [
            `! payment takes any number of requests at once from each calling pod, was 10 ${WEAKER}`,
            "! payment takes any number of requests at once in each of its own pods, was 10 [its own proxy no longer refuses as soon]",
        ];
        assertBreakers(rule(pool(10)), rule(""), gone);
        assertBreakers(rule(pool(10)), "", gone);
        assertBreakers(
            rule(pool(10)),
            rule(pool(10)).replace("name: payment,", "name: other,"),
            [],
        );
    });

    it("count more calling pods, and more callers", () => {
        const scaled = SHOP.replace("replicas: 3", "replicas: 6");
        assertBreakers(
            rule(pool(10)),
            rule(pool(10)),
            [
                "payment takes 110 requests at once from all callers together, was 80: 10 from each of 11 calling pods, was 8 pods",
            ],
            { shop: scaled },
        );
        // Whose pods nobody counts may send anything.
        assertBreakers(rule(pool(10)), rule(pool(10)), [], {
            graph: calls(["anybody", "payment"]),
        });
    });

    it("remark that callers may send more than the pods take, only once it is so", () => {
        const sidecar = (requests: number): string =>
            `${rule(pool(10))}\n---${networking(
                "Sidecar",
                "payment",
                `{ workloadSelector: { labels: { app: payment } }, inboundConnectionPool: { http: { http2MaxRequests: ${requests} } } }`,
            )}`;
        assertBreakers(sidecar(50), sidecar(20), [
            "payment takes 20 requests at once in each of its own pods, was 50: 40 in 2 pods",
            "payment takes 40 requests at once in 2 pods; all callers together may send 80",
        ]);
        assertBreakers(sidecar(20), sidecar(19), [
            "payment takes 19 requests at once in each of its own pods, was 20: 38 in 2 pods",
        ]);
    });

    it("tell the limits of connections, waiting requests and retries", () => {
        assertBreakers(
            rule(
                "connectionPool: { tcp: { maxConnections: 5 }, http: { http1MaxPendingRequests: 3, maxRetries: 2, maxRequestsPerConnection: 1 } }",
            ),
            rule(
                "connectionPool: { tcp: { maxConnections: 4 }, http: { http1MaxPendingRequests: 6, maxRequestsPerConnection: 9 } }",
            ),
            [
                "payment takes 32 connections from all callers together, was 40: 4 from each calling pod, was 5",
                `! payment takes 6 requests that wait from each calling pod, was 3 ${WEAKER}`,
                "payment takes 9 requests on one connection from each calling pod, was 1",
                `! payment takes any number of retries at once from each calling pod, was 2 ${WEAKER}`,
                "payment takes 4 connections in each of its own pods, was 5: 8 in 2 pods",
                "! payment takes 6 requests that wait in each of its own pods, was 3 [its own proxy no longer refuses as soon]",
                "payment takes 9 requests on one connection in each of its own pods, was 1",
                "! payment takes any number of retries at once in each of its own pods, was 2 [its own proxy no longer refuses as soon]",
            ],
        );
    });

    it("tell when failing pods are taken out, and that they no longer are", () => {
        const detection = (more: string): string => `outlierDetection: { ${more} }`;
        const active = detection("consecutive5xxErrors: 3, maxEjectionPercent: 50");
        const never = "callers keep sending requests to a pod that fails";
        assertRule(active, detection("consecutive5xxErrors: 3, maxEjectionPercent: 99"));
        assertRule(
            active,
            detection(
                "consecutive5xxErrors: 5, maxEjectionPercent: 100, interval: 20s, baseEjectionTime: 1m",
            ),
            "! payment takes a pod out after 5 errors in a row, was 3 [callers see more errors of a pod that fails]",
            "payment looks at its pods every 20 s, was 10 s",
            "payment takes a pod out for 60 s, was 30 s",
            "payment takes out at most 2 of its pods, was 1 of its pods",
        );
        assertRule(active, "", `! payment never takes a failing pod out of balancing [${never}]`);
        assertRule(
            active,
            detection("consecutive5xxErrors: 0, maxEjectionPercent: 50"),
            `! payment never takes a failing pod out of balancing [${never}]`,
        );
        const small =
            "is less than one, or too few would be left [callers keep sending requests to a pod that fails]";
        assertRule(
            active,
            detection("consecutive5xxErrors: 3, maxEjectionPercent: 49"),
            `! payment never takes a failing pod out of balancing: 49 % of them ${small}`,
        );
        assertBreakers(
            rule(active),
            rule(active),
            [`! payment never takes a failing pod out of balancing: 50 % of them ${small}`],
            { shop: SHOP.replace("replicas: 2", "replicas: 1") },
        );
        assertRule("", active, "payment takes failing pods out of balancing");
    });

    it("know the settings of ports and subsets", () => {
        const port = (requests: number): string =>
            rule(`${pool(10)}, portLevelSettings: [{ port: { number: 80 }, ${pool(requests)} }]`);
        assertBreakers(port(10), port(10), []);
        assertBreakers(port(5), port(7), [
            `! payment port 80 takes 56 requests at once from all callers together, was 40: 7 from each calling pod, was 5 ${WEAKER}`,
            "! payment port 80 takes 7 requests at once in each of its own pods, was 5: 14 in 2 pods [its own proxy no longer refuses as soon]",
        ]);
        const subset = (own: string): string =>
            rule(
                pool(10),
                `, subsets: [{ name: v2, labels: { app: payment }, trafficPolicy: { ${own} } }]`,
            );
        assertBreakers(subset(""), subset(pool(90)), [
            `! payment v2 takes 720 requests at once from all callers together, was 80: 90 from each calling pod, was 10 ${WEAKER}`,
        ]);
        assertBreakers(subset(pool(10)), subset(""), []);
    });

    it("know the rule that one caller has for itself", () => {
        const own = (requests: number): string => `${rule(pool(10))}\n---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: mine, namespace: shop }
spec:
  host: payment
  workloadSelector: { matchLabels: { app: order } }
  trafficPolicy: { ${pool(requests)} }`;
        assertBreakers(own(10), own(10), []);
        assertBreakers(own(10), own(30), [
            `payment takes 140 requests at once from all callers together, was 80`,
            `! payment takes 30 requests at once from each pod of order, was 10 ${WEAKER}`,
        ]);
    });

    it("say so where nobody can tell", () => {
        assertRule(
            "outlierDetection: { interval: 10s }",
            "outlierDetection: { interval: soon }",
            "what payment takes cannot be compared: spec.trafficPolicy.outlierDetection.interval: soon is no duration",
        );
    });
});
