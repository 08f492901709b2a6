import type { KubeConfig, KubernetesObject } from "@kubernetes/client-node";
import {
    ApiException,
    CoreV1Api,
    KubernetesObjectApi,
    PatchStrategy,
} from "@kubernetes/client-node";

import type { LiveObject } from "./managed-fields.ts";

/** What names an object. */
export type ObjectName = Pick<LiveObject, "apiVersion" | "kind"> & {
    readonly metadata: Pick<LiveObject["metadata"], "name" | "namespace">;
};

/** Writes as this in a trial, which leaves nothing behind. */
const TRIAL_MANAGER = "a4co-mesh-comparison";

/** The objects of a cluster, whatever their kind. */
export class ClusterObjects {
    readonly core: CoreV1Api;
    readonly #api: KubernetesObjectApi;

    constructor(kubeConfig: KubeConfig) {
        this.core = kubeConfig.makeApiClient(CoreV1Api);
        this.#api = KubernetesObjectApi.makeApiClient(kubeConfig);
    }

    /** @returns undefined where there is no such object, or no such kind */
    read(name: ObjectName): Promise<LiveObject | undefined> {
        return orAbsent(this.#api.read(refOf(name)).then(asLive));
    }

    /** All objects of a kind in a namespace. */
    async list(apiVersion: string, kind: string, namespace: string): Promise<LiveObject[]> {
        const found = await orAbsent(this.#api.list(apiVersion, kind, namespace));
        return (found?.items ?? []).map((item) => ({ ...asLive(item), apiVersion, kind }));
    }

    /** Puts an object in the place of its namesake, provided that this is still of the same resource version. */
    async replace(object: LiveObject): Promise<void> {
        await this.#api.replace(object as KubernetesObject);
    }

    /** What the API server would make of an object if it were applied; nothing is changed. */
    async applied(object: LiveObject, manager = TRIAL_MANAGER, dryRun = true): Promise<LiveObject> {
        return asLive(
            await this.#api.patch(
                object as KubernetesObject,
                undefined,
                dryRun ? "All" : undefined,
                manager,
                true,
                PatchStrategy.ServerSideApply,
            ),
        );
    }

    async remove(name: ObjectName): Promise<void> {
        await orAbsent(this.#api.delete(refOf(name)));
    }
}

function refOf({ apiVersion, kind, metadata: { name, namespace } }: ObjectName): {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace: string };
} {
    // Objects without a namespace have no use for one.
    return { apiVersion, kind, metadata: { name, namespace: namespace ?? "default" } };
}

function asLive(object: KubernetesObject): LiveObject {
    return object as LiveObject;
}

async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
        return await answer;
    } catch (error) {
        const absent =
            (error instanceof ApiException && error.code === 404) ||
            (error instanceof Error && error.message.startsWith("Unrecognized API version"));
        if (absent) return undefined;
        throw error;
    }
}

/** An object in one phrase: `VirtualService a4co/order-service`. */
export function describeObject({ kind, metadata: { name, namespace } }: ObjectName): string {
    return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
