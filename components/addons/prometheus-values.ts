import { NEVER_INJECTED } from "#model/platform-names.ts";
import { ADDON_PORTS } from "#stack/addon-endpoints.ts";
import type { PlatformSettings } from "#stack/platform-settings.ts";
import type {
    ResourceRequirements,
    ContainerSecurityContext,
    Switch,
} from "../platform/chart-values.ts";
import { checksum, compact, LOCKED_DOWN } from "../platform/chart-values.ts";
import { alertGroups } from "./alerts.ts";
import type { AlertGroup } from "./alerts.ts";
import { scrapeConfigs } from "./prometheus-jobs.ts";
import type { ScrapeConfig } from "./prometheus-jobs.ts";

/** The part of the values of chart `prometheus` that is set; its schema is open and passes unknown keys. */
export interface PrometheusValues {
    readonly server: {
        readonly image?: { readonly repository: string } | undefined;
        readonly fullnameOverride: string;
        readonly service: { readonly servicePort: number };
        readonly global: {
            readonly scrape_interval: string;
            readonly scrape_timeout: string;
            readonly evaluation_interval: string;
            readonly external_labels: Readonly<Record<string, string>>;
        };
        readonly retention: string;
        readonly retentionSize?: string | undefined;
        readonly persistentVolume: { readonly enabled: boolean; readonly size?: string };
        readonly strategy?: { readonly type: "Recreate" } | undefined;
        readonly readinessProbeInitialDelay?: number | undefined;
        readonly podLabels: Readonly<Record<string, string>>;
        readonly extraFlags?: readonly string[] | undefined;
        readonly podAnnotations?: { readonly "checksum/config": string } | undefined;
        readonly containerSecurityContext: ContainerSecurityContext;
        readonly resources: ResourceRequirements;
    };
    readonly imagePullSecrets?: readonly { readonly name: string }[] | undefined;
    readonly configmapReload: {
        readonly prometheus: {
            readonly enabled: boolean;
            readonly image?: { readonly repository: string } | undefined;
            readonly resources?: ResourceRequirements | undefined;
        };
    };
    readonly networkPolicy: Switch;
    readonly alertmanager: Switch;
    readonly "kube-state-metrics": Switch & {
        readonly image?: { readonly registry: string } | undefined;
        readonly imagePullSecrets?: readonly { readonly name: string }[] | undefined;
    };
    readonly "prometheus-node-exporter": Switch;
    readonly "prometheus-pushgateway": Switch;
    readonly serverFiles: {
        readonly "alerting_rules.yml": { readonly groups: readonly AlertGroup[] };
    };
    readonly scrapeConfigs: Readonly<Record<string, ScrapeConfig>>;
}

/** Values of chart `prometheus`: Service `prometheus:9090`, the address Kiali and Istio's documentation expect. */
export function prometheusValues(settings: PlatformSettings): PrometheusValues {
    const large = settings.size === "large";
    const jobs = scrapeConfigs(settings);
    const registry = settings.images.addonRegistry;
    const mirrored = (image: string): { readonly repository: string } | undefined =>
        registry === undefined ? undefined : { repository: `${registry}/${image}` };
    const imagePullSecrets = settings.images.pullSecrets?.map((name) => ({ name }));
    const serverFiles = { "alerting_rules.yml": { groups: alertGroups(settings) } };
    const global = {
        // A small mesh has few proxies to read, and people who look at once.
        scrape_interval: large ? "15s" : "5s",
        scrape_timeout: large ? "10s" : "5s",
        evaluation_interval: large ? "15s" : "5s",
        external_labels: { mesh: settings.namespace, cluster: settings.clusterName },
    };
    return compact<PrometheusValues>({
        server: {
            image: mirrored("prometheus/prometheus"),
            fullnameOverride: "prometheus",
            service: { servicePort: ADDON_PORTS.prometheus },
            global,
            podLabels: NEVER_INJECTED,
            containerSecurityContext: LOCKED_DOWN,
            ...(large ? LARGE_SERVER : SMALL_SERVER),
            // Without the reloader nothing restarts Prometheus on a new configuration: the chart has no checksum.
            podAnnotations: large
                ? { "checksum/config": checksum({ jobs, serverFiles, global }) }
                : undefined,
        },
        imagePullSecrets,
        configmapReload: {
            prometheus: large
                ? { enabled: false }
                : {
                      enabled: true,
                      image: mirrored("prometheus-operator/prometheus-config-reloader"),
                      resources: {
                          requests: { cpu: "10m", memory: "32Mi" },
                          limits: { memory: "64Mi" },
                      },
                  },
        },
        // The chart's policy lets everybody in; the platform makes a narrower one itself.
        networkPolicy: { enabled: false },
        alertmanager: { enabled: false },
        "kube-state-metrics": large
            ? {
                  enabled: true,
                  image: registry === undefined ? undefined : { registry },
                  imagePullSecrets,
              }
            : { enabled: false },
        "prometheus-node-exporter": { enabled: false },
        "prometheus-pushgateway": { enabled: false },
        serverFiles,
        scrapeConfigs: jobs,
    });
}

type Server = PrometheusValues["server"];
type ServerCapacity = Pick<
    Server,
    | "retention"
    | "retentionSize"
    | "persistentVolume"
    | "strategy"
    | "readinessProbeInitialDelay"
    | "extraFlags"
    | "resources"
>;

const SMALL_SERVER: ServerCapacity = {
    retention: "6h",
    persistentVolume: { enabled: false },
    readinessProbeInitialDelay: 0,
    resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { memory: "1Gi" } },
};

const LARGE_SERVER: ServerCapacity = {
    retention: "15d",
    // Below the volume's size, or the disk fills before anything is deleted.
    retentionSize: "45GB",
    persistentVolume: { enabled: true, size: "50Gi" },
    // A volume that one node mounts cannot serve the old and the new pod at once.
    strategy: { type: "Recreate" },
    // No web.enable-lifecycle: it lets everybody who reaches port 9090 stop the server.
    extraFlags: [],
    resources: { requests: { cpu: "500m", memory: "2Gi" }, limits: { memory: "4Gi" } },
};
