import type { KubeConfig } from "@kubernetes/client-node";
import type { PodName } from "../pods.ts";
import { askProxy } from "./admin.ts";
import { INBOUND_LISTENER } from "./envoy-types.ts";
import type { EnvoyFilterChain, EnvoyListener, EnvoyRbac } from "./envoy-types.ts";

interface ListenerDump {
    readonly configs?: readonly {
        readonly active_state?: { readonly listener: EnvoyListener };
    }[];
}

/** The one filter chain that serves nobody: it ends connections to the proxy's own port. */
const BLACKHOLE = "virtualInbound-blackhole";
const RBAC_FILTERS: readonly string[] = ["envoy.filters.network.rbac", "envoy.filters.http.rbac"];

/** Asks the proxy of one pod what it does with the connections that reach it. */
export async function inboundChains(
    kubeConfig: KubeConfig,
    pod: PodName,
): Promise<readonly EnvoyFilterChain[]> {
    const query = `resource=dynamic_listeners&name_regex=${INBOUND_LISTENER}`;
    const text = await askProxy(kubeConfig, pod, `config_dump?${query}`);
    const { configs = [] } = JSON.parse(text) as ListenerDump;
    return configs.flatMap(({ active_state: state }) => state?.listener.filter_chains ?? []);
}

/** Names of the filter chains that somebody may pass. */
export function openChains(chains: readonly EnvoyFilterChain[]): string[] {
    return chains
        .filter(({ name }) => name !== BLACKHOLE)
        .filter((chain) => !authorizationOf(chain).some(isClosed))
        .map(({ name = "without a name" }) => name);
}

/** The authorization filters of a chain, those for requests and those for connections. */
export function authorizationOf({ filters = [] }: EnvoyFilterChain): EnvoyRbac[] {
    return filters
        .flatMap((filter) => [filter, ...(filter.typed_config?.http_filters ?? [])])
        .flatMap(({ name, typed_config: config }) =>
            RBAC_FILTERS.includes(name) && config !== undefined ? [config] : [],
        );
}

/** Whether a filter allows what its policies name, and none of them names anything. */
function isClosed({ rules }: EnvoyRbac): boolean {
    return (
        rules !== undefined &&
        (rules.action ?? "ALLOW") === "ALLOW" &&
        Object.values(rules.policies ?? {}).every(({ permissions = [] }) =>
            permissions.every(
                (permission) => JSON.stringify(permission) === '{"not_rule":{"any":true}}',
            ),
        )
    );
}
