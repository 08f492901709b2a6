import assert from "node:assert/strict";
import { allowPolicyName, allowPolicySpec, callGraph } from "#model/authorization.ts";
import { portLevelMtlsSpec } from "#model/baseline.ts";
import { destinationRuleSpec } from "#model/destination-rule.ts";
import { metricsPath, sidecarSpec, virtualServiceSpec } from "#model/routing.ts";
import { catalog } from "#services/catalog.ts";
import { payment } from "#services/payment.ts";
import { allToV1, CONTEXT, experiment, idempotent } from "./context.ts";

describe("payment-service", () => {
    it("is reached in the mesh alone, and never pays twice for one POST", () => {
        assert.deepStrictEqual(virtualServiceSpec(payment, CONTEXT), {
            hosts: ["payment-service", "payment.a4co.local"],
            gateways: ["mesh"],
            http: [
                experiment("payment-service"),
                {
                    name: "payments-idempotent",
                    match: idempotent("/payments"),
                    timeout: "15s",
                    route: allToV1("payment-service", 3006),
                    retries: {
                        attempts: 5,
                        perTryTimeout: "3s",
                        retryOn: "5xx,reset,connect-failure",
                    },
                },
                {
                    name: "payments",
                    match: [{ uri: { prefix: "/payments" } }],
                    timeout: "15s",
                    route: allToV1("payment-service", 3006),
                    retries: { attempts: 5, retryOn: "connect-failure,refused-stream" },
                },
            ],
        });
    });

    it("is called with these pools and this breaker, balanced as Istio does", () => {
        assert.deepStrictEqual(destinationRuleSpec(payment, CONTEXT), {
            host: "payment-service.a4co.svc.cluster.local",
            trafficPolicy: {
                tls: { mode: "ISTIO_MUTUAL" },
                connectionPool: {
                    tcp: { maxConnections: 50 },
                    http: { http1MaxPendingRequests: 20, http2MaxRequests: 50 },
                },
                outlierDetection: {
                    consecutive5xxErrors: 3,
                    interval: "20s",
                    baseEjectionTime: "60s",
                    maxEjectionPercent: 30,
                },
            },
            subsets: [{ name: "v1", labels: { version: "v1" } }],
        });
    });

    it("lets order-service process payments, and nothing else", () => {
        const edges = callGraph(catalog, CONTEXT).filter(({ callee }) => callee === payment.name);
        assert.deepStrictEqual(
            edges.map((edge) => [allowPolicyName(edge), allowPolicySpec(edge, CONTEXT)]),
            [
                [
                    "allow-order-to-payment",
                    {
                        selector: { matchLabels: { app: "payment-service" } },
                        action: "ALLOW",
                        rules: [
                            {
                                from: [
                                    {
                                        source: {
                                            principals: ["cluster.local/ns/a4co/sa/order-service"],
                                        },
                                    },
                                ],
                                to: [
                                    {
                                        operation: {
                                            methods: ["POST"],
                                            paths: ["/payments/process"],
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

    it("states STRICT for itself and for its port", () => {
        assert.deepStrictEqual(portLevelMtlsSpec(payment), {
            selector: { matchLabels: { app: "payment-service" } },
            mtls: { mode: "STRICT" },
            portLevelMtls: { "3006": { mode: "STRICT" } },
        });
        assert.equal(payment.portLevelMtls, true);
    });

    it("knows inventory and the platform, and nobody else", () => {
        assert.deepStrictEqual(sidecarSpec(payment, catalog, CONTEXT), {
            workloadSelector: { labels: { app: "payment-service" } },
            inboundConnectionPool: {
                tcp: { maxConnections: 50 },
                http: { http1MaxPendingRequests: 20, http2MaxRequests: 50 },
            },
            egress: [
                {
                    hosts: [
                        "./inventory-service.a4co.svc.cluster.local",
                        "istio-system/jaeger.istio-system.svc.cluster.local",
                    ],
                },
            ],
        });
    });

    it("shows its metrics below its prefix", () => {
        assert.equal(metricsPath(payment), "/payments/metrics");
    });
});
