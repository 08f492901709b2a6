import { ISTIOD } from "#model/platform-names.ts";
import type { PlatformSettings } from "#stack/platform-settings.ts";
import { compact } from "./chart-values.ts";
import type {
    ResourceRequirements,
    DisruptionBudget,
    SeccompProfile,
    Switch,
    TopologySpreadConstraint,
} from "./chart-values.ts";
import { meshConfig } from "./mesh-config.ts";
import type { MeshConfigValues } from "./mesh-config.ts";

/** The part of the values of chart `base` that is set. */
export interface BaseValues {
    readonly defaultRevision: string;
    readonly base: {
        readonly enableCRDTemplates: boolean;
        readonly enableIstioConfigCRDs: boolean;
    };
    readonly global: { readonly istioNamespace: string };
}

/** Values of chart `base`: Istio's custom resource definitions and its default validator. */
export function baseValues(settings: PlatformSettings): BaseValues {
    return {
        defaultRevision: "default",
        // As templates the definitions are upgraded with the release; Helm never touches a `crds` folder again.
        base: { enableCRDTemplates: true, enableIstioConfigCRDs: true },
        global: { istioNamespace: settings.controlPlaneNamespace },
    };
}

/** The part of the values of chart `istiod` that is set; the chart itself accepts any typo. */
export interface IstiodValues {
    readonly global: {
        readonly istioNamespace: string;
        readonly hub?: string | undefined;
        readonly tag: string;
        readonly variant?: "distroless" | "debug" | undefined;
        readonly imagePullPolicy: "IfNotPresent";
        /** Names; the gateway chart wants objects for the same thing. */
        readonly imagePullSecrets?: readonly string[] | undefined;
        readonly priorityClassName?: string | undefined;
        readonly logAsJson: boolean;
        readonly networkPolicy: Switch;
        readonly defaultPodDisruptionBudget: Switch;
        readonly multiCluster: { readonly clusterName: string };
        readonly proxy: {
            readonly image?: string | undefined;
            readonly resources: ResourceRequirements;
            readonly seccompProfile?: SeccompProfile | undefined;
        };
        readonly proxy_init?: { readonly image: string } | undefined;
    };
    readonly image?: string | undefined;
    readonly autoscaleEnabled: boolean;
    readonly autoscaleMin?: number | undefined;
    readonly autoscaleMax?: number | undefined;
    readonly replicaCount?: number | undefined;
    readonly cpu?: { readonly targetAverageUtilization: number } | undefined;
    readonly pdb?: DisruptionBudget | undefined;
    readonly seccompProfile?: SeccompProfile | undefined;
    readonly resources: ResourceRequirements;
    readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[] | undefined;
    readonly traceSampling: number;
    readonly env?: Readonly<Record<string, string>> | undefined;
    readonly telemetry?: Switch | undefined;
    readonly meshConfig: MeshConfigValues;
}

/**
 * Upstream Envoy knows none of Istio's own filters: with one of these on, a proxy refuses its configuration and never
 * gets ready.
 */
const STOCK_ENVOY_ENV = {
    PILOT_ENABLE_METADATA_EXCHANGE: "false",
    PILOT_ENABLE_ALPN_FILTER: "false",
    PILOT_DISABLE_MX_ALPN: "true",
} as const;

/** Where Istio publishes its images; written out only where a digest needs a whole reference. */
const PUBLIC_HUB = "docker.io/istio";

/** Of every sidecar that sets none itself. */
const PROXY_RESOURCES: ResourceRequirements = {
    requests: { cpu: "100m", memory: "128Mi" },
    limits: { cpu: "500m", memory: "512Mi" },
};

/** Values of chart `istiod`. */
export function istiodValues(settings: PlatformSettings): IstiodValues {
    const large = settings.size === "large";
    const { images } = settings;
    const proxyImage = reference(settings, "proxyv2");
    return compact<IstiodValues>({
        global: {
            istioNamespace: settings.controlPlaneNamespace,
            hub: images.hub,
            tag: images.tag ?? settings.istioVersion,
            variant: images.variant ?? (large ? "distroless" : undefined),
            imagePullPolicy: "IfNotPresent",
            imagePullSecrets: images.pullSecrets,
            priorityClassName: large ? "system-cluster-critical" : undefined,
            logAsJson: true,
            networkPolicy: { enabled: large },
            defaultPodDisruptionBudget: { enabled: large },
            multiCluster: { clusterName: settings.clusterName },
            proxy: {
                image: proxyImage,
                resources: PROXY_RESOURCES,
                seccompProfile: large ? { type: "RuntimeDefault" } : undefined,
            },
            // istio-init runs the same image, but the chart looks for its reference elsewhere.
            proxy_init: proxyImage === undefined ? undefined : { image: proxyImage },
        },
        image: reference(settings, "pilot"),
        ...(large ? LARGE : SMALL),
        traceSampling: settings.samplingPercent,
        env: settings.stockEnvoy ? STOCK_ENVOY_ENV : undefined,
        telemetry: settings.stockEnvoy ? { enabled: false } : undefined,
        meshConfig: meshConfig(settings),
    });
}

type Capacity = Pick<
    IstiodValues,
    | "autoscaleEnabled"
    | "autoscaleMin"
    | "autoscaleMax"
    | "replicaCount"
    | "cpu"
    | "pdb"
    | "seccompProfile"
    | "resources"
    | "topologySpreadConstraints"
>;

const SMALL: Capacity = {
    autoscaleEnabled: false,
    replicaCount: 1,
    // The chart's default asks for 2 GiB, more than a laptop's cluster has to give.
    resources: { requests: { cpu: "50m", memory: "256Mi" } },
};

const LARGE: Capacity = {
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
            labelSelector: { matchLabels: { app: ISTIOD } },
        },
    ],
};

/** A whole reference where the image is pinned by digest; the chart takes anything with a slash as one. */
function reference(settings: PlatformSettings, image: "pilot" | "proxyv2"): string | undefined {
    const digest = settings.images.digests?.[image];
    return digest === undefined
        ? undefined
        : `${settings.images.hub ?? PUBLIC_HUB}/${image}@${digest}`;
}
