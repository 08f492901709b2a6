import type { ISidecar } from "@kubernetes-models/istio/networking.istio.io/v1/Sidecar";
import type { EnvoyCluster, Proxy } from "#live/proxies/envoy-types.ts";
import { chainsOf } from "#live/proxies/envoy.ts";
import { CLUSTER_DOMAIN, clusterHost } from "#model/mesh.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { NOWHERE } from "./doors.ts";
import { objectAt } from "./object-name.ts";
import { clusterText, destinationsOf, hostsOf, virtualServicesOf } from "./routes.ts";
import type { Statement } from "./statement.ts";
import type { ProxiedPod } from "./workload.ts";
import { selects } from "./workload.ts";

type SidecarSpec = NonNullable<ISidecar["spec"]>;

/** Mesh-wide, what becomes of connections to hosts that no proxy knows. */
export type OutboundTraffic = "ALLOW_ANY" | "REGISTRY_ONLY";

const PASSTHROUGH = "PassthroughCluster";
/** Virtual hosts for requests to hosts that no route knows. */
export const UNKNOWN_HOSTS: readonly string[] = ["allow_any", "block_all"];
/** Clusters that Istio gives every sidecar, beside those of its own ports and of Services. */
const OWN_CLUSTERS: readonly string[] = [PASSTHROUGH, NOWHERE, "InboundPassthroughCluster"];
const VIRTUAL_OUTBOUND = "virtualOutbound";

/** What becomes of connections to hosts that the proxy does not know. */
export function declaredUnknownHosts(mode: OutboundTraffic): Statement[] {
    return [unknownHosts(mode === "ALLOW_ANY" ? PASSTHROUGH : NOWHERE)];
}

function unknownHosts(cluster: string): Statement {
    return { text: `sends what is for a host that it does not know ${clusterText(cluster)}` };
}

/** The same as a sidecar has it, for connections and for requests. */
export function heldUnknownHosts({ listeners, virtualHosts }: Proxy): Statement[] {
    const connections = listeners
        .filter(({ name }) => name === VIRTUAL_OUTBOUND)
        .flatMap(chainsOf)
        .filter(({ filter_chain_match: match }) => match?.destination_port === undefined)
        .flatMap(({ filters = [] }) => filters.map(({ typed_config: config }) => config?.cluster));
    const requests = virtualHosts
        .filter(({ name }) => UNKNOWN_HOSTS.includes(name))
        .flatMap(({ routes = [] }) => routes)
        // What the proxy answers itself goes nowhere.
        .map(({ route, redirect }) =>
            route === undefined && redirect === undefined ? NOWHERE : route?.cluster,
        );
    return [...connections, ...requests].map((cluster) => unknownHosts(cluster ?? "somewhere"));
}

/**
 * Whom a sidecar can reach beyond what its declared Sidecar lists, and under whose rules: those of DestinationRules
 * that nobody declared.
 */
export function heldBeyondScope(
    objects: readonly DeclaredObject[],
    pod: ProxiedPod,
    { clusters }: Proxy,
): Statement[] {
    const scopes = withRoutes(scopesOf(objects, pod), objects);
    const rules = rulesOf(objects);
    const strange = clusters.filter(
        ({ name }) => !/^(in|out)bound\|/.test(name) && !OWN_CLUSTERS.includes(name),
    );
    return [
        ...strange.map(({ name }) => ({ text: `reaches ${name}, which is no Service` })),
        ...clusters
            .filter(({ name }) => name.startsWith("outbound|"))
            .flatMap((cluster) => [
                ...beyond(cluster, scopes),
                ...underOthersRules(cluster, rules),
            ]),
    ];
}

/**
 * Under whose rules a gateway calls the mesh's Services, where nobody declared them. It knows every Service of the
 * cluster, others' rules for others' Services included, and reaches those alone to which a route leads.
 */
export function heldGatewayRules(
    objects: readonly DeclaredObject[],
    { clusters }: Proxy,
): Statement[] {
    const rules = rulesOf(objects);
    const hosts = new Set(
        objects
            .filter(({ kind }) => kind === "Service")
            .map(({ metadata: { namespace = "", name } }) => clusterHost(name, { namespace })),
    );
    return clusters
        .filter(({ name }) => hosts.has(name.split("|")[3] ?? ""))
        .flatMap((cluster) => underOthersRules(cluster, rules));
}

/** The declared DestinationRules, as `<namespace>/<name>`. */
function rulesOf(objects: readonly DeclaredObject[]): ReadonlySet<string> {
    return new Set(
        objects
            .filter(({ kind }) => kind === "DestinationRule")
            .map(({ metadata: { namespace = "", name } }) => `${namespace}/${name}`),
    );
}

/** What is within a scope, and where the declared routes to it lead. */
function withRoutes(scopes: readonly string[], objects: readonly DeclaredObject[]): string[] {
    const all = virtualServicesOf(objects);
    const led = all
        .filter((each) => hostsOf(each).some((host) => scopes.some((scope) => within(host, scope))))
        .flatMap((each) => destinationsOf(each, all));
    return [...scopes, ...led.map((host) => `*/${host}`)];
}

/** The hosts of the Sidecars that choose a pod; none where it knows every Service. */
function scopesOf(objects: readonly DeclaredObject[], pod: ProxiedPod): readonly string[] {
    const own = objects.filter(
        ({ kind, metadata, spec }) =>
            kind === "Sidecar" &&
            selects(metadata.namespace, (spec as SidecarSpec).workloadSelector?.labels, pod),
    );
    return own.flatMap(({ spec }) =>
        ((spec as SidecarSpec).egress ?? []).flatMap(({ hosts }) => hosts),
    );
}

function beyond({ name }: EnvoyCluster, scopes: readonly string[]): Statement[] {
    const host = name.split("|")[3] ?? "";
    return scopes.length === 0 || scopes.some((scope) => within(host, scope))
        ? []
        : [{ text: `reaches ${clusterText(name)}` }];
}

/** Whether `istio-system/*` or `./payment-service.a4co.svc.cluster.local` covers a host. */
function within(host: string, scope: string): boolean {
    const [namespace = "", pattern = ""] = scope.split("/");
    return pattern === "*"
        ? namespace === "*" || host.endsWith(`.${namespace}.svc.${CLUSTER_DOMAIN}`)
        : host === pattern;
}

function underOthersRules(
    { name, metadata }: EnvoyCluster,
    rules: ReadonlySet<string>,
): Statement[] {
    const by = objectAt(metadata?.filter_metadata?.istio?.config);
    return by === undefined || rules.has(`${by.namespace ?? ""}/${by.name}`)
        ? []
        : [{ text: `calls ${clusterText(name)} by rules of its own`, by }];
}
