import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { meshConfig } from "#components/platform/mesh-config.ts";
import { ACCESS_LOG_FIELDS } from "#model/access-log.ts";
import type { PlatformInput } from "#stack/platform-keys.ts";
import { platformSettings } from "#stack/platform-settings.ts";
import { DEV, PROD } from "./settings.ts";

const mesh = (settings: PlatformInput): ReturnType<typeof meshConfig> =>
    meshConfig(platformSettings(settings));

describe("mesh configuration", () => {
    it("differs between dev and prod in outbound traffic alone", () => {
        const dev = mesh(DEV);
        strictEqual(dev.outboundTrafficPolicy.mode, "ALLOW_ANY");
        deepStrictEqual(mesh(PROD), { ...dev, outboundTrafficPolicy: { mode: "REGISTRY_ONLY" } });
    });

    it("defines every provider that Telemetry names", () => {
        deepStrictEqual(mesh(PROD).extensionProviders, [
            {
                name: "jaeger",
                opentelemetry: {
                    service: "jaeger.istio-system.svc.cluster.local",
                    port: 4317,
                    resource_detectors: { environment: {} },
                },
            },
            { name: "prometheus", prometheus: {} },
            {
                name: "envoy",
                envoyFileAccessLog: {
                    path: "/dev/stdout",
                    logFormat: { labels: ACCESS_LOG_FIELDS },
                },
            },
        ]);
    });

    it("logs who called, which probe and which trace, beside all that Istio itself logs", () => {
        const istioItself = Object.values(ACCESS_LOG_FIELDS).slice(0, -3);
        strictEqual(istioItself.length, 24);
        deepStrictEqual(
            [
                ACCESS_LOG_FIELDS.downstream_peer_uri_san,
                ACCESS_LOG_FIELDS.traceparent,
                ACCESS_LOG_FIELDS.probe,
            ],
            ["%DOWNSTREAM_PEER_URI_SAN%", "%REQ(TRACEPARENT)%", "%REQ(X-MESH-PROBE)%"],
        );
    });

    it("follows names that are not the default ones", () => {
        const config = mesh({
            ...PROD,
            namespace: "shop",
            controlPlaneNamespace: "mesh-system",
            trustDomain: "shop.example",
        });
        strictEqual(config.trustDomain, "shop.example");
        match(
            JSON.stringify(config.extensionProviders),
            /jaeger\.mesh-system\.svc\.cluster\.local/,
        );
        match(JSON.stringify(config.defaultConfig), /\.shop\\\\/);
        ok(!JSON.stringify(config).includes("a4co"));
    });

    it("cannot be dodged by an odd path", () => {
        deepStrictEqual(mesh(DEV).pathNormalization, {
            normalization: "DECODE_AND_MERGE_SLASHES",
        });
    });

    const KEPT: readonly string[] = [
        "cluster.outbound|3006|v1|payment-service.a4co.svc.cluster.local;.upstream_rq_pending_overflow",
        "cluster.outbound|3006|v1|payment-service.a4co.svc.cluster.local;.upstream_rq_active_overflow",
        "cluster.outbound|3006|v1|payment-service.a4co.svc.cluster.local;.upstream_rq_retry_success",
        "cluster.outbound|3006||payment-service.a4co.svc.cluster.local;.upstream_cx_overflow",
        "cluster.outbound|4222||nats.a4co.svc.cluster.local;.upstream_cx_total",
        "cluster.outbound|3004|v1|order-service.a4co.svc.cluster.local;.circuit_breakers.default.rq_open",
        "cluster.outbound|3004|v1|order-service.a4co.svc.cluster.local;.outlier_detection.ejections_active",
        "cluster.inbound|3004||;.upstream_rq_pending_overflow",
        "cluster.inbound|3004||;.upstream_cx_overflow",
    ];
    for (const statistic of KEPT) {
        it(`keeps ${statistic}`, () => {
            ok(keeps(statistic));
        });
    }

    const LEFT_OUT: readonly string[] = [
        "cluster.outbound|443||kubernetes.default.svc.cluster.local;.upstream_rq_total",
        "cluster.outbound|80||order.a4co-svc.svc.cluster.local;.upstream_rq_total",
        "cluster.outbound|3004|v1|order-service.a4co.svc.cluster.local;.ssl.handshake",
        "cluster.xds-grpc.upstream_rq_total",
    ];
    for (const statistic of LEFT_OUT) {
        it(`leaves out ${statistic}`, () => {
            ok(!keeps(statistic));
        });
    }

    function keeps(statistic: string): boolean {
        return mesh(DEV).defaultConfig.proxyStatsMatcher.inclusionRegexps.some((pattern) =>
            new RegExp(`^(?:${pattern})$`).test(statistic),
        );
    }
});
