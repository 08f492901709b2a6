import { DeployError } from "../types.ts";
import { listAt, stringAt } from "./json.ts";
import type { KubeClient } from "./kube-client.ts";
import { NoKindError } from "./kube-client.ts";
import { KubeError } from "./kube-transport.ts";
import { isTransient, pause, retry } from "./retry.ts";

const REMOVAL_TIMEOUT_MS = 5 * 60_000;
const POLL_MS = 300;

interface Reference {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
}

/**
 * Deletes an object together with what it owns. What is already gone, or whose kind is gone, counts as deleted.
 *
 * @throws DeployError when it is still there after five minutes, with what holds it.
 */
export async function deleteObject(
    context: { readonly client: KubeClient; readonly signal?: AbortSignal },
    reference: Reference,
    options: { readonly wait: boolean; readonly timeoutMs?: number },
): Promise<void> {
    const { client, signal } = context;
    const { apiVersion, kind, namespace, name } = reference;
    const patiently = {
        signal,
        isTransient: (error: unknown) => !isGone(error) && isTransient(error),
    };
    try {
        await retry(async () => {
            const path = await client.path(apiVersion, kind, namespace, name);
            const body = {
                apiVersion: "v1",
                kind: "DeleteOptions",
                propagationPolicy: "Foreground",
            };
            await client.request({ method: "DELETE", path, body, signal });
        }, patiently);
    } catch (error) {
        if (isGone(error)) return;
        throw error;
    }
    if (!options.wait) return;
    const deadline = Date.now() + (options.timeoutMs ?? REMOVAL_TIMEOUT_MS);
    for (;;) {
        const live = await retry(() => client.get(reference, signal), patiently).catch(
            (error: unknown) => {
                if (isGone(error)) return undefined;
                throw error;
            },
        );
        if (live === undefined) return;
        if (Date.now() > deadline) {
            throw new DeployError(`${kind} ${name} was deleted but does not go: ${holders(live)}`);
        }
        await pause(POLL_MS, signal);
    }
}

/** A kind goes with its CustomResourceDefinition, and every object of it with the kind. */
function isGone(error: unknown): boolean {
    return error instanceof NoKindError || (error instanceof KubeError && error.status === 404);
}

function holders(live: unknown): string {
    const finalizers = [
        ...listAt(live, "metadata", "finalizers"),
        ...listAt(live, "spec", "finalizers"),
    ].filter((finalizer) => typeof finalizer === "string");
    const remaining = listAt(live, "status", "conditions")
        .filter((entry) => stringAt(entry, "status") === "True")
        .map((entry) => stringAt(entry, "message"))
        .filter((message) => message !== undefined);
    const parts = [
        ...(finalizers.length > 0 ? [`finalizers ${finalizers.join(", ")}`] : []),
        ...remaining,
    ];
    return parts.length > 0 ? parts.join("; ") : "nothing says why";
}
