import { hostname } from "node:os";
import type { KubeConfig } from "@kubernetes/client-node";
import { AppsV1Api, BatchV1Api, CoreV1Api, KubernetesObjectApi } from "@kubernetes/client-node";
import { EnvironmentError } from "#errors.ts";
import { rehearsalName } from "#model/mesh.ts";
import { askUntil } from "#wait.ts";
import { reasonOf } from "../kubernetes/errors.ts";
import { startTimer, stopTimers } from "../kubernetes/timer.ts";
import type { RehearsalOptions } from "./objects.ts";
import { podsNote, REHEARSAL_LABEL, rehearsalObjects } from "./objects.ts";

/** Annotation of its timer: the machine and the process that made it. */
const PROCESS_ANNOTATION = "mesh-rehearsal-process";

const READY_SECONDS = 90;

/** A rehearsal on a cluster, with its end. */
export interface RehearsalSessionOptions extends RehearsalOptions {
    readonly kubeConfig: KubeConfig;
    /** Whole seconds after which the cluster removes it, whatever became of this process. */
    readonly lifetimeSeconds: number;
    readonly signal?: AbortSignal;
}

/** A rehearsal that runs. */
export interface Rehearsal {
    /** Name of its Service and value of its pods' `app` label. */
    readonly name: string;
    /** Removes it and waits until its pods are gone. */
    close(): Promise<void>;
}

/**
 * Makes a rehearsal and waits until all its pods are ready. One that is left from an interrupted run is removed first.
 *
 * @throws EnvironmentError while another process of this machine uses it; Error naming the Deployment that is not ready
 * in time
 */
export async function startRehearsal(options: RehearsalSessionOptions): Promise<Rehearsal> {
    const { kubeConfig, context, signal } = options;
    const { namespace } = context;
    const name = rehearsalName(options.service.name);
    const batch = kubeConfig.makeApiClient(BatchV1Api);
    const core = kubeConfig.makeApiClient(CoreV1Api);
    const objects = KubernetesObjectApi.makeApiClient(kubeConfig);
    const close = async (): Promise<void> => {
        await stopTimers(batch, namespace, `${REHEARSAL_LABEL}=${name}`);
        await until(`the pods of ${name} are gone`, signal, async () => {
            const { items } = await core.listNamespacedPod({
                namespace,
                labelSelector: `app=${name}`,
            });
            return items.length === 0;
        });
    };
    await assertFree(batch, namespace, name);
    await close();
    const owner = await startTimer(batch, {
        namespace,
        name,
        labels: { [REHEARSAL_LABEL]: name },
        annotations: {
            [PROCESS_ANNOTATION]: `${hostname()}/${process.pid}`,
            ...podsNote(options),
        },
        seconds: options.lifetimeSeconds,
    });
    try {
        for (const object of rehearsalObjects(options, owner)) {
            await objects.create(object).catch((error: unknown) => {
                throw new Error(`${object.kind ?? ""} ${name}: ${reasonOf(error)}`);
            });
        }
        const apps = kubeConfig.makeApiClient(AppsV1Api);
        for (const { name: group, replicas } of options.groups) {
            await until(`${name}-${group} is ready`, signal, async () => {
                const { status } = await apps.readNamespacedDeployment({
                    namespace,
                    name: `${name}-${group}`,
                });
                return (status?.readyReplicas ?? 0) === replicas;
            });
        }
    } catch (error) {
        await stopTimers(batch, namespace, `${REHEARSAL_LABEL}=${name}`);
        throw error;
    }
    return { name, close };
}

/** Two rehearsals of one service would take each other's pods away. */
async function assertFree(batch: BatchV1Api, namespace: string, name: string): Promise<void> {
    const { items } = await batch.listNamespacedJob({
        namespace,
        labelSelector: `${REHEARSAL_LABEL}=${name}`,
    });
    for (const { metadata } of items) {
        const [host, id] = metadata?.annotations?.[PROCESS_ANNOTATION]?.split("/") ?? [];
        if (host === hostname() && Number(id) !== process.pid && isAlive(Number(id))) {
            throw new EnvironmentError(
                `${name} is in use by another command (process ${id ?? ""}); wait until it has ended.`,
            );
        }
    }
}

function isAlive(id: number): boolean {
    try {
        // Signal 0 only asks.
        return process.kill(id, 0);
    } catch (error) {
        return error instanceof Error && "code" in error && error.code === "EPERM";
    }
}

async function until(
    what: string,
    signal: AbortSignal | undefined,
    holds: () => Promise<boolean>,
): Promise<void> {
    const patience = { milliseconds: READY_SECONDS * 1000, pause: 500, signal };
    if (!(await askUntil(holds, (held) => held, patience))) {
        throw new Error(`${what}: not within ${READY_SECONDS} s`);
    }
}
