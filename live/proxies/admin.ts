import type { KubeConfig } from "@kubernetes/client-node";
import { PROXY_CONTAINER } from "#model/platform-names.ts";
import { execIn } from "../kubernetes/exec.ts";
import type { PodName } from "../pods.ts";

/**
 * What a pod's proxy answers at its admin address, which listens inside the pod alone.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/operations/admin
 *
 * @param path with its query, without the first slash
 * @throws Error when it cannot be asked
 */
export function askProxy(
    kubeConfig: KubeConfig,
    { namespace, name: pod }: PodName,
    path: string,
): Promise<string> {
    const command = ["pilot-agent", "request", "GET", path];
    return execIn(kubeConfig, { namespace, pod, container: PROXY_CONTAINER, command });
}
