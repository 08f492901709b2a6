import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { gatewayValues } from "#components/platform/gateway-values.ts";
import { baseValues, istiodValues } from "#components/platform/istiod-values.ts";
import type { PlatformInput } from "#stack/platform-keys.ts";
import { platformSettings } from "#stack/platform-settings.ts";
import { DEV, LOCAL, PROD } from "./settings.ts";

const istiod = (settings: PlatformInput): ReturnType<typeof istiodValues> =>
    istiodValues(platformSettings(settings));
/** Everything but what has its own tests. */
const capacity = (settings: PlatformInput): object =>
    Object.fromEntries(
        Object.entries(istiod(settings)).filter(([key]) => !["global", "meshConfig"].includes(key)),
    );
const gateway = (settings: PlatformInput): ReturnType<typeof gatewayValues> =>
    gatewayValues(platformSettings(settings));

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
