import type { KubeConfig } from "@kubernetes/client-node";
import type { PodName } from "../pods.ts";
import { askProxy } from "./admin.ts";
import { INBOUND_LISTENER } from "./envoy-types.ts";

/** Who may pass an authorization filter, in Envoy's own words; without `rules` it lets everybody pass. */
export interface Rbac {
    readonly rules?: {
        /** Default `ALLOW`. */
        readonly action?: string;
        readonly policies?: Readonly<Record<string, { readonly permissions: readonly unknown[] }>>;
    };
}

/** A filter, or a connection manager with its own HTTP filters. */
interface Filter {
    readonly name: string;
    readonly typed_config?: Rbac & { readonly http_filters?: readonly Filter[] };
}

/** What a proxy does with the connections of one kind that it accepts. */
export interface FilterChain {
    readonly name?: string;
    readonly filters?: readonly Filter[];
}

interface ListenerDump {
    readonly configs?: readonly {
        readonly active_state?: {
            readonly listener: { readonly filter_chains?: readonly FilterChain[] };
        };
    }[];
}

/** The one filter chain that serves nobody: it ends connections to the proxy's own port. */
const BLACKHOLE = "virtualInbound-blackhole";
const FILTERS: readonly string[] = ["envoy.filters.network.rbac", "envoy.filters.http.rbac"];

/** Asks the proxy of one pod what it does with the connections that reach it. */
export async function inboundChains(
    kubeConfig: KubeConfig,
    pod: PodName,
): Promise<readonly FilterChain[]> {
    const query = `resource=dynamic_listeners&name_regex=${INBOUND_LISTENER}`;
    const text = await askProxy(kubeConfig, pod, `config_dump?${query}`);
    const { configs = [] } = JSON.parse(text) as ListenerDump;
    return configs.flatMap(({ active_state: state }) => state?.listener.filter_chains ?? []);
}

/** Names of the filter chains that somebody may pass. */
export function openChains(chains: readonly FilterChain[]): string[] {
    return chains
        .filter(({ name }) => name !== BLACKHOLE)
        .filter((chain) => !authorizationOf(chain).some(isClosed))
        .map(({ name = "without a name" }) => name);
}

function authorizationOf({ filters = [] }: FilterChain): Rbac[] {
    return filters
        .flatMap((filter) => [filter, ...(filter.typed_config?.http_filters ?? [])])
        .flatMap(({ name, typed_config: config }) =>
            FILTERS.includes(name) && config !== undefined ? [config] : [],
        );
}

/** Whether a filter allows what its policies name, and none of them names anything. */
function isClosed({ rules }: Rbac): boolean {
    return (
        rules !== undefined &&
        (rules.action ?? "ALLOW") === "ALLOW" &&
        Object.values(rules.policies ?? {}).every(({ permissions }) =>
            permissions.every(
                (permission) => JSON.stringify(permission) === '{"not_rule":{"any":true}}',
            ),
        )
    );
}
