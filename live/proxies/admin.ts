import type { KubeConfig } from "@kubernetes/client-node";
import pLimit from "p-limit";
import { PROXY_CONTAINER } from "#model/platform-names.ts";
import { execIn } from "../kubernetes/exec.ts";
import type { PodName } from "../pods.ts";

/** Proxies that are asked at a time: each question is a connection through the API server and a process in the pod. */
const atATime = pLimit(16);

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
    return atATime(() =>
        execIn(kubeConfig, { namespace, pod, container: PROXY_CONTAINER, command }),
    );
}
