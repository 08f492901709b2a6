import assert from "node:assert/strict";
import { allowPolicyName, allowPolicySpec, callGraph } from "#model/authorization.ts";
import { gatewaySpec, STRICT_MTLS, telemetrySpec } from "#model/baseline.ts";
import { backingDestinationRuleSpec, destinationRuleSpec } from "#model/destination-rule.ts";
import { isDuration, milliseconds } from "#model/duration.ts";
import { sidecarSpec, virtualServiceSpec } from "#model/routing.ts";
import { catalog } from "#services/catalog.ts";
import { nats } from "#services/nats.ts";
import { CONTEXT, OTHER } from "./context.ts";

describe("the mesh", () => {
    it("speaks mutual TLS alone", () => {
        assert.deepStrictEqual(STRICT_MTLS, { mtls: { mode: "STRICT" } });
    });

    it("reports to Jaeger, Prometheus and the log, with the stack's own environment", () => {
        const intent = { environment: "dev", clusterName: "a4co-cluster", samplingPercent: 100 };
        const accessLogging = [{ providers: [{ name: "envoy" }] }];
        const tracing = [
            {
                providers: [{ name: "jaeger" }],
                randomSamplingPercentage: 100,
                customTags: { environment: { literal: { value: "dev" } } },
            },
        ];
        assert.deepStrictEqual(telemetrySpec({ ...intent, metrics: true }), {
            tracing,
            metrics: [
                {
                    providers: [{ name: "prometheus" }],
                    overrides: [
                        {
                            match: { metric: "ALL_METRICS" },
                            tagOverrides: { source_cluster: { value: "'a4co-cluster'" } },
                        },
                    ],
                },
            ],
            accessLogging,
        });
        assert.deepStrictEqual(telemetrySpec({ ...intent, metrics: false }), {
            tracing,
            accessLogging,
        });
        assert.deepStrictEqual(
            telemetrySpec({ ...intent, samplingPercent: undefined, metrics: false }),
            { tracing: [{ disableSpanReporting: true }], accessLogging },
        );
    });

    it("has one edge: HTTPS from TLS 1.2 on, and a port 80 that redirects where it is told to", () => {
        const hosts = ["*.a4co.local", "a4co.local"];
        const http = { port: { number: 80, name: "http", protocol: "HTTP" }, hosts };
        const https = {
            port: { number: 443, name: "https", protocol: "HTTPS" },
            hosts,
            tls: {
                mode: "SIMPLE",
                credentialName: "a4co-tls-cert",
                minProtocolVersion: "TLSV1_2",
            },
        };
        const selector = { istio: "ingressgateway" };
        assert.deepStrictEqual(gatewaySpec(CONTEXT, false), { selector, servers: [http, https] });
        assert.deepStrictEqual(gatewaySpec(CONTEXT, true), {
            selector,
            servers: [{ ...http, tls: { httpsRedirect: true } }, https],
        });
    });

    it("lets order-service speak to NATS on its port, and nobody else", () => {
        const edges = callGraph(catalog, CONTEXT).filter(({ callee }) => callee === "nats");
        assert.deepStrictEqual(
            edges.map((edge) => [allowPolicyName(edge), allowPolicySpec(edge, CONTEXT)]),
            [
                [
                    "allow-order-to-nats",
                    {
                        selector: { matchLabels: { app: "nats" } },
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
                                to: [{ operation: { ports: ["4222"] } }],
                            },
                        ],
                    },
                ],
            ],
        );
        assert.deepStrictEqual(backingDestinationRuleSpec(nats, CONTEXT), {
            host: "nats.a4co.svc.cluster.local",
            trafficPolicy: {
                tls: { mode: "ISTIO_MUTUAL" },
                connectionPool: { tcp: { maxConnections: 100, connectTimeout: "5s" } },
            },
        });
    });

    it("takes every name from its context: nothing is typed twice", () => {
        const specs = [
            gatewaySpec(OTHER, true),
            backingDestinationRuleSpec(nats, OTHER),
            ...callGraph(catalog, OTHER).map((edge) => allowPolicySpec(edge, OTHER)),
            ...catalog.services.flatMap((service) => [
                virtualServiceSpec(service, OTHER),
                destinationRuleSpec(service, OTHER),
                sidecarSpec(service, catalog, OTHER),
            ]),
        ];
        // The certificate's name is the user's, whatever the namespace is called.
        const text = JSON.stringify(specs).replaceAll("a4co-tls-cert", "");
        for (const literal of ["a4co", "istio-system", "ns/default"]) {
            assert.ok(!text.includes(literal), `${literal} is typed somewhere`);
        }
        assert.ok(text.includes("shop.internal/ns/mesh-system/sa/istio-ingressgateway"));
        assert.ok(text.includes("order.shop.example"));
    });
});

describe("durations", () => {
    it("are a positive number and a unit", () => {
        for (const [text, length] of [
            ["500ms", 500],
            ["2s", 2000],
            ["1.5s", 1500],
            ["1m", 60_000],
            ["2h", 7_200_000],
        ] as const) {
            assert.ok(isDuration(text), text);
            assert.equal(milliseconds(text), length);
        }
        for (const text of ["", "5", "5 s", "0s", "-1s", "1d", "s", "1e3s", "1m30s"]) {
            assert.ok(!isDuration(text), text);
        }
    });

    it("that are none have no length", () => {
        assert.throws(() => milliseconds("1e3s"), {
            name: "RangeError",
            message: '"1e3s" is not a duration; allowed: a number and ms, s, m or h',
        });
    });
});
