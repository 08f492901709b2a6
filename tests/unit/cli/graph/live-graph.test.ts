import assert from "node:assert/strict";
import type { LiveEdge, LiveGraph } from "#cli/graph/live-graph.ts";
import { isIdle, liveGraph } from "#cli/graph/live-graph.ts";
import { measure } from "#cli/graph/metrics.ts";
import type { MeshMetrics } from "#cli/graph/metrics.ts";
import type { Labels } from "./metrics.ts";
import {
    AT_DESTINATION,
    AT_SOURCE,
    from,
    GATEWAY,
    measured,
    OK,
    series,
    SUBJECT,
    to,
} from "./metrics.ts";

function graphOf(metrics: Partial<MeshMetrics>): LiveGraph {
    return liveGraph(measured(metrics), SUBJECT);
}

function edgeIn({ edges }: LiveGraph, from_: string, to_: string): LiveEdge {
    const found = edges.find((edge) => edge.from === from_ && edge.to === to_);
    assert.ok(found, `${from_} to ${to_}`);
    return found;
}

const ORDER_TO_PAYMENT = [from("order-service"), to("payment-service"), OK] as const;

function code(response_code: string): Labels {
    return { response_code };
}

describe("the live graph", () => {
    it("has every declared edge unused where nothing was seen", () => {
        const graph = graphOf({ requests: [series(0, AT_SOURCE, ...ORDER_TO_PAYMENT)] });
        assert.equal(isIdle(graph), true);
        assert.deepEqual(
            graph.edges.map((edge) => `${edge.from} ${edge.to} ${edge.state}`),
            [
                "ingress-gateway order-service unused",
                "order-service nats unused",
                "order-service payment-service unused",
                "payment-service inventory-service unused",
            ],
        );
    });

    it("counts a request that both ends saw once", () => {
        const edge = edgeIn(
            graphOf({
                requests: [
                    series(200, AT_SOURCE, GATEWAY, to("order-service"), OK),
                    series(200, AT_DESTINATION, GATEWAY, to("order-service"), OK),
                ],
            }),
            "ingress-gateway",
            "order-service",
        );
        assert.equal(edge.state, "declared");
        assert.equal(edge.requests?.perSecond, 2);
        assert.deepEqual(edge.reporters, ["source"]);
        assert.equal(edge.mutualTlsShare, 1);
    });

    it("believes the caller about retries, and about what never arrived", () => {
        const [caller, callee] = [from("order-service"), to("payment-service")];
        const nowhere = { ...callee, destination_workload: "unknown", destination_principal: "" };
        const unarrived = { ...caller, source_principal: "unknown" };
        const edge = edgeIn(
            graphOf({
                requests: [
                    series(6, AT_SOURCE, caller, callee, OK),
                    // No healthy upstream, a lost connection, and a caller that did not wait.
                    series(1, AT_SOURCE, unarrived, nowhere, OK, code("503")),
                    series(1, AT_SOURCE, caller, callee, OK, code("503")),
                    series(2, AT_SOURCE, caller, callee, OK, code("0")),
                    // Five tries came to one answer.
                    series(11, AT_DESTINATION, caller, callee, OK, code("503")),
                    series(6, AT_DESTINATION, caller, callee, OK),
                ],
            }),
            "order-service",
            "payment-service",
        );
        assert.equal(edge.requests?.perSecond, 0.1);
        assert.equal(edge.requests.failedShare, 0.4);
        assert.equal(edge.mutualTlsShare, 1);
    });

    it("takes the callee's word for callers whose proxy counts nothing", () => {
        const probe = { ...from("order-service"), source_canonical_service: "mesh-probe-1" };
        const graph = graphOf({
            requests: [
                series(10, AT_SOURCE, ...ORDER_TO_PAYMENT),
                series(10, AT_DESTINATION, ...ORDER_TO_PAYMENT),
                series(30, AT_DESTINATION, probe, to("payment-service"), OK),
                series(5, AT_DESTINATION, from("payment-service"), to("inventory-service"), OK),
            ],
        });
        const edge = edgeIn(graph, "order-service", "payment-service");
        assert.equal(edge.requests?.perSecond, 0.4);
        assert.deepEqual(edge.reporters, ["source", "destination"]);
        const alone = edgeIn(graph, "payment-service", "inventory-service");
        assert.equal(alone.requests?.perSecond, 0.05);
        assert.deepEqual(alone.reporters, ["destination"]);
    });

    it("counts a caller once whom the callee's proxy cannot name", () => {
        const unnamed = { ...from("order-service"), source_canonical_service: "unknown" };
        const edge = edgeIn(
            graphOf({
                requests: [
                    series(10, AT_SOURCE, ...ORDER_TO_PAYMENT),
                    series(10, AT_DESTINATION, unnamed, to("payment-service"), OK),
                ],
            }),
            "order-service",
            "payment-service",
        );
        assert.equal(edge.requests?.perSecond, 0.1);
    });

    it("tells refusals from failures", () => {
        const edge = edgeIn(
            graphOf({ requests: [series(4, AT_SOURCE, ...ORDER_TO_PAYMENT, code("403"))] }),
            "order-service",
            "payment-service",
        );
        assert.equal(edge.state, "declared");
        assert.equal(edge.requests?.refusedShare, 1);
        assert.equal(edge.requests.failedShare, 0);
    });

    it("reads gRPC's status where HTTP's says nothing", () => {
        const grpc = (status: string): Labels => ({
            request_protocol: "grpc",
            grpc_response_status: status,
        });
        const edge = edgeIn(
            graphOf({
                requests: ["0", "5", "7", "14"].map((status) =>
                    series(1, AT_SOURCE, ...ORDER_TO_PAYMENT, grpc(status)),
                ),
            }),
            "order-service",
            "payment-service",
        );
        assert.deepEqual(edge.requests, {
            protocols: ["grpc"],
            perSecond: 0.04,
            failedShare: 0.25,
            refusedShare: 0.25,
            p95Milliseconds: null,
        });
    });

    it("marks who calls without being declared, by the identity in the certificate", () => {
        const graph = graphOf({
            requests: [
                series(3, AT_DESTINATION, from("default"), to("payment-service"), OK, code("403")),
                series(3, AT_DESTINATION, from("inventory-service"), to("order-service"), OK),
                series(3, AT_DESTINATION, from("order-service", "shop"), to("payment-service"), OK),
            ],
        });
        assert.deepEqual(
            graph.edges
                .filter(({ state }) => state === "undeclared")
                .map((edge) => `${edge.from} ${edge.to} ${edge.requests?.refusedShare ?? ""}`),
            [
                "default.a4co payment-service 1",
                "inventory-service order-service 0",
                "order-service.shop payment-service 0",
            ],
        );
        assert.deepEqual(
            graph.nodes.filter(({ kind }) => kind === "stranger").map(({ name }) => name),
            ["default.a4co", "order-service.shop"],
        );
    });

    it("says so of callers without a certificate, and of addresses that nobody knows", () => {
        const none = { connection_security_policy: "none", source_principal: "unknown" };
        const graph = graphOf({
            requests: [
                series(
                    1,
                    AT_DESTINATION,
                    none,
                    { source_workload: "unknown" },
                    to("order-service"),
                ),
                series(1, AT_SOURCE, from("order-service"), {
                    destination_service_name: "PassthroughCluster",
                }),
            ],
        });
        const unknown = edgeIn(graph, "unknown caller", "order-service");
        assert.equal(unknown.state, "undeclared");
        assert.equal(unknown.mutualTlsShare, 0);
        const outside = edgeIn(graph, "order-service", "outside the mesh");
        assert.equal(outside.state, "undeclared");
        assert.equal(outside.mutualTlsShare, null);
    });

    it("draws no edge to nowhere, and says whose requests found no route", () => {
        const graph = graphOf({
            requests: [
                series(10, AT_SOURCE, GATEWAY, { destination_service_name: "unknown" }, OK),
                series(5, AT_SOURCE, from("order-service"), {
                    destination_service_name: "BlackHoleCluster",
                }),
            ],
        });
        assert.ok(graph.edges.every(({ state }) => state === "unused"));
        assert.deepEqual(graph.unrouted, [
            { from: "ingress-gateway", perSecond: 0.1 },
            { from: "order-service", perSecond: 0.05 },
        ]);
        assert.equal(isIdle(graph), false);
    });

    it("leaves out what is between others in the same Prometheus", () => {
        const graph = graphOf({
            requests: [
                series(9, AT_SOURCE, from("web", "shop"), to("cart", "shop"), OK),
                series(9, AT_DESTINATION, from("web", "a4co"), to("cart", "a4co"), OK),
            ],
        });
        assert.deepEqual(
            graph.edges.filter(({ state }) => state !== "unused").map((edge) => edge.from),
            ["web.a4co"],
        );
    });

    it("has connections and bytes of TCP, and an open connection is use", () => {
        const nats = [from("order-service"), to("nats")] as const;
        const edge = edgeIn(
            graphOf({
                open: [series(1, AT_SOURCE, ...nats), series(1, AT_DESTINATION, ...nats)],
            }),
            "order-service",
            "nats",
        );
        assert.equal(edge.state, "declared");
        assert.equal(edge.requests, null);
        assert.equal(edge.mutualTlsShare, 1);
        assert.equal(edge.connections?.open, 1);
        const busy = edgeIn(
            graphOf({
                opened: [series(20, AT_SOURCE, ...nats), series(20, AT_DESTINATION, ...nats)],
                received: [series(500, AT_SOURCE, ...nats)],
                sent: [series(50, AT_SOURCE, ...nats)],
            }),
            "order-service",
            "nats",
        );
        assert.deepEqual(busy.connections, {
            open: 0,
            openedPerSecond: 0.2,
            receivedBytesPerSecond: 5,
            sentBytesPerSecond: 0.5,
        });
    });

    it("takes the 95th percentile over all pods of an edge", () => {
        const bucket = (value: number, pod: string, le: string): ReturnType<typeof series> =>
            series(value, AT_SOURCE, ...ORDER_TO_PAYMENT, { source_workload: pod, le });
        const edge = edgeIn(
            graphOf({
                requests: [series(200, AT_SOURCE, ...ORDER_TO_PAYMENT)],
                durations: [
                    bucket(100, "one", "10"),
                    bucket(100, "one", "20"),
                    bucket(100, "one", "+Inf"),
                    bucket(80, "two", "10"),
                    bucket(100, "two", "20"),
                    bucket(100, "two", "+Inf"),
                ],
            }),
            "order-service",
            "payment-service",
        );
        assert.equal(edge.requests?.p95Milliseconds, 15);
    });
});

describe("what is asked of Prometheus for the graph", () => {
    const answer = (result: readonly object[]): string =>
        JSON.stringify({ status: "success", data: { resultType: "vector", result } });

    it("is one window of every metric, and NaN in an answer is nothing", async () => {
        const asked: string[] = [];
        const { metrics, wholeWindow } = await measure(
            {
                query: (expression) => {
                    asked.push(expression);
                    const isRequests = expression.includes("istio_requests_total");
                    const samples = [
                        { metric: { reporter: "source" }, value: [1, "NaN"] },
                        { metric: { reporter: "destination" }, value: [1, "4"] },
                    ];
                    return Promise.resolve(answer(isRequests ? samples : []));
                },
            },
            "5m",
        );
        assert.deepEqual(metrics.requests, [{ labels: { reporter: "destination" }, value: 4 }]);
        assert.equal(wholeWindow, false);
        for (const metric of [
            "istio_requests_total",
            "istio_request_duration_milliseconds_bucket",
            "istio_tcp_connections_opened_total",
            "istio_tcp_connections_closed_total",
            "istio_tcp_received_bytes_total",
            "istio_tcp_sent_bytes_total",
        ]) {
            assert.equal(
                asked.filter((each) => each.includes(metric)).length,
                1 + Number(metric.includes("opened")),
                metric,
            );
        }
        assert.ok(asked.every((each) => !/\[(?!300000ms\])/.test(each)));
    });
});
