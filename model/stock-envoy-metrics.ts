import type { IEnvoyFilter } from "@kubernetes-models/istio/networking.istio.io/v1alpha3/EnvoyFilter";

type EnvoyFilterSpec = NonNullable<IEnvoyFilter["spec"]>;
type Patch = NonNullable<EnvoyFilterSpec["configPatches"]>[number];
type PatchContext = NonNullable<NonNullable<Patch["match"]>["context"]>;

/** Which side of a call counts it. */
type Reporter = "source" | "destination";

/** Upstream's logger that turns each line of an access log into statistics; upstream calls it work in progress. */
export const STATS_LOGGER = "envoy.access_loggers.stats";

/** First part of the statistics' names; Istio's bootstrap lets what begins with it through. */
const PREFIX = "istio";

/**
 * What a proxy can say of a call, by the tag that it is written to. Tags in Istio's own form keep Istio's name; what has
 * to be taken apart is marked by `mesh_`, and Prometheus does that.
 *
 * Every value is one of few, whatever a client sends: no host, no path and no header of a request is among them.
 *
 * Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#command-operators
 */
const COMMON_TAGS = {
    mesh_workload: "%ENVIRONMENT(ISTIO_META_WORKLOAD_NAME)%",
    mesh_upstream: "%UPSTREAM_CLUSTER_RAW%",
    response_flags: "%RESPONSE_FLAGS%",
};
const REPORTER_TAGS: Readonly<Record<Reporter, Readonly<Record<string, string>>>> = {
    source: {
        mesh_reporter: "source",
        source_principal: "%UPSTREAM_LOCAL_URI_SAN%",
        destination_principal: "%UPSTREAM_PEER_URI_SAN%",
        // Workload, namespace, canonical service, canonical revision and cluster of the endpoint, as istiod names them.
        mesh_peer: "%UPSTREAM_METADATA(istio:workload)%",
    },
    destination: {
        mesh_reporter: "destination",
        source_principal: "%DOWNSTREAM_PEER_URI_SAN%",
        destination_principal: "%DOWNSTREAM_LOCAL_URI_SAN%",
    },
};
const REQUEST_TAGS = {
    response_code: "%RESPONSE_CODE%",
    grpc_response_status: "%GRPC_STATUS_NUMBER%",
};

/** A statistic: its name, and the value that each line adds. */
interface Statistic {
    readonly name: string;
    readonly value_fixed?: number;
    readonly value_format?: string;
    readonly unit?: "Milliseconds" | "Bytes";
}

const REQUEST_COUNTERS: readonly Statistic[] = [{ name: "requests_total", value_fixed: 1 }];
const REQUEST_HISTOGRAMS: readonly Statistic[] = [
    { name: "request_duration_milliseconds", value_format: "%DURATION%", unit: "Milliseconds" },
    // Headers included, as Istio's own proxies count.
    { name: "request_bytes", value_format: "%DOWNSTREAM_WIRE_BYTES_RECEIVED%", unit: "Bytes" },
    { name: "response_bytes", value_format: "%DOWNSTREAM_WIRE_BYTES_SENT%", unit: "Bytes" },
];
const OPENED: readonly Statistic[] = [{ name: "tcp_connections_opened_total", value_fixed: 1 }];
const CLOSED: readonly Statistic[] = [{ name: "tcp_connections_closed_total", value_fixed: 1 }];
/** Of a connection that has ended: while it is open the logger would add the whole sum with every line. */
const BYTES: readonly Statistic[] = [
    { name: "tcp_sent_bytes_total", value_format: "%BYTES_SENT%" },
    { name: "tcp_received_bytes_total", value_format: "%BYTES_RECEIVED%" },
];

const TYPES = "type.googleapis.com/envoy.extensions";

/**
 * Makes Istio's standard metrics out of upstream's Envoy, whose proxies lack Istio's own filter for them: an EnvoyFilter's
 * spec for the root namespace. Prometheus gives them their names and the rest of their labels, see
 * `components/addons/standard-metrics.ts`.
 *
 * Source: https://istio.io/latest/docs/reference/config/metrics/
 */
export function stockEnvoyMetricsSpec(): EnvoyFilterSpec {
    return {
        configPatches: [
            requests("SIDECAR_INBOUND", "destination"),
            requests("SIDECAR_OUTBOUND", "source"),
            requests("GATEWAY", "source"),
            connections("SIDECAR_INBOUND", "destination"),
            connections("SIDECAR_OUTBOUND", "source"),
            connections("GATEWAY", "source"),
        ],
    };
}

function requests(context: PatchContext, reporter: Reporter): Patch {
    const tags = tagsOf({ ...COMMON_TAGS, ...REPORTER_TAGS[reporter], ...REQUEST_TAGS });
    return patch(context, "http_connection_manager", "HttpConnectionManager", {
        access_log: [logger(tags, { counters: REQUEST_COUNTERS, histograms: REQUEST_HISTOGRAMS })],
    });
}

function connections(context: PatchContext, reporter: Reporter): Patch {
    const tags = tagsOf({ ...COMMON_TAGS, ...REPORTER_TAGS[reporter] });
    // A caller's proxy has the bytes of connections that are still open as a statistic of its own.
    const atEnd = reporter === "source" ? CLOSED : [...CLOSED, ...BYTES];
    return patch(context, "tcp_proxy", "TcpProxy", {
        access_log_options: { flush_access_log_on_connected: true },
        // Otherwise a connection counts as opened before the handshake has told whose it is.
        ...(reporter === "destination" && {
            upstream_connect_mode: "ON_DOWNSTREAM_TLS_HANDSHAKE",
            max_early_data_bytes: 65_536,
        }),
        access_log: [
            logger(tags, { counters: OPENED }, "TcpUpstreamConnected"),
            logger(tags, { counters: atEnd }, "TcpConnectionEnd"),
        ],
    });
}

function patch(context: PatchContext, filter: string, message: string, fields: object): Patch {
    return {
        applyTo: "NETWORK_FILTER",
        match: {
            context,
            listener: { filterChain: { filter: { name: `envoy.filters.network.${filter}` } } },
        },
        patch: {
            operation: "MERGE",
            value: {
                typed_config: {
                    "@type": `${TYPES}.filters.network.${filter}.v3.${message}`,
                    ...fields,
                },
            },
        },
    };
}

interface Tag {
    readonly name: string;
    readonly value_format: string;
}

function tagsOf(tags: Readonly<Record<string, string>>): readonly Tag[] {
    return Object.entries(tags).map(([name, value_format]) => ({ name, value_format }));
}

/** @param type the only lines that it takes. Default: all */
function logger(
    tags: readonly Tag[],
    {
        counters,
        histograms = [],
    }: Readonly<Record<"counters", readonly Statistic[]>> & {
        readonly histograms?: readonly Statistic[];
    },
    type?: string,
): object {
    const tagged = ({ name, ...value }: Statistic): object => ({ stat: { name, tags }, ...value });
    return {
        name: STATS_LOGGER,
        ...(type !== undefined && { filter: { log_type_filter: { types: [type] } } }),
        typed_config: {
            "@type": `${TYPES}.access_loggers.stats.v3.Config`,
            stat_prefix: PREFIX,
            counters: counters.map(tagged),
            ...(histograms.length > 0 && { histograms: histograms.map(tagged) }),
        },
    };
}
