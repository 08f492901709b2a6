import type { PanelSpec } from "./model.ts";
import { WINDOW } from "./model.ts";

/** What panels of pools look at. */
export interface PoolScope {
    /** Chooses the callers' clusters, of {@link outboundOf}. */
    readonly outbound: string;
    /** Chooses the servers' pods by the labels of a target. */
    readonly servers: string;
    /** Names a series by `app`, which calls, and `destination`. */
    readonly legend: string;
}

/** Chooses the callers' clusters of a host, given as a regular expression; each subset has one of its own. */
export function outboundOf(host: string): string {
    return `cluster_name=~"outbound\\\\|[0-9]+\\\\|[^|]*\\\\|${host}"`;
}

/** Of `outbound|PORT|SUBSET|HOST` the first word of the host. */
const DESTINATION = String.raw`outbound\\|[0-9]+\\|[^|]*\\|([^.]+)\\..*`;
/** The subset. */
const SUBSET = String.raw`outbound\\|[0-9]+\\|([^|]*)\\|.*`;

function byDestination(expression: string): string {
    return `sum by (app, destination) (label_replace(${expression}, "destination", "$1", "cluster_name", "${DESTINATION}"))`;
}

/** Sums by the subset, as `subset`. */
export function bySubset(expression: string): string {
    return `sum by (subset) (label_replace(${expression}, "subset", "$1", "cluster_name", "${SUBSET}"))`;
}

/**
 * Breakers, ejections, retries, denials and certificates from Envoy's own counters, which every Envoy has.
 *
 * Two things measured on a real proxy shape the queries: `upstream_rq` comes by code and by class, and adding both doubles
 * it; `upstream_rq_total` leaves out what a breaker refused, so it is no denominator.
 */
export function poolPanels({ outbound, servers, legend }: PoolScope): readonly PanelSpec[] {
    const inbound = `${servers},cluster_name=~"inbound.*"`;
    const rate = (metric: string): string => byDestination(rateOf(metric, outbound));
    const now = (metric: string): string => byDestination(`${metric}{${outbound}}`);
    const open = (limit: string): string =>
        now(`envoy_cluster_circuit_breakers_default_${limit}_open`);
    return [
        {
            title: "Requests a breaker refused",
            description:
                "Answered 503 with flag UO by the caller's or the server's proxy, without reaching the application.",
            unit: "reqps",
            queries: {
                [`pending ${legend}`]: rate("envoy_cluster_upstream_rq_pending_overflow"),
                [`active ${legend}`]: rate("envoy_cluster_upstream_rq_active_overflow"),
                "at the server {{app}}": `sum by (app) (${rateOf("envoy_cluster_upstream_rq_pending_overflow", inbound)})`,
            },
        },
        {
            title: "Pool in use",
            description:
                "Against the limits of connectionPool: connections and requests under way, and those that wait for one.",
            unit: "short",
            queries: {
                [`connections ${legend}`]: now("envoy_cluster_upstream_cx_active"),
                [`requests ${legend}`]: now("envoy_cluster_upstream_rq_active"),
                [`waiting ${legend}`]: now("envoy_cluster_upstream_rq_pending_active"),
            },
        },
        {
            title: "Connections over the limit",
            description:
                "A request for which there is no connection waits, and is refused only where too many wait.",
            unit: "cps",
            queries: { [legend]: rate("envoy_cluster_upstream_cx_overflow") },
        },
        {
            title: "Breaker open now",
            description:
                "1 while a limit is reached. Short openings fall between two scrapes: the counters do not miss them.",
            unit: "short",
            queries: {
                [`connections ${legend}`]: open("cx"),
                [`pending ${legend}`]: open("rq_pending"),
                [`requests ${legend}`]: open("rq"),
            },
        },
        {
            title: "Ejected hosts",
            description: "Left out by outlier detection, as the caller's proxy sees it.",
            unit: "short",
            queries: {
                [`ejected now ${legend}`]: now("envoy_cluster_outlier_detection_ejections_active"),
                [`ejections in 5 minutes ${legend}`]: byDestination(
                    `increase(envoy_cluster_outlier_detection_ejections_enforced_total{${outbound}}[5m])`,
                ),
            },
        },
        {
            title: "Healthy share of hosts",
            description: "Envoy ignores ejections where the share falls below the panic threshold.",
            unit: "percentunit",
            queries: {
                [legend]: `${now("envoy_cluster_membership_healthy")} / ${now("envoy_cluster_membership_total")}`,
            },
        },
        {
            title: "Retries",
            description: "Tries beyond the first one, by the caller's proxy.",
            unit: "reqps",
            queries: {
                [`tried ${legend}`]: rate("envoy_cluster_upstream_rq_retry"),
                [`helped ${legend}`]: rate("envoy_cluster_upstream_rq_retry_success"),
                [`given up ${legend}`]: rate("envoy_cluster_upstream_rq_retry_limit_exceeded"),
            },
        },
        {
            title: "Share of tries that failed",
            description: "With 5xx. Each try counts, also one that a retry made good.",
            unit: "percentunit",
            queries: {
                [legend]: `(${byDestination(rateOf("envoy_cluster_upstream_rq", `${outbound},response_code_class="5xx"`))} or 0 * ${tries(outbound)}) / ${tries(outbound)}`,
            },
        },
        {
            title: "Timeouts",
            description: "No latency has these requests in it.",
            unit: "reqps",
            queries: {
                [`request ${legend}`]: rate("envoy_cluster_upstream_rq_timeout"),
                [`one try ${legend}`]: rate("envoy_cluster_upstream_rq_per_try_timeout"),
            },
        },
        {
            title: "Denied by authorization",
            description:
                "By an AuthorizationPolicy, at the server's inbound listener: requests, and connections of TCP.",
            unit: "reqps",
            queries: {
                "{{app}} {{http_conn_manager_prefix}}": `sum by (app, http_conn_manager_prefix) (${rateOf("envoy_http_rbac", `${servers},authz_enforce_result="denied"`)})`,
                "{{app}} TCP": `sum by (app) (${rateOf("envoy_tcp", `${servers},authz_enforce_result="denied"`)})`,
            },
        },
        {
            title: "Time until a proxy's certificate ends",
            description: "Istio renews it when half of its life is over, 12 hours by default.",
            unit: "s",
            queries: {
                "{{pod}}": `min by (pod) (istio_agent_cert_expiry_seconds{${servers}})`,
            },
        },
    ];
}

function rateOf(metric: string, selector: string): string {
    return `rate(${metric}{${selector}}[${WINDOW}])`;
}

function tries(outbound: string): string {
    return byDestination(
        rateOf("envoy_cluster_upstream_rq", `${outbound},response_code_class!=""`),
    );
}
