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
 * A timer: a Job that never starts a pod and needs neither image nor rights. When its deadline passes, the cluster
 * deletes it and with it everything that names it as its owner, whatever became of this process. Deleting the Job does
 * the same at once.
 */
export function timerJob({ namespace, name, labels, annotations, seconds }: TimerOptions) {
    return {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: {
            name,
            namespace,
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
    };
}

/** What objects in the timer's namespace name as their owner. */
export function timerReference({
    name = "",
    uid = "",
}: {
    readonly name?: string | undefined;
    readonly uid?: string | undefined;
}): V1OwnerReference {
    return { apiVersion: "batch/v1", kind: "Job", name, uid };
}

/**
 * Starts a {@link timerJob}.
 *
 * @returns the reference for objects in the same namespace
 */
export async function startTimer(
    batch: BatchV1Api,
    options: TimerOptions,
): Promise<V1OwnerReference> {
    const { namespace } = options;
    const { metadata } = await batch.createNamespacedJob({ namespace, body: timerJob(options) });
    return timerReference(metadata ?? {});
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
