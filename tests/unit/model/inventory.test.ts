import assert from "node:assert/strict";
import { allowPolicyName, allowPolicySpec, callGraph } from "#model/authorization.ts";
import { destinationRuleSpec } from "#model/destination-rule.ts";
import { metricsPath, sidecarSpec, virtualServiceSpec } from "#model/routing.ts";
import { catalog } from "#services/catalog.ts";
import { inventory } from "#services/inventory.ts";
import { allToV1, CONTEXT, experiment, idempotent } from "./context.ts";

describe("inventory-service", () => {
    it("is reached in the mesh alone", () => {
        assert.deepStrictEqual(virtualServiceSpec(inventory, CONTEXT), {
            hosts: ["inventory-service", "inventory.a4co.local"],
            gateways: ["mesh"],
            http: [
                experiment("inventory-service"),
                {
                    name: "inventory-idempotent",
                    match: idempotent("/inventory"),
                    timeout: "5s",
                    route: allToV1("inventory-service", 3005),
                    retries: {
                        attempts: 3,
                        perTryTimeout: "1s",
                        retryOn: "5xx,reset,connect-failure,refused-stream",
                    },
                },
                {
                    name: "inventory",
                    match: [{ uri: { prefix: "/inventory" } }],
                    timeout: "5s",
                    route: allToV1("inventory-service", 3005),
                    retries: { attempts: 3, retryOn: "connect-failure,refused-stream" },
                },
            ],
        });
    });

    it("is called with these pools and this breaker", () => {
        assert.deepStrictEqual(destinationRuleSpec(inventory, CONTEXT), {
            host: "inventory-service.a4co.svc.cluster.local",
            trafficPolicy: {
                tls: { mode: "ISTIO_MUTUAL" },
                loadBalancer: { simple: "LEAST_REQUEST" },
                connectionPool: {
                    tcp: { maxConnections: 100 },
                    http: { http1MaxPendingRequests: 50, http2MaxRequests: 100 },
                },
                outlierDetection: {
                    consecutive5xxErrors: 5,
                    interval: "30s",
                    baseEjectionTime: "30s",
                    maxEjectionPercent: 50,
                },
            },
            subsets: [{ name: "v1", labels: { version: "v1" } }],
        });
    });

    it("lets payment-service reserve and release", () => {
        const edges = callGraph(catalog, CONTEXT).filter(({ callee }) => callee === inventory.name);
        assert.deepStrictEqual(
            edges.map((edge) => [allowPolicyName(edge), allowPolicySpec(edge, CONTEXT)]),
            [
                [
                    "allow-payment-to-inventory",
                    {
                        selector: { matchLabels: { app: "inventory-service" } },
                        action: "ALLOW",
                        rules: [
                            {
                                from: [
                                    {
                                        source: {
                                            principals: [
                                                "cluster.local/ns/a4co/sa/payment-service",
                                            ],
                                        },
                                    },
                                ],
                                to: [
                                    {
                                        operation: {
                                            methods: ["POST", "PUT"],
                                            paths: ["/inventory/reserve", "/inventory/release"],
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

    it("knows the platform, and calls nobody", () => {
        assert.deepStrictEqual(sidecarSpec(inventory, catalog, CONTEXT), {
            workloadSelector: { labels: { app: "inventory-service" } },
            inboundConnectionPool: {
                tcp: { maxConnections: 100 },
                http: { http1MaxPendingRequests: 50, http2MaxRequests: 100 },
            },
            egress: [{ hosts: ["istio-system/jaeger.istio-system.svc.cluster.local"] }],
        });
    });

    it("shows its metrics below its prefix", () => {
        assert.equal(metricsPath(inventory), "/inventory/metrics");
    });
});
