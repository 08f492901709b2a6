import type { CoreV1Api } from "@kubernetes/client-node";
import { EnvironmentError } from "#errors.ts";
import { askUntil } from "#wait.ts";

/** A cluster that was started a moment ago may need some seconds to answer. */
const REACH_LIMIT_MS = 20_000;

/**
 * What tells one cluster from another, also from one that had its address before: the uid of `kube-system`.
 *
 * @throws EnvironmentError when it does not answer
 */
export async function clusterIdentity(core: CoreV1Api, kubeconfig: string): Promise<string> {
    const answer = await askUntil(
        async () => {
            try {
                const { metadata } = await core.readNamespace({ name: "kube-system" });
                return { uid: metadata?.uid, reason: "its namespace kube-system has no uid" };
            } catch (error) {
                return { reason: error instanceof Error ? error.message : String(error) };
            }
        },
        ({ uid }) => uid !== undefined,
        { milliseconds: REACH_LIMIT_MS, pause: 250 },
    );
    if (answer.uid === undefined) {
        throw new EnvironmentError(
            `The cluster of ${kubeconfig} does not answer: ${answer.reason}`,
        );
    }
    return answer.uid;
}
