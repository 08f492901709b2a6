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

/** A route as a proxy holds it, in Envoy's own words. Durations are seconds: `1.500s`. */
export interface EnvoyRoute {
    readonly name?: string;
    readonly match: EnvoyRouteMatch;
    /** Absent where the proxy answers itself. */
    readonly route?: {
        readonly cluster?: string;
        readonly weighted_clusters?: {
            readonly clusters: readonly { readonly name: string; readonly weight?: number }[];
        };
        readonly timeout?: string;
        readonly retry_policy?: {
            readonly retry_on?: string;
            readonly num_retries?: number;
            readonly per_try_timeout?: string;
        };
    };
    /** Settings of single filters for this route, among them an injected fault. */
    readonly typed_per_filter_config?: { readonly "envoy.filters.http.fault"?: EnvoyFault };
}

/** The routes of some domains, the first that matches counts. */
export interface EnvoyVirtualHost {
    /** `<fqdn>:<port>` for a service of the cluster, `<domain>:<port>` at a gateway. */
    readonly name: string;
    readonly domains?: readonly string[];
    readonly routes?: readonly EnvoyRoute[];
}

/** A cluster as a proxy holds it. Durations are seconds: `1.500s`. */
export interface EnvoyCluster {
    readonly name: string;
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
export interface EnvoyTracing {
    readonly random_sampling?: { readonly value?: number };
    readonly provider?: { readonly name?: string };
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
