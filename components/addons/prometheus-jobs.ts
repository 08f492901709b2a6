import { ISTIOD, JAEGER, MERGED_METRICS, PROXY_CONTAINER } from "#model/platform-names.ts";
import type { PlatformSettings } from "#stack/platform-settings.ts";
import type { RelabelConfig } from "./relabel-config.ts";
import { standardMetrics } from "./standard-metrics.ts";

/** A scrape job of our own, or the switch of one the chart brings. */
export interface ScrapeConfig {
    readonly enabled?: boolean;
    readonly honor_labels?: boolean;
    readonly metrics_path?: string;
    readonly kubernetes_sd_configs?: readonly {
        readonly role: "pod" | "endpointslice";
        readonly namespaces?: { readonly names: readonly string[] };
    }[];
    readonly relabel_configs?: readonly RelabelConfig[];
    readonly metric_relabel_configs?: readonly RelabelConfig[];
}

const POD = "__meta_kubernetes_pod";

function label(source: string, target: string): RelabelConfig {
    return { source_labels: [source], target_label: target };
}

const NAMESPACE = label("__meta_kubernetes_namespace", "namespace");
const POD_NAME = label(`${POD}_name`, "pod");
const APP = label(`${POD}_label_app`, "app");
const VERSION = label(`${POD}_label_version`, "version");
const OFF: ScrapeConfig = { enabled: false };

/** Where a proxy shows its metrics: a container has several ports and a pod must be one target. */
const AGENT_ADDRESS: RelabelConfig = {
    source_labels: [`${POD}_ip`],
    action: "replace",
    regex: "(.*)",
    replacement: `$1:${MERGED_METRICS.port}`,
    target_label: "__address__",
};

/** How series are labelled, whoever finds the pods: of a Service of the platform, a proxy, and any other pod. */
export const TARGET_LABELS = {
    service: [NAMESPACE, POD_NAME, APP],
    proxy: [AGENT_ADDRESS, NAMESPACE, POD_NAME, APP, VERSION],
    pod: [NAMESPACE, POD_NAME],
} as const satisfies Readonly<Record<string, readonly RelabelConfig[]>>;

/** Keeps each running pod with a proxy once: by the proxy's port for its own metrics. */
export const PROXY_PODS: readonly RelabelConfig[] = [
    { source_labels: [`${POD}_container_name`], action: "keep", regex: PROXY_CONTAINER },
    {
        source_labels: [`${POD}_phase`],
        action: "drop",
        regex: "Pending|Succeeded|Failed|Completed",
    },
    {
        source_labels: [`${POD}_container_port_name`],
        action: "keep",
        regex: "http-envoy-prom",
    },
];

/** Names of the jobs that dashboards and alerts ask for. */
export const JOBS = { istiod: ISTIOD, jaeger: JAEGER, proxy: "envoy-stats" } as const;

/** Ports of their Services at which istiod and Jaeger show their own metrics. */
export const METRICS_PORTS = { istiod: "http-monitoring", jaeger: "internal-metrics" } as const;

/**
 * Scrape jobs of the mesh, by name.
 *
 * Metrics are read in clear from the port of {@link MERGED_METRICS}, which istio-init leaves out of redirection: Prometheus needs
 * no certificate, no sidecar and no exception from STRICT or deny-all.
 */
export function scrapeConfigs({
    namespace,
    controlPlaneNamespace,
    clusterName,
    stockEnvoy,
    addons,
}: PlatformSettings): Readonly<Record<string, ScrapeConfig>> {
    return {
        "prometheus-pushgateway": OFF,
        "kubernetes-services": OFF,
        "kubernetes-service-endpoints-slow": OFF,
        "kubernetes-pods-slow": OFF,
        // Its honor_labels would let any pod overwrite job, namespace and pod; the named jobs below replace it.
        "kubernetes-pods": OFF,
        [JOBS.istiod]: ofService(controlPlaneNamespace, ISTIOD, METRICS_PORTS.istiod),
        ...(addons.jaeger === true && {
            [JOBS.jaeger]: ofService(controlPlaneNamespace, JAEGER, METRICS_PORTS.jaeger),
        }),
        [JOBS.proxy]: {
            metrics_path: MERGED_METRICS.path,
            kubernetes_sd_configs: [{ role: "pod" }],
            relabel_configs: [...PROXY_PODS, ...TARGET_LABELS.proxy],
            ...(stockEnvoy && {
                metric_relabel_configs: standardMetrics({ clusterName, namespace }),
            }),
        },
        // Pods without a sidecar that ask to be scraped, such as the addons.
        "kubernetes-pods-app": {
            kubernetes_sd_configs: [{ role: "pod" }],
            relabel_configs: [
                {
                    source_labels: [`${POD}_annotation_prometheus_io_scrape`],
                    action: "keep",
                    regex: "true",
                },
                {
                    source_labels: [`${POD}_annotation_prometheus_io_port`],
                    action: "drop",
                    // A sidecar's, and istiod's own: both have a job above.
                    regex: `${MERGED_METRICS.port}|15014`,
                },
                {
                    source_labels: [`${POD}_annotation_prometheus_io_path`],
                    action: "replace",
                    regex: "(.+)",
                    target_label: "__metrics_path__",
                },
                {
                    source_labels: [`${POD}_annotation_prometheus_io_port`, `${POD}_ip`],
                    action: "replace",
                    regex: "(\\d+);((([0-9]+?)(\\.|$)){4})",
                    replacement: "$2:$1",
                    target_label: "__address__",
                },
                ...TARGET_LABELS.pod,
            ],
        },
    };
}

/** The pods behind one port of a Service of the control plane's namespace. */
function ofService(namespace: string, service: string, port: string): ScrapeConfig {
    return {
        kubernetes_sd_configs: [{ role: "endpointslice", namespaces: { names: [namespace] } }],
        relabel_configs: [
            {
                source_labels: [
                    "__meta_kubernetes_service_name",
                    "__meta_kubernetes_endpointslice_port_name",
                ],
                action: "keep",
                regex: `${service};${port}`,
            },
            ...TARGET_LABELS.service,
        ],
    };
}
