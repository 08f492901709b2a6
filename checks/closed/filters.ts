import type { IEnvoyFilter } from "@kubernetes-models/istio/networking.istio.io/v1alpha3/EnvoyFilter";
import type { EnvoyFilterChain, EnvoyNetworkFilter, Proxy } from "#live/proxies/envoy-types.ts";
import { isHttp } from "#live/proxies/envoy.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { openChains } from "./doors.ts";
import type { Statement } from "./statement.ts";
import type { ProxiedPod } from "./workload.ts";
import { selects } from "./workload.ts";

type FilterSpec = NonNullable<IEnvoyFilter["spec"]>;

/**
 * Every filter for requests that a proxy of this program's mesh may have, in the order in which they stand. Beside
 * upstream's own these are what Istio's proxies add: caller and callee of a request, its protocol, its metrics.
 *
 * Source: `buildHTTPConnectionManager` of Istio's listener_builder.go
 */
const HTTP_ORDER = [
    "istio.metadata_exchange",
    "envoy.filters.http.rbac",
    "envoy.filters.http.grpc_stats",
    "istio.alpn",
    "envoy.filters.http.fault",
    "envoy.filters.http.cors",
    "istio.stats",
    "envoy.filters.http.router",
] as const;

/** The same for connections; source: `buildCompleteNetworkFilters` of Istio's networkfilter.go. */
const NETWORK_ORDER = [
    "istio.metadata_exchange",
    "envoy.filters.network.rbac",
    "istio.stats",
    "envoy.filters.network.tcp_proxy",
    "envoy.filters.network.http_connection_manager",
] as const;

/** The last filter of a connection; one of them must be there. */
const TERMINAL: readonly string[] = NETWORK_ORDER.slice(-2);
/** What no chain for requests is without. */
const HTTP_REQUIRED: readonly string[] = [
    "envoy.filters.http.grpc_stats",
    "envoy.filters.http.fault",
    "envoy.filters.http.cors",
    "envoy.filters.http.router",
];
/** What makes the metrics of Istio's own proxies. */
const METRICS_FILTER = "istio.stats";
/** One for each action that policies have. */
const SEVERAL: readonly string[] = ["envoy.filters.http.rbac", "envoy.filters.network.rbac"];

/** How a path is read before anybody judges it: with slashes merged and decoded, as the mesh's configuration says. */
const NORMALIZATION = {
    normalize_path: true,
    merge_slashes: true,
    path_with_escaped_slashes_action: "UNESCAPE_AND_FORWARD",
} as const;

/** The filters that expected EnvoyFilters put into a pod's proxy, by name. */
export function addedFilters(objects: readonly DeclaredObject[], pod: ProxiedPod): string[] {
    return objects
        .filter(({ kind }) => kind === "EnvoyFilter")
        .filter(({ metadata, spec }) =>
            selects(metadata.namespace, (spec as FilterSpec).workloadSelector?.labels, pod),
        )
        .flatMap(({ spec }) => (spec as FilterSpec).configPatches ?? [])
        .flatMap(({ patch }) => {
            const { name } = (patch?.value ?? {}) as { readonly name?: string };
            return name === undefined ? [] : [name];
        });
}

/** What a proxy's filters are judged by, beside Istio's own. */
export interface FilterRules {
    /** Whether the proxy is upstream's Envoy, which has none of Istio's own filters. */
    readonly stockEnvoy: boolean;
    /** Names of filters that are expected as well. */
    readonly added: readonly string[];
}

/** What is wrong with the kinds and the order of a proxy's filters, and with how it reads paths. */
export function heldFilterProblems({ listeners }: Proxy, rules: FilterRules): Statement[] {
    return listeners.flatMap((listener) =>
        openChains(listener).flatMap((chain) =>
            chainProblems(chain, rules).map((problem) => ({
                text: `${problem} (${chain.name ?? listener.name ?? "a filter chain"})`,
            })),
        ),
    );
}

function chainProblems({ filters = [] }: EnvoyFilterChain, rules: FilterRules): string[] {
    const names = filters.map(({ name }) => name);
    return [
        ...orderProblems(names, NETWORK_ORDER),
        ...(TERMINAL.includes(names.at(-1) ?? "") ? [] : ["has no filter that ends a connection"]),
        ...filters.filter(isHttp).flatMap((filter) => managerProblems(filter, rules)),
    ];
}

function managerProblems(
    { typed_config: config }: EnvoyNetworkFilter,
    { stockEnvoy, added }: FilterRules,
): string[] {
    const names = (config?.http_filters ?? [])
        .map(({ name }) => name)
        .filter((name) => !added.includes(name));
    const unread = Object.entries(NORMALIZATION).filter(
        ([field, value]) => config?.[field as keyof typeof NORMALIZATION] !== value,
    );
    const required = [...HTTP_REQUIRED, ...(stockEnvoy ? [] : [METRICS_FILTER])];
    return [
        ...orderProblems(names, HTTP_ORDER, required),
        ...unread.map(([field]) => `reads paths with another ${field} than the mesh has`),
    ];
}

function orderProblems(
    names: readonly string[],
    order: readonly string[],
    required: readonly string[] = [],
): string[] {
    const unknown = names.filter((name) => !order.includes(name));
    const known = names.filter((name) => order.includes(name));
    const twice = known.filter(
        (name, index) => known.indexOf(name) !== index && !SEVERAL.includes(name),
    );
    return [
        ...unknown.map((name) => `has a filter ${name}`),
        ...twice.map((name) => `has ${name} twice`),
        ...required.filter((name) => !names.includes(name)).map((name) => `has no filter ${name}`),
        ...known.flatMap((name, index) => {
            const before = known[index - 1];
            return before !== undefined && order.indexOf(name) < order.indexOf(before)
                ? [`has ${name} only after ${before}`]
                : [];
        }),
    ];
}
