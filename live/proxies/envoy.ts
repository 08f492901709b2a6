import type { KubeConfig } from "@kubernetes/client-node";
import { CoreV1Api } from "@kubernetes/client-node";
import type { MeshContext } from "#model/mesh.ts";
import { runningPods } from "../pods.ts";
import { askProxy } from "./admin.ts";
import type { ConfigDump } from "./envoy-dump.ts";
import { readProxy } from "./envoy-dump.ts";
import type { Proxy } from "./envoy-types.ts";

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
    const text = await askProxy(kubeConfig, { namespace, pod: name }, "config_dump");
    return readProxy(name, JSON.parse(text) as ConfigDump);
}
