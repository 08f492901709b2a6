import type { EnvoyRouteConfig, EnvoyVirtualHost, Proxy } from "#live/proxies/envoy-types.ts";
import { isHttp } from "#live/proxies/envoy.ts";
import { INBOUND_LISTENER } from "#live/proxies/envoy-types.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { gatewaysOf, openChains } from "./doors.ts";
import type { ObjectName } from "./object-name.ts";
import type { DeclaredRoutes, RouteReader } from "./routes.ts";
import {
    clusterText,
    declaredRoutes,
    heldBesideRoutes,
    ARROW,
    heldRoutes,
    hostsOf,
    isFor,
    virtualServicesOf,
} from "./routes.ts";
import { UNKNOWN_HOSTS } from "./reach.ts";
import type { Differences, Statement } from "./statement.ts";
import { differences, merged } from "./statement.ts";
import type { ProxiedPod } from "./workload.ts";

const ANY_PATH = "/*";
/** The cluster of a port that no Service leads to. */
const OTHER_INBOUND = "InboundPassthroughCluster";

/** What becomes of the requests to one host at one place of a proxy, in order. */
interface HostRoutes {
    /** For example `for order.a4co.local at port 80`. */
    readonly where: string;
    readonly lines: readonly Statement[];
}

/**
 * What differs in a gateway's hosts and routes.
 *
 * @throws Error for a declared field of which nobody here knows what it becomes
 */
export function gatewayRouteDifferences(
    objects: readonly DeclaredObject[],
    pod: ProxiedPod,
    proxy: Proxy,
): Differences {
    const held = proxy.routeConfigs.flatMap((config) =>
        (config.virtual_hosts ?? [])
            .filter(({ routes = [] }) => routes.length > 0)
            .map((host) => heldHost(host, config, atPort(config.name))),
    );
    const beside = differences([], heldConnections(proxy));
    return merged([hostDifferences(declaredGatewayHosts(objects, pod), held), beside]);
}

function atPort(routeConfig = ""): string {
    const port = /^https?\.(\d+)/.exec(routeConfig)?.[1];
    return port === undefined ? `in ${routeConfig}` : `at port ${port}`;
}

/** Connections that a gateway passes on without reading requests. */
function heldConnections({ listeners }: Proxy): Statement[] {
    return listeners.flatMap(openChains).flatMap(({ filters = [], filter_chain_match: match }) =>
        filters
            .filter((filter) => !isHttp(filter))
            .flatMap(({ typed_config: config }) => [
                ...(config?.cluster === undefined ? [] : [config.cluster]),
                ...(config?.weighted_clusters?.clusters ?? []).map(({ name }) => name),
            ])
            .map((cluster) => ({
                text: `passes connections for ${match?.server_names?.join(", ") ?? "anybody"} on to ${clusterText(cluster)}`,
            })),
    );
}

function declaredGatewayHosts(
    objects: readonly DeclaredObject[],
    pod: ProxiedPod,
): readonly HostRoutes[] {
    const virtualServices = virtualServicesOf(objects);
    return gatewaysOf(objects, pod).flatMap(({ metadata: { name, namespace = "" }, spec }) => {
        const reader = { gateway: `${namespace}/${name}`, labels: pod.labels };
        return virtualServices
            .filter((each) => isFor(each, reader))
            .flatMap((virtualService) => {
                const lines = linesOf(virtualService, virtualServices, reader);
                return (spec.servers ?? []).flatMap(({ port, hosts = [], tls }) =>
                    hostsOf(virtualService)
                        .filter((host) => hosts.some((served) => covers(served, host)))
                        .map((host) => ({
                            where: `for ${host} at port ${port.number}`,
                            lines: [...lines, ...(tls?.httpsRedirect === true ? [TO_HTTPS] : [])],
                        })),
                );
            });
    });
}

const TO_HTTPS: Statement = { text: "everything is redirected to HTTPS" };

function covers(served: string, host: string): boolean {
    return served === host || (served.startsWith("*") && host.endsWith(served.slice(1)));
}

/** What differs in where a sidecar sends requests, and in where those go that reach its own workload. */
export function sidecarRouteDifferences(
    objects: readonly DeclaredObject[],
    pod: ProxiedPod,
    proxy: Proxy,
): Differences {
    const reader = { gateway: "mesh", labels: pod.labels };
    const virtualServices = virtualServicesOf(objects).filter((each) => isFor(each, reader));
    const all = virtualServicesOf(objects);
    const byHost = new Map(
        virtualServices.flatMap((each) => hostsOf(each).map((host) => [host, each] as const)),
    );
    const outbound = proxy.routeConfigs.flatMap((config) =>
        (config.virtual_hosts ?? [])
            .filter(({ name }) => !UNKNOWN_HOSTS.includes(name))
            .map((host) => {
                const { fqdn, port } = addressOf(host);
                const own = byHost.get(fqdn);
                const declared =
                    own === undefined
                        ? [{ text: `${ANY_PATH}${ARROW}${fqdn}:${port}` }]
                        : linesOf(own, all, reader);
                const where = `for ${fqdn} at port ${port}`;
                return hostDifferences(
                    [{ where, lines: declared }],
                    [{ ...heldHost(host, config, ""), where }],
                );
            }),
    );
    return merged([...outbound, ...inboundDifferences(proxy)]);
}

function addressOf({ name }: EnvoyVirtualHost): { readonly fqdn: string; readonly port: string } {
    const at = name.lastIndexOf(":");
    return { fqdn: name.slice(0, at), port: name.slice(at + 1) };
}

function inboundDifferences({ listeners }: Proxy): Differences[] {
    return listeners
        .filter(({ name }) => name === INBOUND_LISTENER)
        .flatMap(openChains)
        .flatMap(({ filters = [], filter_chain_match: match }) =>
            filters.filter(isHttp).flatMap(({ typed_config: config }) => {
                const port = match?.destination_port;
                const to = port === undefined ? OTHER_INBOUND : `inbound|${port}||`;
                const where = `for what reaches ${port === undefined ? "any other port" : `port ${port}`}`;
                return (config?.route_config?.virtual_hosts ?? []).map((host) =>
                    hostDifferences(
                        [{ where, lines: [{ text: `${ANY_PATH}${ARROW}${clusterText(to)}` }] }],
                        [{ ...heldHost(host, config?.route_config ?? {}, ""), where }],
                    ),
                );
            }),
        );
}

function linesOf(
    virtualService: DeclaredRoutes,
    all: readonly DeclaredRoutes[],
    reader: RouteReader,
): Statement[] {
    const { name, namespace } = virtualService.metadata;
    const by: ObjectName = { kind: "VirtualService", namespace, name };
    return declaredRoutes(virtualService, all, reader).map((text) => ({ text, by }));
}

function heldHost(host: EnvoyVirtualHost, config: EnvoyRouteConfig, place: string): HostRoutes {
    const beside = [...heldBesideRoutes(config), ...heldBesideRoutes(host)];
    return {
        where: `for ${(host.domains ?? []).join(", ")} ${place}`,
        lines: [
            ...heldRoutes(host),
            ...beside.map((text) => ({ text: `everything ${text}` })),
            ...(host.require_tls === undefined ? [] : [TO_HTTPS]),
        ],
    };
}

/** Line by line where both know the host; as a whole where nobody declared it. */
function hostDifferences(
    declared: readonly HostRoutes[],
    held: readonly HostRoutes[],
): Differences {
    const places = new Map(declared.map((host) => [host.where, textsOf(host.lines)]));
    const foreign = held.filter(({ where }) => !places.has(where));
    const known = held.filter(({ where }) => places.has(where));
    const found = differences(declared.flatMap(statementsOf), known.flatMap(statementsOf));
    const reordered =
        found.added.length + found.missing.length > 0
            ? []
            : known.filter(({ where, lines }) => places.get(where) !== textsOf(lines));
    return {
        added: [
            ...foreign.map(summaryOf),
            ...found.added,
            ...reordered.map(({ where }) => ({ text: `has its routes ${where} in another order` })),
        ],
        missing: found.missing,
    };
}

function statementsOf({ where, lines }: HostRoutes): Statement[] {
    return lines.map(({ text, by }) => ({ text: `has a route ${where}: ${text}`, by }));
}

/** A host that nobody declared, and whom it leads to. */
function summaryOf({ where, lines }: HostRoutes): Statement {
    const ends = new Set(lines.map(({ text }) => text.slice(text.indexOf(ARROW) + ARROW.length)));
    return {
        text: `takes requests ${where} and leads to ${[...ends].join("; ")}`,
        by: lines.find(({ by }) => by !== undefined)?.by,
    };
}

function textsOf(lines: readonly Statement[]): string {
    return lines.map(({ text }) => text).join("\n");
}
