import { STABLE_VERSION } from "#model/intents.ts";
import { CLUSTER_DOMAIN } from "#model/mesh.ts";
import type { PlatformSettings } from "#stack/platform-settings.ts";
import type { RelabelConfig } from "./relabel-config.ts";

/** What Istio says where it does not know. */
const UNKNOWN = "unknown";

/** Labels of a workload that its own pod's labels have, as the scrape names those. */
const OF_TARGET = {
    workload_namespace: "namespace",
    canonical_service: "app",
    app: "app",
    canonical_revision: "version",
    version: "version",
} as const;

/** The parts of an endpoint's description by istiod, in their order, as labels of the workload behind it. */
const PEER_PARTS: readonly (readonly string[])[] = [
    ["workload"],
    ["workload_namespace"],
    ["canonical_service", "app"],
    ["canonical_revision", "version"],
    ["cluster"],
];

/** Labels of a service's workload that follow from the service's name, `$1`, unless a canary of it runs. */
const STABLE: readonly (readonly [label: string, value: string])[] = [
    ["workload", `$1-${STABLE_VERSION}`],
    ["canonical_revision", STABLE_VERSION],
    ["version", STABLE_VERSION],
];

/** What Istio gives a value whatever happens. */
const ALWAYS_KNOWN: readonly string[] = [
    ...["source", "destination"].flatMap((side) =>
        ["workload", "cluster", "principal", ...Object.keys(OF_TARGET)].map(
            (label) => `${side}_${label}`,
        ),
    ),
    "destination_service",
    "destination_service_name",
    "destination_service_namespace",
    "connection_security_policy",
];

/**
 * Steps that turn the statistics of `model/stock-envoy-metrics.ts` into Istio's standard metrics, names and labels alike.
 *
 * A caller's proxy knows all of the other side from the endpoint it chose. A called one knows the principal alone: of a
 * service of the mesh the rest follows from it, unless a canary calls; of anybody else the workload is the ServiceAccount,
 * and the revision is unknown. Both sides say the same of a call, as Kiali counts it twice otherwise.
 *
 * Source: https://istio.io/latest/docs/reference/config/metrics/
 */
export function standardMetrics({
    clusterName,
    namespace,
}: Pick<PlatformSettings, "clusterName" | "namespace">): readonly RelabelConfig[] {
    // `outbound|<port>|<subset>|`, before the host.
    const outbound = "outbound\\|[^|]*\\|[^|]*\\|";
    const domain = CLUSTER_DOMAIN.replaceAll(".", "\\.");
    return [
        ...openConnections(clusterName),
        set("__name__", ["__name__"], "envoy_(istio_(?:requests|request|response|tcp)_.+)"),
        set("reporter", ["mesh_reporter"], "(.+)"),

        // The side that reports.
        ...(["source", "destination"] as const).flatMap((side) => [
            set(`${side}_workload`, ["mesh_reporter", "mesh_workload"], `${side};(.+)`),
            set(`${side}_cluster`, ["mesh_reporter"], side, clusterName),
            ...Object.entries(OF_TARGET).map(([label, target]) =>
                set(`${side}_${label}`, ["mesh_reporter", target], `${side};(.+)`),
            ),
        ]),

        // The other side.
        ...PEER_PARTS.flatMap((labels, index) =>
            labels.map((label) =>
                set(
                    `destination_${label}`,
                    ["mesh_reporter", "mesh_peer"],
                    `source;${"[^;]*;".repeat(index)}([^;]+)(?:;.*)?`,
                ),
            ),
        ),
        ...["workload", "canonical_service", "app"].map((label) => caller(label, "[^/]+", "(.+)")),
        caller("workload_namespace", "([^/]+)", ".+"),
        ...STABLE.map(([label, value]) => caller(label, namespace, "(.+)", value)),
        set("source_cluster", ["mesh_reporter", "source_principal"], "destination;.+", clusterName),

        // The service: what the caller asked for, or the called pod's own.
        set("destination_service", ["mesh_upstream"], `${outbound}(.+)`),
        set("destination_service_name", ["mesh_upstream"], `${outbound}(.+)`),
        set(
            "destination_service_name",
            ["mesh_upstream"],
            `${outbound}([^.]+)\\.[^.]+\\.svc\\.${domain}`,
        ),
        set(
            "destination_service_namespace",
            ["mesh_upstream"],
            `${outbound}[^.]+\\.([^.]+)\\.svc\\.${domain}`,
        ),
        set("destination_service_name", ["mesh_upstream"], "([A-Za-z]+Cluster)"),
        set("destination_service_name", ["mesh_upstream", "app"], "inbound\\|.*;(.+)"),
        set("destination_service_namespace", ["mesh_upstream", "namespace"], "inbound\\|.*;(.+)"),
        set(
            "destination_service",
            ["mesh_upstream", "app", "namespace"],
            "inbound\\|.*;(.+);(.+)",
            `$1.$2.svc.${CLUSTER_DOMAIN}`,
        ),

        set("connection_security_policy", ["mesh_reporter"], "destination", "none"),
        set(
            "connection_security_policy",
            ["mesh_reporter", "source_principal"],
            "destination;spiffe://.+",
            "mutual_tls",
        ),
        set("request_protocol", ["__name__"], "istio_(?:request|response).*", "http"),
        set("request_protocol", ["mesh_reporter", "grpc_response_status"], ".+;.+", "grpc"),
        set("request_protocol", ["mesh_reporter", "__name__"], ".+;istio_tcp_.*", "tcp"),
        ...ALWAYS_KNOWN.map((label) =>
            set(label, ["mesh_reporter", label], "(?:source|destination);", UNKNOWN),
        ),
        { action: "labeldrop", regex: "mesh_(?:reporter|workload|upstream|peer)" },
    ];
}

/** Bytes of connections that are still open: the caller's TCP proxy counts them by the cluster that they lead to. */
function openConnections(clusterName: string): RelabelConfig[] {
    const metric = "envoy_tcp_downstream_cx_[rt]x_bytes_total";
    const prefix = "outbound\\|.+";
    const either = (label: string, value: string): RelabelConfig =>
        set(label, ["__name__", "tcp_prefix"], `${metric};${prefix}`, value);
    return [
        either("mesh_reporter", "source"),
        either("destination_cluster", clusterName),
        either("response_flags", "-"),
        set("mesh_upstream", ["__name__", "tcp_prefix"], `${metric};(${prefix})`),
        // A Deployment's pod is named by it, by its ReplicaSet and by itself.
        set(
            "mesh_workload",
            ["__name__", "tcp_prefix", "pod"],
            `${metric};${prefix};(.+)-[^-]+-[^-]+`,
        ),
        ...[["canonical_service", "$1"] as const, ["app", "$1"] as const, ...STABLE].map(
            ([label, value]) =>
                set(
                    `destination_${label}`,
                    ["__name__", "tcp_prefix"],
                    `${metric};outbound\\|[^|]*\\|[^|]*\\|([^.]+)\\..*`,
                    value,
                ),
        ),
        set(
            "destination_workload_namespace",
            ["__name__", "tcp_prefix"],
            `${metric};outbound\\|[^|]*\\|[^|]*\\|[^.]+\\.([^.]+)\\..*`,
        ),
        ...Object.entries({ tx: "sent", rx: "received" }).map(([counted, named]) =>
            set(
                "__name__",
                ["__name__", "tcp_prefix"],
                `envoy_tcp_downstream_cx_${counted}_bytes_total;${prefix}`,
                `istio_tcp_${named}_bytes_total`,
            ),
        ),
        set("tcp_prefix", ["mesh_reporter", "tcp_prefix"], ".+;outbound\\|.*", ""),
    ];
}

/** @param service the ServiceAccount that the caller runs as */
function caller(label: string, namespace: string, service: string, value?: string): RelabelConfig {
    return set(
        `source_${label}`,
        ["mesh_reporter", "source_principal"],
        `destination;spiffe://[^/]+/ns/${namespace}/sa/${service}`,
        value,
    );
}

/** @param replacement default: what the first group of `regex` matched */
function set(
    target: string,
    sources: readonly string[],
    regex: string,
    replacement = "$1",
): RelabelConfig {
    return { source_labels: sources, regex, target_label: target, replacement };
}
