import { InputPropertyError } from "@pulumi/pulumi";
import type { AddonUrls, KialiOpenId, MeshPlatformSettings } from "./platform-types.ts";

type Defaulted = Omit<MeshPlatformSettings, "kialiOpenId" | "addonUrls">;

/** The same settings with every default filled in: what the chart values are derived from. */
export type PlatformSettings = Required<Defaulted> & {
    readonly kialiOpenId: KialiOpenId | undefined;
    readonly addonUrls: AddonUrls;
};

/**
 * Checks the settings and fills in the defaults.
 * @throws InputPropertyError where a combination could not work or prod would be weakened
 */
export function platformSettings(given: MeshPlatformSettings): PlatformSettings {
    for (const check of [...CHECKS, ...(given.environment === "prod" ? PROD_CHECKS : [])]) {
        const reason = check.refuses(given);
        if (reason !== undefined) {
            throw new InputPropertyError({ propertyPath: check.property, reason });
        }
    }
    const domain = given.domain ?? "a4co.local";
    return {
        environment: given.environment,
        size: given.size,
        istioVersion: given.istioVersion,
        namespace: given.namespace ?? "a4co",
        controlPlaneNamespace: given.controlPlaneNamespace ?? "istio-system",
        clusterName: given.clusterName ?? "a4co-cluster",
        trustDomain: given.trustDomain ?? "cluster.local",
        domain,
        charts: given.charts ?? { kind: "repository" },
        images: given.images ?? {},
        samplingPercent: given.samplingPercent,
        outboundTraffic: given.outboundTraffic ?? "REGISTRY_ONLY",
        addons: given.addons,
        addonUrls: addonUrls(given, domain),
        kialiAuth: given.kialiAuth ?? "token",
        kialiOpenId: given.kialiOpenId,
        grafanaAnonymousViewer: given.grafanaAnonymousViewer ?? false,
        gateway: given.gateway ?? { serviceType: "LoadBalancer" },
        stockEnvoy: given.stockEnvoy ?? false,
        proxyResources: given.proxyResources ?? {
            requests: { cpu: "100m", memory: "128Mi" },
            limits: { cpu: "500m", memory: "512Mi" },
        },
    };
}

function addonUrls(given: MeshPlatformSettings, domain: string): AddonUrls {
    const large = given.size === "large";
    const url = (name: keyof AddonUrls, port: number): string => {
        const fallback = large ? `https://${name}.${domain}` : `http://localhost:${port}`;
        return (given.addonUrls?.[name] ?? fallback).replace(/\/+$/, "");
    };
    return {
        grafana: url("grafana", 3000),
        jaeger: url("jaeger", 16686),
        kiali: url("kiali", 20001),
    };
}

interface Check {
    readonly property: string;
    /** The reason to refuse, or undefined. */
    readonly refuses: (given: MeshPlatformSettings) => string | undefined;
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const NO_DIGEST = `sha256:${"0".repeat(64)}`;
const EXACT_VERSION = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

const CHECKS: readonly Check[] = [
    {
        property: "istioVersion",
        refuses: ({ istioVersion }) =>
            EXACT_VERSION.test(istioVersion)
                ? undefined
                : `istioVersion "${istioVersion}" is not exact; give all three numbers, for example 1.31.1`,
    },
    {
        property: "samplingPercent",
        refuses: ({ samplingPercent }) =>
            samplingPercent >= 0 && samplingPercent <= 100
                ? undefined
                : `samplingPercent is ${samplingPercent}; it must be from 0 to 100`,
    },
    {
        property: "images.digests",
        refuses: ({ images }) => {
            const digests = images?.digests ?? {};
            const wrong = (["pilot", "proxyv2"] as const).find(
                (image) => !DIGEST.test(digests[image] ?? NO_DIGEST),
            );
            return wrong === undefined
                ? undefined
                : `images.digests.${wrong} is "${digests[wrong] ?? ""}"; it must be sha256: and 64 hexadecimal digits`;
        },
    },
    {
        property: "controlPlaneNamespace",
        refuses: ({ namespace, controlPlaneNamespace }) =>
            (namespace ?? "a4co") === (controlPlaneNamespace ?? "istio-system")
                ? "namespace and controlPlaneNamespace must differ: Istio's own pods are never injected"
                : undefined,
    },
    {
        property: "gateway.nodePorts",
        refuses: ({ gateway }) =>
            gateway?.nodePorts !== undefined && gateway.serviceType !== "NodePort"
                ? `gateway.nodePorts needs gateway.serviceType NodePort, not ${gateway.serviceType}`
                : undefined,
    },
    {
        property: "kialiOpenId",
        refuses: ({ kialiAuth, kialiOpenId }) =>
            (kialiAuth === "openid") === (kialiOpenId !== undefined)
                ? undefined
                : "kialiOpenId (issuerUri, clientId) must be given with kialiAuth openid, and only with it",
    },
    {
        property: "addons.kiali",
        refuses: ({ addons }) =>
            addons.kiali && !addons.prometheus
                ? "addons.kiali needs addons.prometheus: Kiali draws its graph from Prometheus"
                : undefined,
    },
];

const PROD_CHECKS: readonly Check[] = [
    {
        property: "size",
        refuses: ({ size }) =>
            size === "large"
                ? undefined
                : 'size "small" runs a single istiod and gateway; prod must be "large"',
    },
    {
        property: "samplingPercent",
        refuses: ({ samplingPercent }) =>
            samplingPercent >= 1 && samplingPercent <= 10
                ? undefined
                : `samplingPercent is ${samplingPercent}; in prod it must be from 1 to 10`,
    },
    {
        property: "stockEnvoy",
        refuses: ({ stockEnvoy }) =>
            stockEnvoy === true
                ? "stockEnvoy belongs to the local platform; prod runs Istio's own proxy"
                : undefined,
    },
    {
        property: "kialiAuth",
        refuses: ({ kialiAuth }) =>
            kialiAuth === "anonymous"
                ? "kialiAuth anonymous is refused in prod; use token, openid, openshift or header"
                : undefined,
    },
    {
        property: "grafanaAnonymousViewer",
        refuses: ({ grafanaAnonymousViewer }) =>
            grafanaAnonymousViewer === true
                ? "grafanaAnonymousViewer is refused in prod; users log in"
                : undefined,
    },
];
