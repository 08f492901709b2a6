import { GATEWAY_NAME, GATEWAY_SELECTOR } from "#model/mesh.ts";
import type { PlatformSettings } from "#stack/platform-settings.ts";
import { compact } from "./chart-values.ts";
import type {
    ResourceRequirements,
    DisruptionBudget,
    Switch,
    TopologySpreadConstraint,
} from "./chart-values.ts";

interface GatewayPort {
    readonly name: "status-port" | "http2" | "https";
    readonly port: number;
    readonly protocol: "TCP";
    readonly targetPort: number;
    readonly nodePort?: number | undefined;
}

/** The part of the values of chart `gateway` that is set. */
export interface GatewayValues {
    readonly name: string;
    readonly podAnnotations?: { readonly "prometheus.io/scrape": "false" } | undefined;
    readonly labels: { readonly istio: string; readonly app: string };
    readonly serviceAccount: { readonly create: boolean; readonly name: string };
    readonly service: {
        readonly type: "LoadBalancer" | "NodePort" | "ClusterIP";
        readonly externalTrafficPolicy?: "Local" | undefined;
        readonly ports: readonly GatewayPort[];
    };
    readonly imagePullPolicy: "IfNotPresent";
    readonly imagePullSecrets?: readonly { readonly name: string }[] | undefined;
    readonly autoscaling: Switch & {
        readonly minReplicas?: number | undefined;
        readonly maxReplicas?: number | undefined;
        readonly targetCPUUtilizationPercentage?: number | undefined;
    };
    readonly replicaCount?: number | undefined;
    readonly podDisruptionBudget?: DisruptionBudget | undefined;
    readonly resources: ResourceRequirements;
    readonly terminationGracePeriodSeconds?: number | undefined;
    readonly topologySpreadConstraints?: readonly TopologySpreadConstraint[] | undefined;
    readonly global: { readonly networkPolicy: Switch };
}

type Capacity = Pick<
    GatewayValues,
    | "autoscaling"
    | "replicaCount"
    | "podDisruptionBudget"
    | "resources"
    | "terminationGracePeriodSeconds"
    | "topologySpreadConstraints"
>;

const SMALL: Capacity = {
    autoscaling: { enabled: false },
    replicaCount: 1,
    resources: {
        requests: { cpu: "10m", memory: "40Mi" },
        limits: { cpu: "500m", memory: "256Mi" },
    },
};

const LARGE: Capacity = {
    // The chart drops the disruption budget without a word unless there are at least two replicas.
    autoscaling: {
        enabled: true,
        minReplicas: 2,
        maxReplicas: 5,
        targetCPUUtilizationPercentage: 80,
    },
    podDisruptionBudget: { minAvailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    resources: {
        requests: { cpu: "100m", memory: "128Mi" },
        limits: { cpu: "2", memory: "1Gi" },
    },
    terminationGracePeriodSeconds: 45,
    topologySpreadConstraints: [
        {
            maxSkew: 1,
            topologyKey: "kubernetes.io/hostname",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels: GATEWAY_SELECTOR },
        },
    ],
};

/** Values of chart `gateway`. Its image is `auto`: the injector fills it in, so istiod must answer first. */
export function gatewayValues(settings: PlatformSettings): GatewayValues {
    const large = settings.size === "large";
    const { serviceType, nodePorts } = settings.gateway;
    return compact<GatewayValues>({
        name: GATEWAY_NAME,
        labels: { ...GATEWAY_SELECTOR, app: GATEWAY_NAME },
        // The chart asks to be scraped, and a PodMonitor has it scraped already.
        podAnnotations: settings.prometheusOperator.enabled
            ? { "prometheus.io/scrape": "false" }
            : undefined,
        serviceAccount: { create: true, name: GATEWAY_NAME },
        service: {
            type: serviceType,
            // Keeps the client's address, which a cluster-internal Service has none of.
            externalTrafficPolicy: large && serviceType !== "ClusterIP" ? "Local" : undefined,
            ports: [
                port("status-port", 15021),
                port("http2", 80, nodePorts?.http),
                port("https", 443, nodePorts?.https),
            ],
        },
        imagePullPolicy: "IfNotPresent",
        imagePullSecrets: settings.images.pullSecrets?.map((name) => ({ name })),
        ...(large ? LARGE : SMALL),
        global: { networkPolicy: { enabled: large } },
    });
}

function port(name: GatewayPort["name"], number: number, nodePort?: number): GatewayPort {
    return { name, port: number, protocol: "TCP", targetPort: number, nodePort };
}
