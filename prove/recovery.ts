import { rm } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { readIfPresent, writeIfChanged } from "#files.ts";
import type { LiveObject, ObjectRef, Objects } from "#live/kubernetes/objects.ts";
import { describeObject, editObject, refOf, whileRefused } from "#live/kubernetes/objects.ts";
import { timerJob, timerReference } from "#live/kubernetes/timer.ts";
import { STATE_DIR } from "#local/node/layout.ts";
import { ADDED } from "./changes.ts";
import type { Change } from "./mutation.ts";

/** Where it is written what must be put back; it goes with the cluster. */
export const RECOVERY_FILE = `${STATE_DIR}/prove.json`;

/** When the cluster ends what a proof added and did not take away: later than the longest look at it. */
export const ADDED_SECONDS = 90;

/** A policy that was taken away first is enforced for a moment longer. */
const GUARD_PATIENCE = { milliseconds: 5_000, pause: 500 };

/** How one object comes to be as it was: `saved` put back, or gone where there was none. */
export interface Undo {
    readonly object: ObjectRef;
    readonly saved?: LiveObject | undefined;
    /** What it is made; absent where it is taken away. */
    readonly weak?: LiveObject | undefined;
}

const live = z.looseObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
const schema = z.array(z.object({ object: live, saved: live.optional(), weak: live.optional() }));

/** What undoes the changes, from the cluster as it is before them. */
export function undoOf(changes: readonly Change[], objects: Objects): Promise<readonly Undo[]> {
    return Promise.all(
        changes.map(async (change): Promise<Undo> => {
            const object = refOf(change.object);
            if (change.kind === "create") {
                return { object, weak: change.object };
            }
            const saved = await objects.read(object);
            if (saved === undefined) {
                throw new Error(`there is no ${describeObject(object)} to make weaker`);
            }
            return change.kind === "edit"
                ? { object, saved, weak: change.to(saved) }
                : { object, saved };
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
                if (!(await editObject(objects, change.object, change.to))) {
                    throw new Error(`${describeObject(change.object)} is gone`);
                }
        }
    }
}

/** Adds an object that ends by itself, however this process does. */
async function create(object: LiveObject, objects: Objects): Promise<void> {
    // One for all that a mutation adds to a namespace.
    const timer = timerOf(object);
    const { metadata } = (await objects.read(timer)) ?? (await objects.create(timer));
    const ownerReferences = [timerReference(metadata)];
    await whileRefused([403], GUARD_PATIENCE, () =>
        objects.create({ ...object, metadata: { ...object.metadata, ownerReferences } }),
    );
}

function timerOf({ metadata: { namespace = "default" } }: ObjectRef): LiveObject {
    return timerJob({
        namespace,
        name: ADDED,
        labels: { [ADDED]: "" },
        seconds: ADDED_SECONDS,
    });
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
        await objects.remove(timerOf(object));
        return;
    }
    const { managedFields, ...metadata } = saved.metadata;
    // What the present object has of its own stays, whatever it is made to be.
    const become = ({ uid, resourceVersion }: Partial<LiveObject["metadata"]>): LiveObject => ({
        ...saved,
        metadata: { ...metadata, uid, resourceVersion },
    });
    if (!(await editObject(objects, object, (found) => become(found.metadata)))) {
        await objects.create(become({}));
    }
    // A write makes its writer the owner of what it changed; a second one without effect gives that back.
    await editObject(objects, object, (found) => ({
        ...found,
        metadata: {
            ...found.metadata,
            managedFields: managedFields ?? found.metadata.managedFields,
        },
    }));
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
 * Puts back what a proof that was killed has left weak, and nobody else has made anew since.
 *
 * @returns the objects, one phrase each; none where nothing was left
 */
export async function recover(objects: Objects, file = RECOVERY_FILE): Promise<readonly string[]> {
    const text = await readIfPresent(file);
    if (text === undefined) {
        return [];
    }
    const undos = await Promise.all(
        (schema.parse(JSON.parse(text)) as readonly Undo[]).map(async (undo) =>
            (await isLeft(undo, objects)) ? [undo] : [],
        ),
    );
    const left = undos.flat();
    await putBack(left, objects);
    await forget(file);
    return left.map(({ object }) => describeObject(object));
}

/** Whether an object is as the proof made it. `mesh up` may have deployed another declaration since. */
async function isLeft({ object, saved, weak }: Undo, objects: Objects): Promise<boolean> {
    const found = await objects.read(object);
    if (saved === undefined || found === undefined) {
        return true;
    }
    return [weak, saved].some(
        (each) => each && isDeepStrictEqual(contentOf(found), contentOf(each)),
    );
}

/** An object without what the API server and its controllers count by themselves. */
function contentOf({ metadata, ...rest }: LiveObject): unknown {
    const { labels, annotations } = metadata;
    return JSON.parse(JSON.stringify({ ...rest, status: undefined, labels, annotations }));
}
