import type { LiveObject } from "#live/kubernetes/objects.ts";
import { ClusterObjects, RefusedError } from "#live/kubernetes/objects.ts";
import { API_VERSIONS } from "#model/istio-kinds.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import type { LiveMesh } from "../live-mesh.ts";
import { oncePerMoment, oncePerRun } from "../live-mesh.ts";
import { differences } from "./own-objects.ts";
import { isEnding, temporaryObjects } from "./temporary.ts";

/** How long an answer about what runs for a time serves whoever asks again, in milliseconds. */
const FRESH = 900;

/** Every object that should be in the cluster now: the program's, and those of experiments and rehearsals that run. */
export const expectedObjects = oncePerRun(expectedObjectsNow);

/** The same, with what runs by now. */
export async function expectedObjectsNow(live: LiveMesh): Promise<readonly DeclaredObject[]> {
    const [{ objects }, temporary] = await Promise.all([live.mesh.objects(), runningNow(live)]);
    return [...objects, ...temporary];
}

const runningNow = oncePerMoment(FRESH, readRunning);

/** What the timers call for and is there as they call for it. */
async function readRunning({ kubeConfig, mesh }: LiveMesh): Promise<readonly DeclaredObject[]> {
    const cluster = new ClusterObjects(kubeConfig);
    const found = await Promise.all(
        temporaryObjects(await timers(cluster, mesh.context.namespace), mesh).map(
            async (object) => {
                const live = await cluster.read(object);
                return live !== undefined && differences(object, live).length === 0 ? [object] : [];
            },
        ),
    );
    return found.flat();
}

/** Whether the cluster is about to remove what was made for a time, so that proxies still know it. */
export async function somethingEnds({ kubeConfig, mesh }: LiveMesh): Promise<boolean> {
    const cluster = new ClusterObjects(kubeConfig);
    const { namespace } = mesh.context;
    const [jobs, ...objects] = await Promise.all([
        timers(cluster, namespace),
        ...Object.entries(API_VERSIONS).map(([kind, apiVersion]) =>
            cluster.list(apiVersion, kind, namespace),
        ),
    ]);
    return objects.flat().some((object) => isEnding(object, jobs));
}

async function timers(cluster: ClusterObjects, namespace: string): Promise<readonly LiveObject[]> {
    try {
        return await cluster.list("batch/v1", "Job", namespace);
    } catch (error) {
        // Then nothing that runs for a time is known; `preflight/permissions` says what is missing.
        if (error instanceof RefusedError && error.code === 403) {
            return [];
        }
        throw error;
    }
}
