import { dashboard, labelVariable } from "./model.ts";
import type { Dashboard } from "./model.ts";

/**
 * Breakers, ejections, retries and denials from Envoy's own counters, which every Envoy has.
 *
 * Three things measured on a real proxy shape the queries: `upstream_rq` comes by code and by class, and adding both
 * doubles it; `upstream_rq_total` leaves out what a breaker refused, so it is no denominator; and a series appears with
 * its first event, hence `or vector(0)` where nothing is the good news.
 */
export function resilienceDashboard(namespace: string): Dashboard {
    const outbound = `namespace=~"$namespace",cluster_name=~"outbound.*"`;
    const destination = (expression: string): string =>
        `sum by (app, destination) (label_replace(${expression}, "destination", "$1", "cluster_name", "outbound\\\\|[0-9]+\\\\|[^|]*\\\\|([^.]+)\\\\..*"))`;
    const rate = (metric: string, selector = outbound, window = "1m"): string =>
        `rate(${metric}{${selector}}[${window}])`;
    const quiet = (expression: string): string => `(${expression}) or vector(0)`;
    const legend = "{{app}} to {{destination}}";
    return dashboard({
        uid: `${namespace}-resilience`,
        title: `${namespace.toUpperCase()} Resilience`,
        description: "What the breakers, retries and authorization rules of the mesh are doing.",
        variables: [
            labelVariable("namespace", "Namespace", "label_values(envoy_server_live, namespace)"),
        ],
        panels: [
            {
                title: "Requests a breaker refused",
                description:
                    "Answered 503 with flag UO by the caller's or the server's proxy, without reaching the application.",
                unit: "reqps",
                queries: {
                    [`pending ${legend}`]: quiet(
                        destination(rate("envoy_cluster_upstream_rq_pending_overflow")),
                    ),
                    [`active ${legend}`]: quiet(
                        destination(rate("envoy_cluster_upstream_rq_active_overflow")),
                    ),
                },
            },
            {
                title: "Connections over the limit",
                unit: "cps",
                queries: {
                    [legend]: quiet(destination(rate("envoy_cluster_upstream_cx_overflow"))),
                },
            },
            {
                title: "Breaker open now",
                description:
                    "1 while a limit is reached. Short openings fall between two scrapes: the counters do not miss them.",
                unit: "short",
                queries: {
                    [`connections ${legend}`]: destination(
                        `envoy_cluster_circuit_breakers_default_cx_open{${outbound}}`,
                    ),
                    [`pending ${legend}`]: destination(
                        `envoy_cluster_circuit_breakers_default_rq_pending_open{${outbound}}`,
                    ),
                    [`requests ${legend}`]: destination(
                        `envoy_cluster_circuit_breakers_default_rq_open{${outbound}}`,
                    ),
                },
            },
            {
                title: "Ejected hosts",
                unit: "short",
                queries: {
                    [`ejected now ${legend}`]: quiet(
                        destination(
                            `envoy_cluster_outlier_detection_ejections_active{${outbound}}`,
                        ),
                    ),
                    [`ejections in 5 minutes ${legend}`]: quiet(
                        destination(
                            `increase(envoy_cluster_outlier_detection_ejections_enforced_total{${outbound}}[5m])`,
                        ),
                    ),
                },
            },
            {
                title: "Healthy share of hosts",
                description:
                    "Envoy ignores ejections where the share falls below the panic threshold.",
                unit: "percentunit",
                queries: {
                    [legend]: `${destination(`envoy_cluster_membership_healthy{${outbound}}`)} / ${destination(`envoy_cluster_membership_total{${outbound}}`)}`,
                },
            },
            {
                title: "Retries",
                unit: "reqps",
                queries: {
                    [`tried ${legend}`]: quiet(
                        destination(rate("envoy_cluster_upstream_rq_retry")),
                    ),
                    [`helped ${legend}`]: quiet(
                        destination(rate("envoy_cluster_upstream_rq_retry_success")),
                    ),
                    [`given up ${legend}`]: quiet(
                        destination(rate("envoy_cluster_upstream_rq_retry_limit_exceeded")),
                    ),
                },
            },
            {
                title: "Timeouts",
                description: "The latency panel leaves these requests out.",
                unit: "reqps",
                queries: {
                    [`request ${legend}`]: quiet(
                        destination(rate("envoy_cluster_upstream_rq_timeout")),
                    ),
                    [`one try ${legend}`]: quiet(
                        destination(rate("envoy_cluster_upstream_rq_per_try_timeout")),
                    ),
                },
            },
            {
                title: "Denied by authorization",
                description:
                    "By inbound listener; a request that was denied appears in no other panel.",
                unit: "reqps",
                queries: {
                    "{{app}} {{http_conn_manager_prefix}}": quiet(
                        `sum by (app, http_conn_manager_prefix) (${rate("envoy_http_rbac", 'namespace=~"$namespace",authz_enforce_result="denied"')})`,
                    ),
                    "{{app}} TCP": quiet(
                        `sum by (app) (${rate("envoy_tcp", 'namespace=~"$namespace",authz_enforce_result="denied"')})`,
                    ),
                },
            },
            {
                title: "Requests by destination",
                unit: "reqps",
                queries: {
                    [legend]: destination(
                        rate("envoy_cluster_upstream_rq", `${outbound},response_code_class!=""`),
                    ),
                },
            },
            {
                title: "Share of 5xx",
                unit: "percentunit",
                queries: {
                    [legend]: `${destination(rate("envoy_cluster_upstream_rq", `${outbound},response_code_class="5xx"`))} / ${destination(rate("envoy_cluster_upstream_rq", `${outbound},response_code_class!=""`))}`,
                },
            },
            {
                title: "Latency p99",
                description: "Without requests that timed out or that a breaker refused.",
                unit: "ms",
                queries: {
                    [legend]: `histogram_quantile(0.99, sum by (le, app, destination) (label_replace(${rate("envoy_cluster_upstream_rq_time_bucket", outbound, "5m")}, "destination", "$1", "cluster_name", "outbound\\\\|[0-9]+\\\\|[^|]*\\\\|([^.]+)\\\\..*")))`,
                },
            },
            {
                title: "Days until a proxy's certificate expires",
                unit: "short",
                type: "stat",
                queries: {
                    soonest:
                        'min((istio_agent_cert_expiry_seconds{namespace=~"$namespace"}) / 86400)',
                },
            },
        ],
    });
}
