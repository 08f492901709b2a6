import {
    REQUEST_LABELS,
    REQUEST_METRICS,
    TCP_LABELS,
    TCP_METRICS,
} from "../../standard-metrics.ts";

/** How a metric may be asked for. */
interface Known {
    readonly kind: "counter" | "gauge" | "histogram";
    readonly labels: readonly string[];
}

/** What a scrape job puts on every series of a target. */
const TARGET = ["job", "instance", "namespace", "pod", "app", "version"];

function metrics(
    kind: Known["kind"],
    labels: readonly string[],
    ...names: readonly string[]
): [string, Known][] {
    return names.map((name) => [name, { kind, labels: [...TARGET, ...labels] }]);
}

const CLUSTER = ["cluster_name"];

/** Every metric that dashboards and alerts may use; but for those of failures, read off Istio 1.31 and its proxies. */
export const KNOWN_METRICS: ReadonlyMap<string, Known> = new Map([
    ...metrics("gauge", [], "up"),
    ...metrics("counter", REQUEST_LABELS, ...REQUEST_METRICS.counters),
    ...metrics(
        "histogram",
        REQUEST_LABELS,
        ...REQUEST_METRICS.distributions.map((name) => `${name}_bucket`),
    ),
    ...metrics("counter", TCP_LABELS, ...TCP_METRICS),
    ...metrics(
        "counter",
        CLUSTER,
        "envoy_cluster_upstream_rq_pending_overflow",
        "envoy_cluster_upstream_rq_active_overflow",
        "envoy_cluster_upstream_cx_overflow",
        "envoy_cluster_upstream_rq_retry",
        "envoy_cluster_upstream_rq_retry_success",
        "envoy_cluster_upstream_rq_retry_limit_exceeded",
        "envoy_cluster_upstream_rq_timeout",
        "envoy_cluster_upstream_rq_per_try_timeout",
        "envoy_cluster_outlier_detection_ejections_enforced_total",
    ),
    ...metrics(
        "counter",
        [...CLUSTER, "response_code", "response_code_class"],
        "envoy_cluster_upstream_rq",
    ),
    ...metrics(
        "gauge",
        CLUSTER,
        "envoy_cluster_upstream_cx_active",
        "envoy_cluster_upstream_rq_active",
        "envoy_cluster_upstream_rq_pending_active",
        "envoy_cluster_circuit_breakers_default_cx_open",
        "envoy_cluster_circuit_breakers_default_rq_pending_open",
        "envoy_cluster_circuit_breakers_default_rq_open",
        "envoy_cluster_outlier_detection_ejections_active",
        "envoy_cluster_membership_healthy",
        "envoy_cluster_membership_total",
    ),
    ...metrics("gauge", [], "envoy_server_live"),
    ...metrics("counter", ["authz_enforce_result", "http_conn_manager_prefix"], "envoy_http_rbac"),
    ...metrics("counter", ["authz_enforce_result", "tcp_prefix"], "envoy_tcp"),
    ...metrics(
        "counter",
        [],
        "envoy_cluster_manager_cds_update_rejected",
        "envoy_listener_manager_lds_update_rejected",
    ),
    ...metrics("gauge", ["resource_name"], "istio_agent_cert_expiry_seconds"),
    ...metrics("gauge", ["version"], "pilot_xds"),
    ...metrics("gauge", ["component", "tag"], "istio_build"),
    ...metrics(
        "gauge",
        [],
        "pilot_services",
        "pilot_virt_services",
        "pilot_conflict_inbound_listener",
        "pilot_conflict_outbound_listener_tcp_over_current_tcp",
        "pilot_vservice_dup_domain",
        "pilot_duplicate_envoy_clusters",
        "citadel_server_root_cert_expiry_timestamp",
        "process_resident_memory_bytes",
        "go_memstats_heap_inuse_bytes",
        "go_goroutines",
    ),
    ...metrics("counter", ["type"], "pilot_xds_pushes", "pilot_push_triggers"),
    ...metrics("counter", ["type", "err"], "pilot_total_xds_rejects"),
    ...metrics("counter", ["event", "type"], "pilot_k8s_cfg_events"),
    ...metrics(
        "histogram",
        ["type"],
        "pilot_proxy_convergence_time_bucket",
        "pilot_xds_push_time_bucket",
        "pilot_xds_config_size_bytes_bucket",
    ),
    ...metrics(
        "counter",
        ["group", "resource", "version", "reason"],
        "galley_validation_passed",
        "galley_validation_failed",
    ),
    ...metrics(
        "counter",
        [],
        "sidecar_injection_requests_total",
        "sidecar_injection_success_total",
        "sidecar_injection_failure_total",
        "citadel_server_csr_count",
        "citadel_server_success_cert_issuance_count",
        "process_cpu_seconds_total",
    ),
    // `mesh verify --every`.
    ...metrics("gauge", ["section", "status"], "mesh_verify_checks"),
    ...metrics("gauge", ["stack", "version"], "mesh_verify_info"),
    ...metrics("gauge", [], "mesh_verify_last_round_timestamp_seconds"),
    ...metrics("counter", ["result"], "mesh_verify_rounds_total"),
]);
