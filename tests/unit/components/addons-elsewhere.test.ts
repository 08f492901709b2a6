import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { ingressRules } from "#components/addons/addon.ts";
import { meshConfig } from "#components/platform/mesh-config.ts";
import { sidecarSpec } from "#model/routing.ts";
import { catalog } from "#services/catalog.ts";
import { order } from "#services/order.ts";
import { meshContext } from "#stack/config.ts";
import type { PlatformInput } from "#stack/platform-keys.ts";
import { platformSettings } from "#stack/platform-settings.ts";
import { load } from "../stack/config-support.ts";
import { grafana, kiali } from "./addons.ts";
import { DEV, PROD } from "./settings.ts";

const OTEL = { otlp: "http://otel.observability.svc:4317" };

/** The production stack with some addons otherwise. */
function withAddons(addons: NonNullable<PlatformInput["addons"]>): PlatformInput {
    return { ...PROD, addons: { ...PROD.addons, ...addons } };
}

describe("a collector without Jaeger", () => {
    it("gets the spans, and nobody looks for traces", () => {
        const settings = withAddons({ jaeger: OTEL });
        const { extensionProviders, defaultProviders } = meshConfig(platformSettings(settings));
        deepStrictEqual(extensionProviders[0], {
            name: "jaeger",
            opentelemetry: {
                service: "otel.observability.svc.cluster.local",
                port: 4317,
                resource_detectors: { environment: {} },
            },
        });
        deepStrictEqual(defaultProviders.tracing, ["jaeger"]);
        deepStrictEqual(kiali(settings).external_services.tracing, { enabled: false });
        const [source, ...others] = grafana(settings).datasources["datasources.yaml"].datasources;
        strictEqual(source?.uid, "prometheus");
        strictEqual("exemplarTraceIdDestinations" in source.jsonData, false);
        deepStrictEqual(others, []);
    });

    it("is known to every sidecar, whose scope would leave its namespace out", () => {
        const hostsWith = (jaeger: unknown): readonly string[] => {
            const context = meshContext(load({ addons: { jaeger } }));
            return sidecarSpec(order, catalog, context).egress?.[0]?.hosts ?? [];
        };
        const callees = hostsWith(false);
        for (const [jaeger, host] of [
            [true, "istio-system/jaeger.istio-system.svc.cluster.local"],
            [OTEL, "observability/otel.observability.svc.cluster.local"],
            [
                { otlp: "http://otel.istio-system.svc:4317" },
                "istio-system/otel.istio-system.svc.cluster.local",
            ],
            // A host outside is known by an entry in the root namespace.
            [{ otlp: "https://otlp.a4co.example:4317" }, "istio-system/otlp.a4co.example"],
        ] as const) {
            deepStrictEqual(hostsWith(jaeger), [...callees, host]);
        }
    });
});

describe("data sources of the stack's own Grafana", () => {
    it("are at the addresses of somebody else's servers", () => {
        const values = grafana(
            withAddons({
                prometheus: { address: "https://metrics.a4co.example/prometheus/" },
                jaeger: { ...OTEL, query: "http://jaeger-query.observability.svc:16686/ui" },
            }),
        );
        deepStrictEqual(
            values.datasources["datasources.yaml"].datasources.map(({ url }) => url),
            [
                "https://metrics.a4co.example/prometheus",
                "http://jaeger-query.observability.svc:16686/ui",
            ],
        );
    });
});

describe("a browser", () => {
    it("is led to what is outside the cluster, and to what the stack says of what is inside", () => {
        const { addonUrls } = platformSettings({
            ...DEV,
            addons: {
                grafana: { address: "https://grafana.a4co.example/" },
                jaeger: { ...OTEL, query: "http://jaeger-query.observability.svc:16686" },
            },
        });
        deepStrictEqual(addonUrls, {
            grafana: "https://grafana.a4co.example",
            jaeger: "http://localhost:16686",
            kiali: "http://localhost:20001",
        });
    });
});

describe("a NetworkPolicy of the stack's own addon", () => {
    const rulesWith = (addons: NonNullable<PlatformInput["addons"]>): object[] =>
        ingressRules(
            { ports: [9090], from: ["grafana"] },
            platformSettings(withAddons({ kiali: false, ...addons })),
        );
    const ports = [{ protocol: "TCP", port: 9090 }];

    it("lets in its pods, or the namespace of somebody else's", () => {
        deepStrictEqual(rulesWith({}), [
            {
                ports,
                from: [{ podSelector: { matchLabels: { "app.kubernetes.io/name": "grafana" } } }],
            },
        ]);
        deepStrictEqual(rulesWith({ grafana: { address: "http://grafana.monitoring.svc" } }), [
            {
                ports,
                from: [
                    {
                        namespaceSelector: {
                            matchLabels: { "kubernetes.io/metadata.name": "monitoring" },
                        },
                    },
                ],
            },
        ]);
    });

    it("lets nobody in where that is outside the cluster", () => {
        deepStrictEqual(rulesWith({ grafana: { address: "https://grafana.a4co.example" } }), []);
    });
});
