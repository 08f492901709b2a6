import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { Exec } from "@kubernetes/client-node";
import { context, coreApi, kubeConfig } from "./support.ts";

/** A route as a proxy holds it, in Envoy's own words. */
export interface EnvoyRoute {
    readonly name?: string;
    readonly match: { readonly prefix?: string; readonly headers?: readonly unknown[] };
    readonly route?: {
        readonly cluster: string;
        readonly timeout?: string;
        readonly retry_policy?: {
            readonly retry_on?: string;
            readonly num_retries?: number;
            readonly per_try_timeout?: string;
        };
    };
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

interface ConfigDump {
    readonly configs: readonly {
        readonly dynamic_route_configs?: readonly {
            readonly route_config: {
                readonly name: string;
                readonly virtual_hosts: readonly {
                    readonly name: string;
                    readonly routes: readonly EnvoyRoute[];
                }[];
            };
        }[];
        readonly dynamic_active_clusters?: readonly { readonly cluster: EnvoyCluster }[];
    }[];
}

/** What a proxy really does, whatever it was told. */
export interface ProxyConfig {
    /** Routes towards a host as `<fqdn>:<port>`. */
    routes(host: string): readonly EnvoyRoute[];
    cluster(name: string): EnvoyCluster;
}

/** Asks the proxy of a workload for its effective configuration. */
export async function proxyOf(workload: string): Promise<ProxyConfig> {
    const { namespace } = context;
    const { items } = await coreApi().listNamespacedPod({
        namespace,
        labelSelector: `app=${workload}`,
        fieldSelector: "status.phase=Running",
    });
    const pod = items[0]?.metadata?.name;
    assert.ok(pod, `no pod of ${workload} runs`);
    const dump = JSON.parse(await execInProxy(pod, "request", "GET", "config_dump")) as ConfigDump;
    return {
        routes: (host) => {
            const found = dump.configs
                .flatMap((part) => part.dynamic_route_configs ?? [])
                .flatMap((part) => part.route_config.virtual_hosts)
                .filter(({ name }) => name === host);
            assert.equal(found.length, 1, `${workload} has ${found.length} virtual hosts ${host}`);
            return found.flatMap(({ routes }) => routes);
        },
        cluster: (wanted) => {
            const found = dump.configs
                .flatMap((part) => part.dynamic_active_clusters ?? [])
                .find(({ cluster }) => cluster.name === wanted);
            assert.ok(found, `${workload} has no cluster ${wanted}`);
            return found.cluster;
        },
    };
}

async function execInProxy(pod: string, ...words: readonly string[]): Promise<string> {
    const [chunks, errors]: [Buffer[], Buffer[]] = [[], []];
    const stdout = new PassThrough().on("data", (chunk: Buffer) => chunks.push(chunk));
    const stderr = new PassThrough().on("data", (chunk: Buffer) => errors.push(chunk));
    await new Promise<void>((resolve, reject) => {
        new Exec(kubeConfig())
            .exec(
                context.namespace,
                pod,
                "istio-proxy",
                ["pilot-agent", ...words],
                stdout,
                stderr,
                null,
                false,
                ({ status, message }) => {
                    if (status === "Success") {
                        resolve();
                    } else {
                        reject(new Error(`${message ?? ""} ${Buffer.concat(errors).toString()}`));
                    }
                },
            )
            .catch(reject);
    });
    return Buffer.concat(chunks).toString();
}
