import type { V1OwnerReference } from "@kubernetes/client-node";
import { experimentObjects, experimentOf } from "#live/chaos.ts";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import { timerReference } from "#live/kubernetes/timer.ts";
import { isProbePod } from "#live/probes/pod.ts";
import type { SpecifiedObject } from "#live/rehearsal/objects.ts";
import { notedPods, REHEARSAL_LABEL, rehearsalObjects } from "#live/rehearsal/objects.ts";
import { rehearsalName } from "#model/mesh.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";

/**
 * What `mesh chaos` and `mesh load` make for the timers that run now, derived as they derive it. What carries their
 * labels alone, or an owner alone, is not among it. Neither command does anything in production.
 *
 * @param jobs of the mesh's namespaces
 */
export function temporaryObjects(
    jobs: readonly LiveObject[],
    mesh: Pick<DeclaredMesh, "catalog" | "config" | "context">,
): readonly DeclaredObject[] {
    return mesh.config.environment === "prod"
        ? []
        : jobs
              .filter(isTimer)
              .filter(({ metadata }) => metadata.namespace === mesh.context.namespace)
              .flatMap((job) => [...experiment(job, mesh), ...rehearsal(job, mesh)])
              .map((object) => JSON.parse(JSON.stringify(object)) as DeclaredObject);
}

/** Whether a pod is a probe's, with the timer that ends it. */
export function isProbe(pod: LiveObject, jobs: readonly LiveObject[]): boolean {
    const owners = ownersOf(pod);
    const timer = jobs
        .filter(isTimer)
        .find(({ metadata }) => owners.some(({ uid }) => uid === metadata.uid));
    return (
        timer !== undefined &&
        timer.metadata.namespace === pod.metadata.namespace &&
        isProbePod(pod, timer.metadata.name)
    );
}

/**
 * Whether the cluster itself is about to remove an object: the Jobs that own it are gone. What is made for a time
 * outlives its timer so by some seconds.
 */
export function isEnding(object: LiveObject, jobs: readonly LiveObject[]): boolean {
    const owners = ownersOf(object);
    return (
        owners.length > 0 &&
        owners.every(
            ({ kind, uid }) => kind === "Job" && !jobs.some(({ metadata }) => metadata.uid === uid),
        )
    );
}

/** Who owns an object, by its own word. */
export function ownersOf({ metadata }: LiveObject): readonly V1OwnerReference[] {
    return (metadata["ownerReferences"] ?? []) as readonly V1OwnerReference[];
}

/** A Job that never starts a pod. */
function isTimer({ kind, spec }: LiveObject): boolean {
    return kind === "Job" && (spec as { readonly parallelism?: number }).parallelism === 0;
}

type Mesh = Parameters<typeof temporaryObjects>[1];

function experiment(
    { metadata }: LiveObject,
    { catalog, context }: Mesh,
): readonly SpecifiedObject[] {
    const found = experimentOf(
        {
            name: metadata.name,
            labels: metadata.labels ?? {},
            annotations: annotationsOf(metadata),
        },
        catalog,
    );
    return found === undefined ? [] : experimentObjects(found, context, timerReference(metadata));
}

function rehearsal(
    { metadata }: LiveObject,
    { catalog, config, context }: Mesh,
): readonly SpecifiedObject[] {
    const { name } = metadata;
    const service = catalog.services.find((each) => rehearsalName(each.name) === name);
    const pods = notedPods(annotationsOf(metadata));
    if (
        service === undefined ||
        pods === undefined ||
        metadata.labels?.[REHEARSAL_LABEL] !== name
    ) {
        return [];
    }
    const images = [
        service.image,
        config.serviceImages[service.name],
        ...service.versions.map(({ image }) => image),
    ];
    return images.includes(pods.image)
        ? rehearsalObjects(
              { service, catalog, context, ...pods, breaker: true },
              timerReference(metadata),
          )
        : [];
}

/** The annotations of an object. */
export function annotationsOf(metadata: LiveObject["metadata"]): Readonly<Record<string, string>> {
    return (metadata["annotations"] ?? {}) as Readonly<Record<string, string>>;
}
