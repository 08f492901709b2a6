import type { BatchV1Api, V1OwnerReference } from "@kubernetes/client-node";

/** A timer that the cluster itself runs. */
export interface TimerOptions {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    /** Default: none. */
    readonly annotations?: Readonly<Record<string, string>>;
    /** Whole seconds after which everything it owns is deleted. */
    readonly seconds: number;
}

/**
 * Starts a timer: a Job that never starts a pod and needs neither image nor rights. When its deadline passes, the
 * cluster deletes it and with it everything that names it as its owner, whatever became of this process. Deleting the
 * Job does the same at once.
 *
 * @returns the reference for objects in the same namespace
 */
export async function startTimer(
    batch: BatchV1Api,
    { namespace, name, labels, annotations, seconds }: TimerOptions,
): Promise<V1OwnerReference> {
    const { metadata } = await batch.createNamespacedJob({
        namespace,
        body: {
            metadata: {
                name,
                labels: { ...labels },
                ...(annotations && { annotations: { ...annotations } }),
            },
            spec: {
                parallelism: 0,
                activeDeadlineSeconds: seconds,
                ttlSecondsAfterFinished: 0,
                template: {
                    spec: {
                        restartPolicy: "Never",
                        containers: [{ name: "none", image: "unused.invalid/none:0" }],
                    },
                },
            },
        },
    });
    return { apiVersion: "batch/v1", kind: "Job", name, uid: metadata?.uid ?? "" };
}

/** Deletes timers by their label, and with them everything they own. */
export async function stopTimers(
    batch: BatchV1Api,
    namespace: string,
    labelSelector: string,
): Promise<void> {
    await batch.deleteCollectionNamespacedJob({
        namespace,
        labelSelector,
        propagationPolicy: "Background",
    });
}
