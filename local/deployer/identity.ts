import { setTimeout as sleep } from "node:timers/promises";
import type { CoreV1Api } from "@kubernetes/client-node";
import { EnvironmentError } from "#errors.ts";

/** A cluster that was started a moment ago may need some seconds to answer. */
const REACH_LIMIT_MS = 20_000;

/**
 * What tells one cluster from another, also from one that had its address before: the uid of `kube-system`.
 *
 * @throws EnvironmentError when it does not answer
 */
export async function clusterIdentity(core: CoreV1Api, kubeconfig: string): Promise<string> {
    const deadline = Date.now() + REACH_LIMIT_MS;
    for (;;) {
        try {
            const { metadata } = await core.readNamespace({ name: "kube-system" });
            if (metadata?.uid !== undefined) {
                return metadata.uid;
            }
        } catch (error) {
            if (Date.now() > deadline) {
                const reason = error instanceof Error ? error.message : String(error);
                throw new EnvironmentError(
                    `The cluster of ${kubeconfig} does not answer: ${reason}`,
                );
            }
        }
        await sleep(250);
    }
}
