import { DeployError } from "../types.ts";
import { awaitReady } from "./await.ts";
import type { InventoryEntry, ObjectSubject } from "./inventory-entry.ts";
import { subjectKey } from "./inventory-entry.ts";
import type { JsonObject } from "./json.ts";
import { canonical, hashOf, isObject, stringAt } from "./json.ts";
import type { KubeObject } from "./kube-client.ts";
import { asObject } from "./kube-client.ts";
import { KubeError } from "./kube-transport.ts";
import { automaticName, keepIgnored } from "./naming.ts";
import { deleteObject } from "./remove-object.ts";
import type { Applied, ApplyContext, ResourceRequest } from "./resource.ts";
import { retry } from "./retry.ts";

/** Owner of the fields that server-side apply sets. */
export const FIELD_MANAGER = "a4co-mesh";

/** How long an object may take to become ready unless its `customTimeouts` or annotation say otherwise: Pulumi's own. */
const READY_TIMEOUT_MS = 10 * 60_000;

/** Kinds that hold data or other objects: never deleted to get past an immutable field. */
const NEVER_REPLACED = new Set([
    "Namespace",
    "CustomResourceDefinition",
    "PersistentVolumeClaim",
    "PersistentVolume",
]);

/** Whether a resource is an object of the Kubernetes API, going by its inputs. */
export function isKubernetesObject(request: Pick<ResourceRequest, "type" | "inputs">): boolean {
    const { apiVersion, kind } = request.inputs;
    return (
        request.type.startsWith("kubernetes:") &&
        typeof apiVersion === "string" &&
        typeof kind === "string" &&
        request.type.endsWith(`:${kind}`) &&
        !kind.endsWith("List")
    );
}

/** Makes the cluster's object what the program says, waits until it is ready and tells what that took. */
export async function applyObject(
    context: ApplyContext,
    request: ResourceRequest,
): Promise<Applied> {
    const { client, inventory, signal } = context;
    const waiting = (reason: string): void => {
        context.report(`${request.type} ${request.name}: trying again, ${reason}`);
    };
    const patiently = <T>(call: () => Promise<T>): Promise<T> =>
        retry(call, { signal, onRetry: waiting });

    const desired = desiredObject(context, request);
    const { apiVersion, kind } = desired;
    const namespaced = await patiently(() => client.isNamespaced(apiVersion, kind));
    if (namespaced) desired.metadata.namespace ??= request.defaultNamespace;
    else delete desired.metadata.namespace;

    const { name, namespace } = desired.metadata;
    const subject: ObjectSubject = {
        is: "object",
        apiVersion,
        kind,
        name,
        ...(namespace === undefined ? {} : { namespace }),
    };
    const key = subjectKey({ subject, urn: request.urn });
    context.claim(key, request.urn);
    const recorded = inventory.find(key);
    const entry: InventoryEntry = {
        urn: request.urn,
        type: request.type,
        name: request.name,
        hash: hashOf(request.inputs),
        dependencies: [...request.dependencies].sort(),
        ...(request.protect ? { protect: true } : {}),
        ...(request.retainOnDelete ? { retainOnDelete: true } : {}),
        subject,
    };
    if (recorded === undefined) await inventory.put({ ...entry, hash: "" });

    const before = await liveObject(context, subject);
    if (before !== undefined) keepIgnored(desired, before, request.ignoreChanges);
    const after = await patiently(() => serverSideApply(context, desired)).catch((error: unknown) =>
        replaceIfImmutable(context, desired, error),
    );
    const action =
        before === undefined
            ? "created"
            : comparable(before) === comparable(after) &&
                (recorded?.hash || entry.hash) === entry.hash
              ? "unchanged"
              : "changed";

    const asked = action === "created" ? request.timeouts.create : request.timeouts.update;
    const ready = await awaitReady(client, after, {
        signal,
        timeoutMs: asked ?? annotatedTimeout(desired) ?? READY_TIMEOUT_MS,
        report: (why) => {
            context.report(`${request.type} ${request.name}: waiting, ${why}`);
        },
    });
    await inventory.put(entry);
    return {
        id: namespace === undefined ? name : `${namespace}/${name}`,
        state: JSON.parse(JSON.stringify(ready)) as JsonObject,
        action,
    };
}

/** The object to apply: the inputs with a name, without what only the server writes. */
function desiredObject(context: ApplyContext, request: ResourceRequest): KubeObject & JsonObject {
    const copy = structuredClone(request.inputs);
    const metadata = isObject(copy["metadata"]) ? copy["metadata"] : {};
    metadata["name"] ??= automaticName(context.inventory, request);
    delete metadata["managedFields"];
    delete metadata["resourceVersion"];
    return asObject({ ...copy, metadata }) as KubeObject & JsonObject;
}

/** What is in the cluster now. An object on its way out is waited for: applying to it would be lost with it. */
async function liveObject(
    context: ApplyContext,
    subject: ObjectSubject,
): Promise<KubeObject | undefined> {
    const { client, signal } = context;
    const live = await retry(() => client.get(subject, signal), { signal });
    if (live?.metadata["deletionTimestamp"] === undefined) return live;
    context.report(`${subject.kind} ${subject.name} is still being removed; waiting for its end`);
    await deleteObject(context, subject, { wait: true });
    return undefined;
}

async function serverSideApply(context: ApplyContext, object: KubeObject): Promise<KubeObject> {
    const { client, signal } = context;
    const { apiVersion, kind, metadata } = object;
    const { body, warnings } = await client.request({
        method: "PATCH",
        path: await client.path(apiVersion, kind, metadata.namespace, metadata.name),
        query: { fieldManager: FIELD_MANAGER, force: "true", fieldValidation: "Warn" },
        contentType: "application/apply-patch+yaml",
        body: object,
        signal,
    });
    for (const warning of warnings) context.report(`${kind} ${metadata.name}: ${warning}`);
    return asObject(body);
}

/** An immutable field can only change with a new object; Pulumi replaces it as well. */
async function replaceIfImmutable(
    context: ApplyContext,
    object: KubeObject,
    error: unknown,
): Promise<KubeObject> {
    const { apiVersion, kind, metadata } = object;
    const immutable =
        error instanceof KubeError &&
        error.status === 422 &&
        /immutable|may not change/.test(error.message);
    if (!immutable) throw error;
    if (NEVER_REPLACED.has(kind)) {
        throw new DeployError(
            `${error.message} (a ${kind} is not replaced, because what it holds would be lost; ` +
                `change it by hand or give it another name)`,
        );
    }
    const { name, namespace } = metadata;
    context.report(`${kind} ${name}: replacing, because an immutable field changes`);
    const subject = { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
    await deleteObject(context, subject, { wait: true });
    return retry(() => serverSideApply(context, object), { signal: context.signal });
}

/** An object without what the server and its controllers write: equal texts mean that applying changed nothing. */
function comparable(object: KubeObject): string {
    const written = new Set(["managedFields", "resourceVersion", "generation"]);
    const metadata = Object.entries(object.metadata).filter(([key]) => !written.has(key));
    const rest = Object.entries(object).filter(([key]) => key !== "status" && key !== "metadata");
    return canonical({ ...Object.fromEntries(rest), metadata: Object.fromEntries(metadata) });
}

function annotatedTimeout(object: KubeObject): number | undefined {
    const seconds = Number(
        stringAt(object, "metadata", "annotations", "pulumi.com/timeoutSeconds"),
    );
    return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}
