import assert from "node:assert/strict";
import type { KialiValues } from "#components/addons/kiali-values.ts";
import type { ScrapeConfig } from "#components/addons/prometheus-jobs.ts";
import type { MeshConfigValues } from "#components/platform/mesh-config.ts";
import { renderElsewhere, renderStack } from "../../render/render.ts";
import type { Rendering } from "../../render/rendering.ts";

/** The stack's own addons, as anything inside the cluster would name them. */
const OWN = /(prometheus|grafana|jaeger)\.istio-system[.:]/;
const SCRAPE_ME = /"prometheus\.io\/scrape":"true"/;
const MONITOR = /monitoring\.coreos\.com\/v1:(PodMonitor|PrometheusRule|ServiceMonitor)$/;

function text({ resources }: Rendering): string {
    return JSON.stringify(resources.map(({ inputs }) => inputs));
}

function namesOf({ resources }: Rendering, type: RegExp): string[] {
    return resources.filter((resource) => type.test(resource.type)).map(({ name }) => name);
}

/** What the assertions look at, of several kinds of resources. */
interface Inputs {
    readonly metadata: { readonly name: string; readonly labels?: object };
    readonly spec: { readonly podMetricsEndpoints: readonly { readonly relabelings: object }[] };
    readonly values: {
        readonly meshConfig: Pick<MeshConfigValues, "enablePrometheusMerge" | "extensionProviders">;
        readonly podAnnotations?: object;
        readonly external_services: KialiValues["external_services"];
        readonly scrapeConfigs: Readonly<Record<string, ScrapeConfig>>;
    };
}

function inputsOf({ resources }: Rendering, wanted: string): Inputs {
    const found = resources.find(({ name }) => name === wanted);
    assert.ok(found !== undefined, `${wanted} is not there`);
    return found.inputs as Inputs;
}

function meshConfigOf(rendering: Rendering): Inputs["values"]["meshConfig"] {
    return inputsOf(rendering, "platform-istiod").values.meshConfig;
}

describe("somebody else's addons", () => {
    it("are not installed, and nobody asks for the stack's own", async () => {
        const rendering = await renderElsewhere();
        assert.match(text(await renderStack("prod")), OWN);
        assert.doesNotMatch(text(rendering), OWN);
        assert.deepEqual(namesOf(rendering, /:Release$/), [
            "platform-base",
            "platform-gateway",
            "platform-istiod",
            "platform-kiali-release",
        ]);
    });

    it("are asked by Kiali at their addresses", async () => {
        const rendering = await renderElsewhere();
        const { prometheus, grafana, tracing } = inputsOf(rendering, "platform-kiali-release")
            .values.external_services;
        assert.equal(prometheus.url, "http://prometheus.monitoring.svc:9090");
        assert.equal(grafana.internal_url, "https://grafana.a4co.example/ops");
        assert.equal(grafana.external_url, "https://grafana.a4co.example/ops");
        assert.deepEqual(tracing, {
            enabled: true,
            provider: "jaeger",
            use_grpc: false,
            internal_url: "http://jaeger-query.observability.svc:16686",
            external_url: "https://jaeger.a4co.example",
        });
    });

    it("get the spans of every proxy, over TLS to a host that istiod knows", async () => {
        const rendering = await renderElsewhere();
        const [provider] = meshConfigOf(rendering).extensionProviders;
        assert.deepEqual(provider, {
            name: "jaeger",
            opentelemetry: {
                service: "otlp.a4co.example",
                port: 4317,
                resource_detectors: { environment: {} },
            },
        });
        const metadata = { name: "span-collector", namespace: "istio-system" };
        const entry = inputsOf(rendering, "baseline-collector");
        assert.deepEqual(entry.metadata, metadata);
        assert.deepEqual(entry.spec, {
            hosts: ["otlp.a4co.example"],
            location: "MESH_EXTERNAL",
            resolution: "DNS",
            ports: [{ number: 4317, name: "grpc-otlp", protocol: "GRPC" }],
        });
        const rule = inputsOf(rendering, "baseline-collector-tls");
        assert.deepEqual(rule.metadata, metadata);
        assert.deepEqual(rule.spec, {
            host: "otlp.a4co.example",
            trafficPolicy: {
                tls: {
                    mode: "SIMPLE",
                    sni: "otlp.a4co.example",
                    subjectAltNames: ["otlp.a4co.example"],
                    caCertificates: "system",
                },
            },
        });
    });
});

describe("what is scraped", () => {
    it("is said by monitors where the Prometheus operator is, and by no annotation", async () => {
        const rendering = await renderElsewhere();
        assert.deepEqual(namesOf(rendering, MONITOR).sort(), [
            "inventory-service-service-monitor",
            "nats-pod-monitor",
            "order-service-service-monitor",
            "payment-service-service-monitor",
            "platform-alerts",
            "platform-gateway-monitor",
            "platform-istiod-monitor",
        ]);
        assert.doesNotMatch(text(rendering), SCRAPE_ME);
        assert.equal(meshConfigOf(rendering).enablePrometheusMerge, false);
        assert.deepEqual(inputsOf(rendering, "platform-gateway").values.podAnnotations, {
            "prometheus.io/scrape": "false",
        });
        for (const name of namesOf(rendering, MONITOR)) {
            assert.deepEqual(inputsOf(rendering, name).metadata.labels, {
                release: "kube-prometheus-stack",
            });
        }
    });

    it("is said by annotations elsewhere, and by no monitor", async () => {
        const rendering = await renderStack("prod");
        assert.deepEqual(namesOf(rendering, MONITOR), []);
        assert.match(text(rendering), SCRAPE_ME);
        assert.equal(meshConfigOf(rendering).enablePrometheusMerge, true);
        assert.ok(!("podAnnotations" in inputsOf(rendering, "platform-gateway").values));
    });

    it("gets the labels of the same job from a monitor as from a scrape job", async () => {
        const [own, elsewhere] = [await renderStack("prod"), await renderElsewhere()];
        const { scrapeConfigs } = inputsOf(own, "platform-prometheus-release").values;
        const { spec } = inputsOf(elsewhere, "nats-pod-monitor");
        assert.deepEqual(spec.podMetricsEndpoints[0]?.relabelings, [
            ...(scrapeConfigs["envoy-stats"]?.relabel_configs ?? []).map(inOperatorsWords),
            { targetLabel: "job", replacement: "envoy-stats" },
        ]);
    });
});

/** Names of fields as the operator spells them: `source_labels` is `sourceLabels`. */
function inOperatorsWords(step: object): object {
    return Object.fromEntries(
        Object.entries(step).map(([field, value]) => [
            field.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
            value,
        ]),
    );
}
