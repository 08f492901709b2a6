import type { ISidecar } from "@kubernetes-models/istio/networking.istio.io/v1/Sidecar";
import type { EnvoyCluster, Proxy } from "#live/proxies/envoy-types.ts";
import { chainsOf } from "#live/proxies/envoy.ts";
import { CLUSTER_DOMAIN } from "#model/mesh.ts";
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
const VIRTUAL_OUTBOUND = "virtualOutbound";

/** What becomes of connections to hosts that the proxy does not know. */
export function declaredUnknownHosts(mode: OutboundTraffic): Statement[] {
    return [unknownHosts(mode === "ALLOW_ANY" ? PASSTHROUGH : NOWHERE)];
}

function unknownHosts(cluster: string): Statement {
    return { text: `sends what is for a host that it does not know ${clusterText(cluster)}` };
}

/** The same as a sidecar has it. */
export function heldUnknownHosts({ listeners }: Proxy): Statement[] {
    return listeners
        .filter(({ name }) => name === VIRTUAL_OUTBOUND)
        .flatMap(chainsOf)
        .filter(({ filter_chain_match: match }) => match?.destination_port === undefined)
        .flatMap(({ filters = [] }) => filters.map(({ typed_config: config }) => config?.cluster))
        .map((cluster) => unknownHosts(cluster ?? "somewhere"));
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
    const rules = new Set(
        objects
            .filter(({ kind }) => kind === "DestinationRule")
            .map(({ metadata: { namespace = "", name } }) => `${namespace}/${name}`),
    );
    return clusters
        .filter(({ name }) => name.startsWith("outbound|"))
        .flatMap((cluster) => [...beyond(cluster, scopes), ...underOthersRules(cluster, rules)]);
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
