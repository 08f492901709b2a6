import type { KubeConfig } from "@kubernetes/client-node";
import { ApiException, KubernetesObjectApi } from "@kubernetes/client-node";
import type { LiveObject, ObjectRef } from "./mutation.ts";

/** The objects of a cluster, whatever their kind. */
export interface Objects {
    /** @returns `undefined` where there is no such object */
    read(ref: ObjectRef): Promise<LiveObject | undefined>;
    create(object: LiveObject): Promise<LiveObject>;
    /** Puts an object in the place of its namesake, provided that this is still of the same resource version. */
    replace(object: LiveObject): Promise<LiveObject>;
    /** Does nothing where there is no such object. */
    remove(ref: ObjectRef): Promise<void>;
}

/** The objects of a real cluster. */
export function objectsOf(kubeConfig: KubeConfig): Objects {
    const api = KubernetesObjectApi.makeApiClient(kubeConfig);
    return {
        read: (ref) => orAbsent(api.read<LiveObject>(ref)),
        create: (object) => api.create(object),
        replace: (object) => api.replace(object),
        remove: async (ref) => {
            // Without a grace period: a pod would stay, and be seen, for its whole one.
            await orAbsent(api.delete(ref, undefined, undefined, 0));
        },
    };
}

/** Whether the API server refused for this reason. */
export function isRefusal(error: unknown, code: number): boolean {
    return error instanceof ApiException && error.code === code;
}

async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
        return await answer;
    } catch (error) {
        if (isRefusal(error, 404)) {
            return undefined;
        }
        throw error;
    }
}

export function refOf({ apiVersion, kind, metadata }: ObjectRef): ObjectRef {
    const { name, namespace } = metadata;
    return {
        apiVersion,
        kind,
        metadata: { name, ...(namespace !== undefined && { namespace }) },
    };
}

/** An object in one phrase: `VirtualService a4co/order-service`. */
export function describeObject({ kind, metadata: { name, namespace } }: ObjectRef): string {
    return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
