/** How a text is compared; of these one is set, https://www.envoyproxy.io/docs/envoy/latest/api-v3/type/matcher/v3/string.proto. */
export interface EnvoyStringMatch {
    readonly exact?: string;
    readonly prefix?: string;
    readonly suffix?: string;
    readonly contains?: string;
    readonly safe_regex?: { readonly regex: string };
}

/** What a header must be; `:method` is one too. */
export interface EnvoyHeaderMatch {
    readonly name: string;
    readonly string_match?: EnvoyStringMatch;
    readonly present_match?: boolean;
    readonly invert_match?: boolean;
}

/** Which requests a route takes: all that is stated must match. */
export interface EnvoyRouteMatch {
    readonly path?: string;
    readonly prefix?: string;
    readonly path_separated_prefix?: string;
    readonly safe_regex?: { readonly regex: string };
    /** Default true. */
    readonly case_sensitive?: boolean;
    readonly headers?: readonly EnvoyHeaderMatch[];
    readonly query_parameters?: readonly unknown[];
}

/** A share; the denominator is `HUNDRED` where it is left out. */
export interface EnvoyFraction {
    readonly numerator?: number;
    readonly denominator?: "HUNDRED" | "TEN_THOUSAND" | "MILLION";
}

/** Settings of the fault filter. */
export interface EnvoyFault {
    readonly delay?: { readonly fixed_delay?: string; readonly percentage?: EnvoyFraction };
    readonly abort?: { readonly http_status?: number; readonly percentage?: EnvoyFraction };
}

/** What is done to the headers of a request and of its answer; none where they stay as they are. */
export interface EnvoyHeaderChanges {
    readonly request_headers_to_add?: readonly unknown[];
    readonly request_headers_to_remove?: readonly string[];
    readonly response_headers_to_add?: readonly unknown[];
    readonly response_headers_to_remove?: readonly string[];
}

/** Which object of Istio's a part of the configuration was made from: the path at which the API server has it. */
interface EnvoyMetadata {
    readonly filter_metadata?: { readonly istio?: { readonly config?: string } };
}

/** A route as a proxy holds it, in Envoy's own words. Durations are seconds: `1.500s`. */
export interface EnvoyRoute extends EnvoyHeaderChanges {
    readonly name?: string;
    readonly match: EnvoyRouteMatch;
    readonly metadata?: EnvoyMetadata;
    readonly redirect?: unknown;
    readonly direct_response?: { readonly status?: number };
    /** Absent where the proxy answers itself. */
    readonly route?: {
        readonly cluster?: string;
        readonly weighted_clusters?: {
            readonly clusters: readonly ({
                readonly name: string;
                readonly weight?: number;
            } & EnvoyHeaderChanges)[];
        };
        readonly request_mirror_policies?: readonly { readonly cluster?: string }[];
        readonly timeout?: string;
        readonly retry_policy?: {
            readonly retry_on?: string;
            readonly num_retries?: number;
            readonly per_try_timeout?: string;
        };
    };
    /** Settings of single filters for this route, among them an injected fault. */
    readonly typed_per_filter_config?: {
        readonly "envoy.filters.http.fault"?: EnvoyFault;
        readonly [filter: string]: unknown;
    };
}

/** The routes of some domains, the first that matches counts. */
export interface EnvoyVirtualHost extends EnvoyHeaderChanges {
    /** `<fqdn>:<port>` for a service of the cluster, `<domain>:<port>` at a gateway. */
    readonly name: string;
    readonly domains?: readonly string[];
    readonly routes?: readonly EnvoyRoute[];
    /** `ALL` where every request in plain text is redirected to HTTPS. */
    readonly require_tls?: string;
    readonly typed_per_filter_config?: Readonly<Record<string, unknown>>;
}

/** Virtual hosts under the name by which a connection manager finds them. */
export interface EnvoyRouteConfig extends EnvoyHeaderChanges {
    readonly name?: string;
    readonly virtual_hosts?: readonly EnvoyVirtualHost[];
    readonly typed_per_filter_config?: Readonly<Record<string, unknown>>;
}

/** A cluster as a proxy holds it. Durations are seconds: `1.500s`. */
export interface EnvoyCluster {
    readonly name: string;
    /** For example `EDS`, or `ORIGINAL_DST` where it is whoever was called. */
    readonly type?: string;
    readonly metadata?: EnvoyMetadata;
    readonly connect_timeout?: string;
    readonly circuit_breakers?: {
        readonly thresholds: readonly Readonly<Record<string, number>>[];
    };
    readonly outlier_detection?: Readonly<Record<string, string | number>>;
    readonly common_lb_config?: {
        /** Percent; 50 where it is left out. */
        readonly healthy_panic_threshold?: { readonly value?: number };
    };
    readonly typed_extension_protocol_options?: Readonly<
        Record<
            string,
            {
                readonly common_http_protocol_options?: {
                    readonly max_requests_per_connection?: number;
                };
            }
        >
    >;
    readonly transport_socket?: {
        readonly name: string;
        readonly typed_config: {
            readonly common_tls_context: {
                readonly combined_validation_context: {
                    readonly default_validation_context: {
                        readonly match_subject_alt_names: readonly unknown[];
                    };
                };
            };
        };
    };
    readonly transport_socket_matches?: readonly unknown[];
}

/** A certificate chain a proxy holds; `certificate` is PEM. */
interface EnvoySecret {
    /** `default` for the workload's own certificate, `ROOTCA` for what it trusts. */
    readonly name: string;
    readonly certificate: string;
}

/** A part of its configuration that a proxy refused. */
export interface RejectedConfig {
    readonly name: string;
    readonly details: string;
}

/** A fault that a listener makes whatever the route is. */
export interface FilterFault {
    readonly listener: string;
    readonly fault: EnvoyFault;
}

/** How an HTTP connection manager traces, in Envoy's own words; a share of 0 is left out. */
interface EnvoyTracing {
    readonly random_sampling?: { readonly value?: number };
    readonly provider?: { readonly name?: string; readonly typed_config?: unknown };
}

/** What a policy of an authorization filter takes: some permission and some principal must match. */
export interface EnvoyRbacPolicy {
    readonly permissions?: readonly unknown[];
    readonly principals?: readonly unknown[];
}

/** Who may pass an authorization filter, in Envoy's own words; without `rules` it lets everybody pass. */
export interface EnvoyRbac {
    readonly rules?: {
        /** Default `ALLOW`. */
        readonly action?: string;
        /** By the name that Istio gives them: `ns[<namespace>]-policy[<name>]-rule[<index>]`. */
        readonly policies?: Readonly<Record<string, EnvoyRbacPolicy>>;
    };
}

/** Where a line is written for each request or connection. */
export interface EnvoyAccessLog {
    readonly name: string;
    readonly typed_config?: {
        readonly path?: string;
        readonly log_format?: { readonly json_format?: Readonly<Record<string, unknown>> };
        readonly [field: string]: unknown;
    };
}

/** A filter that judges or changes requests. */
interface EnvoyHttpFilter {
    readonly name: string;
    readonly typed_config?: EnvoyRbac & { readonly "@type"?: string };
}

/** A filter of a connection: an authorization filter, an HTTP connection manager, a TCP proxy, or another. */
export interface EnvoyNetworkFilter {
    readonly name: string;
    readonly typed_config?: EnvoyRbac & {
        readonly "@type"?: string;
        /** Where a TCP proxy leads to. */
        readonly cluster?: string;
        readonly weighted_clusters?: {
            readonly clusters: readonly { readonly name: string; readonly weight?: number }[];
        };
        readonly http_filters?: readonly EnvoyHttpFilter[];
        /** The routes, or the name under which they are found. */
        readonly route_config?: EnvoyRouteConfig;
        readonly rds?: { readonly route_config_name?: string };
        readonly access_log?: readonly EnvoyAccessLog[];
        readonly tracing?: EnvoyTracing;
        readonly normalize_path?: boolean;
        readonly merge_slashes?: boolean;
        readonly path_with_escaped_slashes_action?: string;
    };
}

/** What becomes of the connections that match it. */
export interface EnvoyFilterChain {
    readonly name?: string;
    readonly filter_chain_match?: {
        readonly destination_port?: number;
        readonly server_names?: readonly string[];
    };
    readonly filters?: readonly EnvoyNetworkFilter[];
    /** Absent where connections are in plain text, or are not ended here. */
    readonly transport_socket?: {
        readonly name: string;
        readonly typed_config?: {
            readonly require_client_certificate?: boolean;
            readonly common_tls_context?: {
                readonly tls_certificate_sds_secret_configs?: readonly { readonly name?: string }[];
            };
        };
    };
}

/** An address at which a proxy takes connections. */
export interface EnvoyListener {
    readonly name?: string;
    readonly address?: { readonly socket_address?: { readonly port_value?: number } };
    readonly traffic_direction?: string;
    readonly filter_chains?: readonly EnvoyFilterChain[];
    readonly default_filter_chain?: EnvoyFilterChain;
}

/** An HTTP connection manager of a listener, of which Istio makes one for each filter chain. */
export interface HttpConnectionManager {
    readonly listener: string;
    /** Absent where it reports no spans. */
    readonly tracing?: EnvoyTracing;
}

/** What a proxy does with connections to a port of its workload. */
export interface InboundChain {
    /** `undefined` for what is meant for no port of a Service. */
    readonly port: number | undefined;
    /** Whether it reads requests; else it passes bytes on. */
    readonly http: boolean;
}

/** Listener of a sidecar for what its workload is asked; every other one is for what the workload asks. */
export const INBOUND_LISTENER = "virtualInbound";

/** What a proxy really does, whatever it was told. */
export interface Proxy {
    /** Name of its pod. */
    readonly pod: string;
    /** Those that istiod gave it; the bootstrap's own are `staticListeners`. */
    readonly listeners: readonly EnvoyListener[];
    readonly staticListeners: readonly EnvoyListener[];
    /** Those that connection managers find by name. */
    readonly routeConfigs: readonly EnvoyRouteConfig[];
    readonly clusters: readonly EnvoyCluster[];
    /** Names of where the proxy pushes its statistics. */
    readonly statsSinks: readonly string[];
    readonly virtualHosts: readonly EnvoyVirtualHost[];
    /** Routes towards a host as `<fqdn>:<port>`; none where the proxy does not know the host. */
    routes(host: string): readonly EnvoyRoute[];
    cluster(name: string): EnvoyCluster | undefined;
    readonly secrets: readonly EnvoySecret[];
    readonly filterFaults: readonly FilterFault[];
    readonly httpConnectionManagers: readonly HttpConnectionManager[];
    /** None at a gateway. */
    readonly inboundChains: readonly InboundChain[];
    readonly rejected: readonly RejectedConfig[];
}
