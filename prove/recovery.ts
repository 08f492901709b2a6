import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { readIfPresent, writeIfChanged } from "#files.ts";
import { STATE_DIR } from "#local/node/layout.ts";
import type { Change, LiveObject, ObjectRef } from "./mutation.ts";
import type { Objects } from "./objects.ts";
import { describeObject, isRefusal, refOf } from "./objects.ts";

/** Where it is written what must be put back; it goes with the cluster. */
export const RECOVERY_FILE = `${STATE_DIR}/prove.json`;

/** How one object comes to be as it was: `saved` put back, or gone where there was none. */
export interface Undo {
    readonly object: ObjectRef;
    readonly saved?: LiveObject | undefined;
}

const ref = z.looseObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
const schema = z.array(z.object({ object: ref, saved: ref.optional() }));

/** Another controller, for example istiod with its webhooks, may write between reading and replacing. */
const TRIES = 10;
const PAUSE_MILLISECONDS = 500;

/** What undoes the changes, from the cluster as it is before them. */
export function undoOf(changes: readonly Change[], objects: Objects): Promise<readonly Undo[]> {
    return Promise.all(
        changes.map(async ({ kind, object }): Promise<Undo> => {
            const saved = await objects.read(refOf(object));
            if (kind !== "create" && saved === undefined) {
                throw new Error(`there is no ${describeObject(object)} to make weaker`);
            }
            return { object: refOf(object), saved };
        }),
    );
}

/** Makes the changes, in their order. */
export async function apply(changes: readonly Change[], objects: Objects): Promise<void> {
    for (const change of changes) {
        switch (change.kind) {
            case "create":
                await create(change.object, objects);
                break;
            case "remove":
                await objects.remove(refOf(change.object));
                break;
            case "edit":
                await replace(refOf(change.object), objects, change.to);
        }
    }
}

/** Puts everything back as it was, the last change first: what it was made after may be needed for it. */
export async function putBack(undos: readonly Undo[], objects: Objects): Promise<void> {
    const errors: unknown[] = [];
    for (const undo of [...undos].reverse()) {
        try {
            await putBackOne(undo, objects);
        } catch (error) {
            // The others are put back all the same.
            errors.push(error);
        }
    }
    if (errors.length > 0) {
        throw new AggregateError(
            errors,
            `not everything was put back: ${errors.map((error) => (error instanceof Error ? error.message : String(error))).join("; ")}`,
        );
    }
}

async function putBackOne({ object, saved }: Undo, objects: Objects): Promise<void> {
    if (saved === undefined) {
        await objects.remove(object);
        return;
    }
    if ((await objects.read(object)) === undefined) {
        await objects.create({ ...saved, metadata: withoutServersOwn(saved.metadata) });
    } else {
        await replace(object, objects, ({ metadata }) => ({
            ...saved,
            metadata: { ...saved.metadata, ...ownIdentity(metadata) },
        }));
    }
    // A write makes its writer the owner of what it changed; a second one without effect gives that back.
    await replace(object, objects, (live) => ({
        ...live,
        metadata: {
            ...live.metadata,
            ...(saved.metadata.managedFields && { managedFields: saved.metadata.managedFields }),
        },
    }));
}

/** A policy that was taken away first is enforced for a moment longer. */
async function create(object: LiveObject, objects: Objects): Promise<void> {
    for (let left = TRIES; ; left -= 1) {
        try {
            await objects.create(object);
            return;
        } catch (error) {
            if (left === 1 || !isRefusal(error, 403)) {
                throw error;
            }
            await sleep(PAUSE_MILLISECONDS);
        }
    }
}

async function replace(
    object: ObjectRef,
    objects: Objects,
    to: (live: LiveObject) => LiveObject,
): Promise<void> {
    for (let left = TRIES; ; left -= 1) {
        const live = await objects.read(object);
        if (live === undefined) {
            throw new Error(`${describeObject(object)} is gone`);
        }
        try {
            await objects.replace({ ...to(live), apiVersion: live.apiVersion, kind: live.kind });
            return;
        } catch (error) {
            if (left === 1 || !isRefusal(error, 409)) {
                throw new Error(
                    `${describeObject(object)}: ${error instanceof Error ? error.message : String(error)}`,
                    { cause: error },
                );
            }
        }
    }
}

/** What the present object has of its own, whatever it is made to be. */
function ownIdentity({
    uid,
    resourceVersion,
}: LiveObject["metadata"]): Pick<LiveObject["metadata"], "uid" | "resourceVersion"> {
    return {
        ...(uid !== undefined && { uid }),
        ...(resourceVersion !== undefined && { resourceVersion }),
    };
}

function withoutServersOwn(metadata: LiveObject["metadata"]): LiveObject["metadata"] {
    const { name, namespace, labels, annotations, ownerReferences, finalizers } = metadata;
    return {
        name,
        ...(namespace !== undefined && { namespace }),
        ...(labels && { labels }),
        ...(annotations && { annotations }),
        ...(ownerReferences && { ownerReferences }),
        ...(finalizers && { finalizers }),
    };
}

/** Writes down what must be put back, before anything is changed. */
export async function remember(undos: readonly Undo[], file = RECOVERY_FILE): Promise<void> {
    await writeIfChanged(file, JSON.stringify(undos));
}

/** To be called when everything is as it was. */
export async function forget(file = RECOVERY_FILE): Promise<void> {
    await rm(file, { force: true });
}

/**
 * Puts back what a proof that was killed has left weak.
 *
 * @returns the objects, one phrase each; none where nothing was left
 */
export async function recover(objects: Objects, file = RECOVERY_FILE): Promise<readonly string[]> {
    const text = await readIfPresent(file);
    if (text === undefined) {
        return [];
    }
    const undos = schema.parse(JSON.parse(text)) as readonly Undo[];
    await putBack(undos, objects);
    await forget(file);
    return undos.map(({ object }) => describeObject(object));
}
