import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { MeshPlatformSettings } from "../../../components/platform/args.ts";
import { baseValues } from "../../../components/platform/base-values.ts";
import { chartReference } from "../../../components/platform/chart-source.ts";
import { ADDON_CHARTS, istioChart } from "../../../components/chart-versions.ts";
import { gatewayValues } from "../../../components/platform/gateway-values.ts";
import { istiodValues } from "../../../components/platform/istiod-values.ts";
import { meshConfig } from "../../../components/platform/mesh-config.ts";
import { platformSettings } from "../../../components/platform/settings.ts";
import { DEV, LOCAL, PROD } from "./settings.ts";

const istiod = (settings: MeshPlatformSettings): ReturnType<typeof istiodValues> =>
    istiodValues(platformSettings(settings));
/** Everything but what has its own tests. */
const capacity = (settings: MeshPlatformSettings): object =>
    Object.fromEntries(
        Object.entries(istiod(settings)).filter(([key]) => !["global", "meshConfig"].includes(key)),
    );
const gateway = (settings: MeshPlatformSettings): ReturnType<typeof gatewayValues> =>
    gatewayValues(platformSettings(settings));
const mesh = (settings: MeshPlatformSettings): ReturnType<typeof meshConfig> =>
    meshConfig(platformSettings(settings));

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("values of chart istiod", () => {
    it("run a single small control plane in dev", () => {
        const { global } = istiod(DEV);
        deepStrictEqual(capacity(DEV), {
            autoscaleEnabled: false,
            replicaCount: 1,
            resources: { requests: { cpu: "50m", memory: "256Mi" } },
            traceSampling: 100,
        });
        deepStrictEqual(global.networkPolicy, { enabled: false });
        deepStrictEqual(global.defaultPodDisruptionBudget, { enabled: false });
    });

    it("run two or more replicas with a budget, policies and distroless images in prod", () => {
        const { global } = istiod(PROD);
        deepStrictEqual(capacity(PROD), {
            autoscaleEnabled: true,
            autoscaleMin: 2,
            autoscaleMax: 5,
            cpu: { targetAverageUtilization: 80 },
            pdb: { minAvailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" },
            seccompProfile: { type: "RuntimeDefault" },
            resources: { requests: { cpu: "500m", memory: "2Gi" }, limits: { memory: "4Gi" } },
            topologySpreadConstraints: [
                {
                    maxSkew: 1,
                    topologyKey: "topology.kubernetes.io/zone",
                    whenUnsatisfiable: "ScheduleAnyway",
                    labelSelector: { matchLabels: { app: "istiod" } },
                },
            ],
            traceSampling: 1,
        });
        deepStrictEqual(global, {
            istioNamespace: "istio-system",
            tag: "1.31.1",
            variant: "distroless",
            imagePullPolicy: "IfNotPresent",
            priorityClassName: "system-cluster-critical",
            logAsJson: true,
            networkPolicy: { enabled: true },
            defaultPodDisruptionBudget: { enabled: true },
            multiCluster: { clusterName: "a4co-cluster" },
            proxy: {
                resources: {
                    requests: { cpu: "100m", memory: "128Mi" },
                    limits: { cpu: "500m", memory: "512Mi" },
                },
                seccompProfile: { type: "RuntimeDefault" },
            },
        });
    });

    it("leave the hub to the released chart and take mirror, tag and variant where given", () => {
        ok(!("hub" in istiod(DEV).global));
        const { hub, tag, variant, imagePullSecrets } = istiod({
            ...PROD,
            images: {
                hub: "mirror.a4co.local/istio",
                tag: "1.31.1-a4co",
                variant: "debug",
                pullSecrets: ["mirror"],
            },
        }).global;
        deepStrictEqual(
            { hub, tag, variant, imagePullSecrets },
            {
                hub: "mirror.a4co.local/istio",
                tag: "1.31.1-a4co",
                variant: "debug",
                imagePullSecrets: ["mirror"],
            },
        );
    });

    it("pin by digest with whole references, for istio-init as well", () => {
        const values = istiod({ ...PROD, images: { digests: { pilot: DIGEST, proxyv2: DIGEST } } });
        strictEqual(values.image, `docker.io/istio/pilot@${DIGEST}`);
        strictEqual(values.global.proxy.image, `docker.io/istio/proxyv2@${DIGEST}`);
        deepStrictEqual(values.global.proxy_init, { image: `docker.io/istio/proxyv2@${DIGEST}` });
    });

    it("switch Istio's own filters off for upstream Envoy, and only there", () => {
        const local = istiod(LOCAL);
        deepStrictEqual(local.env, {
            PILOT_ENABLE_METADATA_EXCHANGE: "false",
            PILOT_ENABLE_ALPN_FILTER: "false",
            PILOT_DISABLE_MX_ALPN: "true",
        });
        deepStrictEqual(local.telemetry, { enabled: false });
        deepStrictEqual(local.meshConfig.defaultProviders, {
            accessLogging: ["envoy"],
            tracing: ["jaeger"],
        });
        for (const settings of [DEV, PROD]) {
            const values = istiod(settings);
            ok(!("env" in values) && !("telemetry" in values));
            deepStrictEqual(values.meshConfig.defaultProviders, {
                metrics: ["prometheus"],
                tracing: ["jaeger"],
                accessLogging: ["envoy"],
            });
        }
    });
});

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
            { name: "envoy", envoyFileAccessLog: { path: "/dev/stdout" } },
        ]);
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

describe("values of chart gateway", () => {
    it("carry the label and account that Gateway and policies name", () => {
        for (const settings of [DEV, PROD, LOCAL]) {
            const values = gateway(settings);
            strictEqual(values.name, "istio-ingressgateway");
            deepStrictEqual(values.labels, {
                istio: "ingressgateway",
                app: "istio-ingressgateway",
            });
            deepStrictEqual(values.serviceAccount, { create: true, name: "istio-ingressgateway" });
        }
    });

    it("are one replica in dev, two or more with a budget in prod", () => {
        const dev = gateway(DEV);
        deepStrictEqual(dev.autoscaling, { enabled: false });
        strictEqual(dev.replicaCount, 1);
        ok(!("podDisruptionBudget" in dev));
        const prod = gateway(PROD);
        strictEqual(prod.autoscaling.minReplicas, 2);
        deepStrictEqual(prod.podDisruptionBudget, {
            minAvailable: 1,
            unhealthyPodEvictionPolicy: "AlwaysAllow",
        });
        strictEqual(prod.service.externalTrafficPolicy, "Local");
        deepStrictEqual(prod.global.networkPolicy, { enabled: true });
    });

    it("fix the node's ports where they are given and leave them to Kubernetes elsewhere", () => {
        deepStrictEqual(gateway(LOCAL).service, {
            type: "NodePort",
            ports: [
                { name: "status-port", port: 15021, protocol: "TCP", targetPort: 15021 },
                { name: "http2", port: 80, protocol: "TCP", targetPort: 80, nodePort: 30080 },
                { name: "https", port: 443, protocol: "TCP", targetPort: 443, nodePort: 30443 },
            ],
        });
        ok(gateway(DEV).service.ports.every((port) => !("nodePort" in port)));
    });

    it("name pull secrets as objects, which this chart wants and istiod's refuses", () => {
        const images = { pullSecrets: ["mirror"] };
        deepStrictEqual(gateway({ ...PROD, images }).imagePullSecrets, [{ name: "mirror" }]);
        deepStrictEqual(istiod({ ...PROD, images }).global.imagePullSecrets, ["mirror"]);
    });

    it("keep no source address policy on a Service that has no outside", () => {
        const values = gateway({ ...PROD, gateway: { serviceType: "ClusterIP" } });
        ok(!("externalTrafficPolicy" in values.service));
    });
});

describe("values of chart base", () => {
    it("upgrade the custom resource definitions with the release", () => {
        deepStrictEqual(baseValues(platformSettings(DEV)), {
            defaultRevision: "default",
            base: { enableCRDTemplates: true, enableIstioConfigCRDs: true },
            global: { istioNamespace: "istio-system" },
        });
    });
});

describe("where a chart comes from", () => {
    const kiali = ADDON_CHARTS.kiali;

    it("is its own repository at an exact version", () => {
        deepStrictEqual(chartReference({ kind: "repository" }, istioChart("base", "1.30.4")), {
            chart: "base",
            version: "1.30.4",
            repositoryOpts: { repo: "https://blob.istio.io/istio-release/charts" },
        });
    });

    it("is a mirror at the same version, with or without its scheme", () => {
        const expected = {
            chart: "oci://mirror.a4co.local/charts/kiali-server",
            version: "2.29.0",
        };
        for (const registry of ["mirror.a4co.local/charts", "oci://mirror.a4co.local/charts/"]) {
            deepStrictEqual(chartReference({ kind: "oci", registry }, kiali), expected);
        }
    });

    it("is a folder, without a version that would send Helm to a repository", () => {
        deepStrictEqual(chartReference({ kind: "folder", path: "/srv/charts/" }, kiali), {
            chart: "/srv/charts/kiali-server",
        });
    });
});
