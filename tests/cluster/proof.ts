import { BatchV1Api } from "@kubernetes/client-node";
import type { LiveObject, ObjectRef } from "#live/kubernetes/objects.ts";
import { ClusterObjects, describeObject, refOf } from "#live/kubernetes/objects.ts";
import { LABEL } from "#live/probes/pod.ts";
import { mutationsOf } from "#prove/mutations/index.ts";
import { declaredMesh } from "#stack/declared-mesh.ts";
import { renderStack } from "../render/render.ts";
import { programObjects } from "./objects.ts";
import { context, kubeConfig } from "./support.ts";

/**
 * Everything that a mutation changes or the program makes, with all that the API server does not count by itself.
 *
 * @param options whether who wrote which field belongs to it. Default: it does
 */
export async function objectsNow({ writers = true } = {}): Promise<
    Readonly<Record<string, unknown>>
> {
    const declared = await declaredMesh({}, true);
    const refs = [
        ...mutationsOf(declared.mesh).flatMap(({ changes }) =>
            changes.map(({ object }): ObjectRef => refOf(object)),
        ),
        ...programObjects(await renderStack("local")),
    ];
    const objects = new ClusterObjects(kubeConfig());
    const found = refs.map(async (ref): Promise<[string, unknown]> => [
        describeObject(ref),
        contentOf(await objects.read(ref), writers),
    ]);
    return Object.fromEntries<unknown>(await Promise.all(found));
}

function contentOf(object: LiveObject | undefined, writers: boolean): unknown {
    return (
        object && {
            ...object,
            status: undefined,
            metadata: {
                ...object.metadata,
                // An object that was taken away and made again is another one with the same content.
                uid: undefined,
                creationTimestamp: undefined,
                resourceVersion: undefined,
                generation: undefined,
                managedFields: (writers ? object.metadata.managedFields : undefined)
                    // A status is its controller's, which writes when it likes.
                    ?.filter(({ subresource }) => subresource === undefined)
                    .map(({ manager, operation, fieldsV1: fields }) => ({
                        manager,
                        operation,
                        fields,
                    })),
            },
        }
    );
}

/** What a killed command leaves goes by itself, but later than the next tests begin. */
export async function removeProbes(): Promise<void> {
    const batch = kubeConfig().makeApiClient(BatchV1Api);
    await Promise.all(
        [context.namespace, context.controlPlaneNamespace].map((namespace) =>
            batch.deleteCollectionNamespacedJob({
                namespace,
                labelSelector: LABEL,
                propagationPolicy: "Foreground",
            }),
        ),
    );
}
