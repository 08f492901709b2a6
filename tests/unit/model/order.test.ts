import assert from "node:assert/strict";
import { allowPolicyName, allowPolicySpec, callGraph } from "#model/authorization.ts";
import { destinationRuleSpec } from "#model/destination-rule.ts";
import { metricsPath, sidecarSpec, virtualServiceSpec } from "#model/routing.ts";
import { catalog } from "#services/catalog.ts";
import { order } from "#services/order.ts";
import { allToV1, CONTEXT, experiment, idempotent } from "./context.ts";

describe("order-service", () => {
    it("is reached in the mesh and at the gateway, tries idempotent requests again and POST only before delivery", () => {
        assert.deepStrictEqual(virtualServiceSpec(order, CONTEXT), {
            hosts: ["order-service", "order.a4co.local"],
            gateways: ["a4co-gateway", "mesh"],
            http: [
                {
                    name: "metrics-at-the-edge",
                    match: [
                        { uri: { exact: "/orders/metrics" }, gateways: ["a4co-gateway"] },
                        { uri: { prefix: "/orders/metrics/" }, gateways: ["a4co-gateway"] },
                    ],
                    directResponse: { status: 404 },
                },
                experiment("order-service"),
                {
                    name: "orders-idempotent",
                    match: idempotent("/orders"),
                    timeout: "10s",
                    route: allToV1("order-service", 3004),
                    retries: {
                        attempts: 3,
                        perTryTimeout: "2s",
                        retryOn: "5xx,reset,connect-failure,refused-stream",
                    },
                },
                {
                    name: "orders",
                    match: [{ uri: { prefix: "/orders" } }],
                    timeout: "10s",
                    route: allToV1("order-service", 3004),
                    retries: { attempts: 3, retryOn: "connect-failure,refused-stream" },
                },
            ],
        });
    });

    it("gets a fault on both of its routes, and on nothing else", () => {
        const spec = virtualServiceSpec(order, CONTEXT, {
            delay: { fixedDelay: "5s", percent: 0.1 },
            abort: { httpStatus: 500, percent: 0.01 },
        });
        const fault = {
            delay: { fixedDelay: "5s", percentage: { value: 0.1 } },
            abort: { httpStatus: 500, percentage: { value: 0.01 } },
        };
        assert.deepStrictEqual(
            spec.http?.map((route) => [route.name, route.fault]),
            [
                ["metrics-at-the-edge", undefined],
                ["experiment", undefined],
                ["orders-idempotent", fault],
                ["orders", fault],
            ],
        );
        const onlyAbort = virtualServiceSpec(order, CONTEXT, {
            abort: { httpStatus: 503, percent: 1 },
        });
        assert.deepStrictEqual(onlyAbort.http?.at(-1)?.fault, {
            abort: { httpStatus: 503, percentage: { value: 1 } },
        });
    });

    it("is called with these pools and this breaker", () => {
        assert.deepStrictEqual(destinationRuleSpec(order, CONTEXT), {
            host: "order-service.a4co.svc.cluster.local",
            trafficPolicy: {
                tls: { mode: "ISTIO_MUTUAL" },
                loadBalancer: { simple: "LEAST_REQUEST" },
                connectionPool: {
                    tcp: { maxConnections: 100 },
                    http: {
                        http1MaxPendingRequests: 50,
                        http2MaxRequests: 100,
                        maxRequestsPerConnection: 2,
                    },
                },
                outlierDetection: {
                    consecutive5xxErrors: 5,
                    interval: "30s",
                    baseEjectionTime: "30s",
                    maxEjectionPercent: 50,
                    minHealthPercent: 40,
                },
            },
            subsets: [{ name: "v1", labels: { version: "v1" } }],
        });
    });

    it("lets the gateway in, on /orders", () => {
        const edges = callGraph(catalog, CONTEXT).filter(({ callee }) => callee === order.name);
        assert.deepStrictEqual(
            edges.map((edge) => [allowPolicyName(edge), allowPolicySpec(edge, CONTEXT)]),
            [
                [
                    "allow-gateway-to-order",
                    {
                        selector: { matchLabels: { app: "order-service" } },
                        action: "ALLOW",
                        rules: [
                            {
                                from: [
                                    {
                                        source: {
                                            principals: [
                                                "cluster.local/ns/istio-system/sa/istio-ingressgateway",
                                            ],
                                        },
                                    },
                                ],
                                to: [
                                    {
                                        operation: {
                                            methods: ["GET", "POST"],
                                            paths: ["/orders", "/orders/*"],
                                        },
                                    },
                                ],
                            },
                        ],
                    },
                ],
            ],
        );
    });

    it("knows payment, NATS and the platform, and nobody else", () => {
        assert.deepStrictEqual(sidecarSpec(order, catalog, CONTEXT), {
            workloadSelector: { labels: { app: "order-service" } },
            inboundConnectionPool: {
                tcp: { maxConnections: 100 },
                http: { http1MaxPendingRequests: 50, http2MaxRequests: 100 },
            },
            egress: [
                {
                    hosts: [
                        "./payment-service.a4co.svc.cluster.local",
                        "./nats.a4co.svc.cluster.local",
                        "istio-system/jaeger.istio-system.svc.cluster.local",
                    ],
                },
            ],
        });
    });

    it("shows its metrics below its prefix", () => {
        assert.equal(metricsPath(order), "/orders/metrics");
    });
});
