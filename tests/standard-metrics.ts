/**
 * Istio's standard metrics as its documentation lists them, an oracle for whoever makes them.
 * Source: https://istio.io/latest/docs/reference/config/metrics/
 */
export const REQUEST_METRICS = {
    counters: ["istio_requests_total"],
    distributions: [
        "istio_request_duration_milliseconds",
        "istio_request_bytes",
        "istio_response_bytes",
    ],
} as const;

export const TCP_METRICS = [
    "istio_tcp_sent_bytes_total",
    "istio_tcp_received_bytes_total",
    "istio_tcp_connections_opened_total",
    "istio_tcp_connections_closed_total",
] as const;

/** Of connections. */
export const TCP_LABELS: readonly string[] = [
    "connection_security_policy",
    "destination_app",
    "destination_canonical_revision",
    "destination_canonical_service",
    "destination_cluster",
    "destination_principal",
    "destination_service",
    "destination_service_name",
    "destination_service_namespace",
    "destination_version",
    "destination_workload",
    "destination_workload_namespace",
    "reporter",
    "request_protocol",
    "response_flags",
    "source_app",
    "source_canonical_revision",
    "source_canonical_service",
    "source_cluster",
    "source_principal",
    "source_version",
    "source_workload",
    "source_workload_namespace",
];

/** Of requests; `grpc_response_status` is empty, and so not there, of what is not gRPC. */
export const REQUEST_LABELS: readonly string[] = [
    ...TCP_LABELS,
    "grpc_response_status",
    "response_code",
].sort();
