import type { KubeConfig } from "@kubernetes/client-node";
import { CoreV1Api } from "@kubernetes/client-node";
import type { MeshContext } from "../../model/mesh.ts";
import { execIn } from "../kubernetes/exec.ts";
import { PROXY_CONTAINER, runningPods } from "./pods.ts";

/** A route as a proxy holds it, in Envoy's own words. */
export interface EnvoyRoute {
    readonly name?: string;
    readonly match: { readonly prefix?: string; readonly headers?: readonly unknown[] };
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
    readonly typed_per_filter_config?: Readonly<Record<string, unknown>>;
}

/** A cluster as a proxy holds it. */
export interface EnvoyCluster {
    readonly name: string;
    readonly circuit_breakers?: {
        readonly thresholds: readonly Readonly<Record<string, number>>[];
    };
    readonly outlier_detection?: Readonly<Record<string, string | number>>;
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
export interface EnvoySecret {
    /** `default` for the workload's own certificate, `ROOTCA` for what it trusts. */
    readonly name: string;
    readonly certificate: string;
}

/** A part of its configuration that a proxy refused. */
export interface RejectedConfig {
    readonly name: string;
    readonly details: string;
}

interface ErrorState {
    readonly error_state?: { readonly details?: string };
}

interface VirtualHost {
    readonly name: string;
    readonly routes?: readonly EnvoyRoute[];
}

interface Inline {
    readonly inline_bytes?: string;
}

interface ConfigDump {
    readonly configs: readonly {
        readonly dynamic_route_configs?: readonly (ErrorState & {
            readonly route_config?: {
                readonly name: string;
                readonly virtual_hosts?: readonly VirtualHost[];
            };
        })[];
        readonly dynamic_active_clusters?: readonly (ErrorState & {
            readonly cluster: EnvoyCluster;
        })[];
        readonly dynamic_warming_clusters?: readonly (ErrorState & {
            readonly cluster: EnvoyCluster;
        })[];
        readonly dynamic_listeners?: readonly (ErrorState & { readonly name: string })[];
        readonly dynamic_active_secrets?: readonly {
            readonly name: string;
            readonly secret: {
                readonly tls_certificate?: { readonly certificate_chain?: Inline };
                readonly validation_context?: { readonly trusted_ca?: Inline };
            };
        }[];
    }[];
}

/** What a proxy really does, whatever it was told. */
export interface Proxy {
    /** Name of its pod. */
    readonly pod: string;
    /** Routes towards a host as `<fqdn>:<port>`; none where the proxy does not know the host. */
    routes(host: string): readonly EnvoyRoute[];
    cluster(name: string): EnvoyCluster | undefined;
    readonly secrets: readonly EnvoySecret[];
    readonly rejected: readonly RejectedConfig[];
}

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
    if (pod?.metadata?.name === undefined) {
        throw new Error(`no pod of ${workload} runs`);
    }
    const { name, namespace = "" } = pod.metadata;
    const text = await execIn(kubeConfig, {
        namespace,
        pod: name,
        container: PROXY_CONTAINER,
        command: ["pilot-agent", "request", "GET", "config_dump"],
    });
    return readProxy(name, JSON.parse(text) as ConfigDump);
}

function readProxy(pod: string, { configs }: ConfigDump): Proxy {
    const routeConfigs = configs.flatMap((part) => part.dynamic_route_configs ?? []);
    const virtualHosts = routeConfigs.flatMap((part) => part.route_config?.virtual_hosts ?? []);
    const clusters = configs.flatMap((part) => part.dynamic_active_clusters ?? []);
    const warming = configs.flatMap((part) => part.dynamic_warming_clusters ?? []);
    const listeners = configs.flatMap((part) => part.dynamic_listeners ?? []);
    return {
        pod,
        routes: (host) =>
            virtualHosts.filter(({ name }) => name === host).flatMap(({ routes }) => routes ?? []),
        cluster: (wanted) => clusters.find(({ cluster }) => cluster.name === wanted)?.cluster,
        secrets: configs
            .flatMap((part) => part.dynamic_active_secrets ?? [])
            .map(({ name, secret }) => ({
                name,
                certificate: decode(
                    secret.tls_certificate?.certificate_chain ??
                        secret.validation_context?.trusted_ca,
                ),
            })),
        rejected: [
            ...routeConfigs.map((part) => ({ ...part, name: part.route_config?.name ?? "routes" })),
            ...[...clusters, ...warming].map((part) => ({ ...part, name: part.cluster.name })),
            ...listeners,
        ].flatMap(({ name, error_state: state }) =>
            state === undefined ? [] : [{ name, details: state.details ?? "" }],
        ),
    };
}

function decode(inline: Inline | undefined): string {
    return Buffer.from(inline?.inline_bytes ?? "", "base64").toString();
}
