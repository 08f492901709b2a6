/** Request header that marks a probe; its value is unique to the request. */
export const PROBE_HEADER = "x-mesh-probe";

/**
 * Fields of a proxy's access-log line, each with the Envoy command operator that fills it.
 * Istio's own JSON format, and below it what proves who called: the identity of the client's certificate as this proxy
 * verified it, and the probe and the trace that the request belongs to.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#command-operators
 */
export const ACCESS_LOG_FIELDS = {
    start_time: "%START_TIME%",
    method: "%REQ(:METHOD)%",
    path: "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    protocol: "%PROTOCOL%",
    response_code: "%RESPONSE_CODE%",
    response_flags: "%RESPONSE_FLAGS%",
    response_code_details: "%RESPONSE_CODE_DETAILS%",
    connection_termination_details: "%CONNECTION_TERMINATION_DETAILS%",
    upstream_transport_failure_reason: "%UPSTREAM_TRANSPORT_FAILURE_REASON%",
    bytes_received: "%BYTES_RECEIVED%",
    bytes_sent: "%BYTES_SENT%",
    duration: "%DURATION%",
    upstream_service_time: "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
    x_forwarded_for: "%REQ(X-FORWARDED-FOR)%",
    user_agent: "%REQ(USER-AGENT)%",
    request_id: "%REQ(X-REQUEST-ID)%",
    authority: "%REQ(:AUTHORITY)%",
    upstream_host: "%UPSTREAM_HOST%",
    upstream_cluster: "%UPSTREAM_CLUSTER_RAW%",
    upstream_local_address: "%UPSTREAM_LOCAL_ADDRESS%",
    downstream_local_address: "%DOWNSTREAM_LOCAL_ADDRESS%",
    downstream_remote_address: "%DOWNSTREAM_REMOTE_ADDRESS%",
    requested_server_name: "%REQUESTED_SERVER_NAME%",
    route_name: "%ROUTE_NAME%",
    downstream_peer_uri_san: "%DOWNSTREAM_PEER_URI_SAN%",
    traceparent: "%REQ(TRACEPARENT)%",
    probe: `%REQ(${PROBE_HEADER.toUpperCase()})%`,
} as const satisfies Readonly<Record<string, string>>;

/** One line of a proxy's access log. A field without a value is `null`. */
export type AccessLogLine = Readonly<
    Record<keyof typeof ACCESS_LOG_FIELDS, string | number | null>
>;
