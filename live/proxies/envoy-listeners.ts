/** How an HTTP connection manager traces, in Envoy's own words; a share of 0 is left out. */
interface EnvoyTracing {
    readonly random_sampling?: { readonly value?: number };
    readonly provider?: { readonly name?: string };
}

/** An HTTP connection manager of a listener, of which Istio makes one for each filter chain. */
export interface HttpConnectionManager {
    readonly listener: string;
    /** Absent where it reports no spans. */
    readonly tracing?: EnvoyTracing;
}

interface Filter {
    readonly typed_config?: { readonly "@type"?: string; readonly tracing?: EnvoyTracing };
}

interface FilterChain {
    readonly filters?: readonly Filter[];
}

/** A listener of Envoy's `/config_dump`, as far as its filters are read. */
export interface DumpedListener {
    readonly name: string;
    readonly active_state?: {
        readonly listener?: {
            readonly filter_chains?: readonly FilterChain[];
            readonly default_filter_chain?: FilterChain;
        };
    };
}

const HTTP_CONNECTION_MANAGER =
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

/** Every HTTP connection manager that istiod gave to a proxy; those of the bootstrap only serve its own health and metrics. */
export function httpConnectionManagers(
    listeners: readonly DumpedListener[],
): HttpConnectionManager[] {
    return listeners.flatMap(({ name, active_state: state }) => {
        const { filter_chains: chains = [], default_filter_chain: last } = state?.listener ?? {};
        return [...chains, ...(last === undefined ? [] : [last])]
            .flatMap(({ filters }) => filters ?? [])
            .flatMap(({ typed_config: config }) =>
                config?.["@type"] === HTTP_CONNECTION_MANAGER
                    ? [{ listener: name, ...(config.tracing && { tracing: config.tracing }) }]
                    : [],
            );
    });
}
