import type { KubeConfig } from "@kubernetes/client-node";
import { CoreV1Api } from "@kubernetes/client-node";
import type { MeshContext } from "#model/mesh.ts";
import { runningPods } from "../pods.ts";
import type { PodName } from "../pods.ts";
import { askProxy } from "./admin.ts";
import { INBOUND_LISTENER } from "./envoy-types.ts";
import type {
    EnvoyCluster,
    EnvoyFault,
    EnvoyFilterChain,
    EnvoyListener,
    EnvoyNetworkFilter,
    EnvoyRouteConfig,
    FilterFault,
    HttpConnectionManager,
    InboundChain,
    Proxy,
    RejectedConfig,
} from "./envoy-types.ts";

interface ErrorState {
    readonly error_state?: { readonly details?: string };
}

interface DumpedListener {
    readonly name: string;
    readonly active_state?: { readonly listener?: EnvoyListener };
}

interface Inline {
    readonly inline_bytes?: string;
}

/** Envoy's `/config_dump`, as far as it is read; https://www.envoyproxy.io/docs/envoy/latest/api-v3/admin/v3/config_dump_shared.proto. */
export interface ConfigDump {
    readonly configs: readonly {
        readonly dynamic_route_configs?: readonly (ErrorState & {
            readonly route_config?: EnvoyRouteConfig;
        })[];
        readonly dynamic_active_clusters?: readonly (ErrorState & {
            readonly cluster?: EnvoyCluster;
        })[];
        readonly dynamic_warming_clusters?: readonly (ErrorState & {
            readonly cluster?: EnvoyCluster;
        })[];
        readonly dynamic_listeners?: readonly (ErrorState & DumpedListener)[];
        readonly static_listeners?: readonly { readonly listener?: EnvoyListener }[];
        readonly bootstrap?: { readonly stats_sinks?: readonly { readonly name: string }[] };
        readonly dynamic_active_secrets?: readonly (ErrorState & {
            readonly name: string;
            readonly secret: {
                readonly tls_certificate?: { readonly certificate_chain?: Inline };
                readonly validation_context?: { readonly trusted_ca?: Inline };
            };
        })[];
    }[];
}

const HTTP_CONNECTION_MANAGER =
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const HTTP_FAULT = "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault";

/**
 * Asks the proxy of a workload's first running pod, or of the ingress gateway's, for its effective configuration.
 *
 * @throws Error where no pod of the workload runs
 */
export async function proxyOf(
    kubeConfig: KubeConfig,
    workload: string,
    context: MeshContext,
): Promise<Proxy> {
    const core = kubeConfig.makeApiClient(CoreV1Api);
    const [pod] = await runningPods(core, workload, context);
    if (pod === undefined) {
        throw new Error(`no pod of ${workload} runs`);
    }
    return proxyOfPod(kubeConfig, pod);
}

/** Asks the proxy of a pod for its effective configuration. */
export async function proxyOfPod(kubeConfig: KubeConfig, pod: PodName): Promise<Proxy> {
    const text = await askProxy(kubeConfig, pod, "config_dump");
    return readProxy(pod.name, JSON.parse(text) as ConfigDump);
}

/** What a dump says about its proxy. */
export function readProxy(pod: string, { configs }: ConfigDump): Proxy {
    const routeConfigs = configs.flatMap((part) => part.dynamic_route_configs ?? []);
    const held = routeConfigs.flatMap((part) => part.route_config ?? []);
    const virtualHosts = held.flatMap((part) => part.virtual_hosts ?? []);
    const clusters = configs.flatMap((part) => part.dynamic_active_clusters ?? []);
    const warming = configs.flatMap((part) => part.dynamic_warming_clusters ?? []);
    const listeners = configs.flatMap((part) => part.dynamic_listeners ?? []);
    const secrets = configs.flatMap((part) => part.dynamic_active_secrets ?? []);
    return {
        pod,
        listeners: listeners.flatMap(({ active_state: state }) => state?.listener ?? []),
        staticListeners: configs.flatMap((part) =>
            (part.static_listeners ?? []).flatMap(({ listener }) => listener ?? []),
        ),
        routeConfigs: held,
        clusters: clusters.flatMap(({ cluster }) => cluster ?? []),
        statsSinks: configs.flatMap((part) =>
            (part.bootstrap?.stats_sinks ?? []).map(({ name }) => name),
        ),
        virtualHosts,
        routes: (host) =>
            virtualHosts.filter(({ name }) => name === host).flatMap(({ routes }) => routes ?? []),
        cluster: (wanted) => clusters.find(({ cluster }) => cluster?.name === wanted)?.cluster,
        secrets: secrets.map(({ name, secret }) => ({
            name,
            certificate: decode(
                secret.tls_certificate?.certificate_chain ?? secret.validation_context?.trusted_ca,
            ),
        })),
        filterFaults: listeners.flatMap(({ name, active_state: state }) =>
            faultsWithin(state).map((fault): FilterFault => ({ listener: name, fault })),
        ),
        httpConnectionManagers: httpConnectionManagers(listeners),
        inboundChains: readInbound(listeners),
        rejected: [
            ...routeConfigs.map((part) => ({ ...part, name: part.route_config?.name ?? "routes" })),
            ...[...clusters, ...warming].map((part) => ({
                ...part,
                name: part.cluster?.name ?? "clusters",
            })),
            ...listeners,
            ...secrets,
        ].flatMap(({ name, error_state: state }): RejectedConfig[] =>
            state === undefined ? [] : [{ name, details: state.details ?? "" }],
        ),
    };
}

/** Every filter chain of a listener, the one for what no other takes last. */
export function chainsOf({
    filter_chains: chains = [],
    default_filter_chain: last,
}: EnvoyListener): readonly EnvoyFilterChain[] {
    return last === undefined ? chains : [...chains, last];
}

/** Every HTTP connection manager that istiod gave to a proxy; those of the bootstrap only serve its own health and metrics. */
export function httpConnectionManagers(
    listeners: readonly DumpedListener[],
): HttpConnectionManager[] {
    return listeners.flatMap(({ name, active_state: state }) =>
        chainsOf(state?.listener ?? {})
            .flatMap(({ filters }) => filters ?? [])
            .filter(isHttp)
            .map(({ typed_config: config }) => ({
                listener: name,
                ...(config?.tracing && { tracing: config.tracing }),
            })),
    );
}

/** The filter chains of a sidecar for what its workload is asked. */
function readInbound(listeners: readonly DumpedListener[]): InboundChain[] {
    return listeners
        .filter(({ name }) => name === INBOUND_LISTENER)
        .flatMap(({ active_state: state }) => state?.listener?.filter_chains ?? [])
        .map(({ filter_chain_match: match, filters = [] }) => ({
            port: match?.destination_port,
            http: filters.some(isHttp),
        }));
}

/** Whether a filter reads requests. */
export function isHttp({ typed_config: config }: EnvoyNetworkFilter): boolean {
    return config?.["@type"] === HTTP_CONNECTION_MANAGER;
}

/** Every fault filter below a part of a dump that does something; Istio puts one that does nothing everywhere. */
function faultsWithin(part: unknown): EnvoyFault[] {
    if (typeof part !== "object" || part === null) {
        return [];
    }
    const fault: EnvoyFault & { readonly "@type"?: unknown } = part;
    return fault["@type"] === HTTP_FAULT
        ? fault.abort === undefined && fault.delay === undefined
            ? []
            : [fault]
        : Object.values(part).flatMap(faultsWithin);
}

function decode(inline: Inline | undefined): string {
    return Buffer.from(inline?.inline_bytes ?? "", "base64").toString();
}
