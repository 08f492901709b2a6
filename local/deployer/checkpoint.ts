import { copyFile, mkdir, readdir, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Report } from "#errors.ts";
import { EnvironmentError } from "#errors.ts";
import { readIfPresent, writeIfChanged } from "#files.ts";
import { exists } from "../cache.ts";
import { DISK_FULL } from "./explain.ts";
import type { StackHome } from "./home.ts";

/** How many states are kept. */
const KEPT = 5;
/** Bytes that an update needs at least: it writes the state anew after each step. */
const ROOM = 16 * 2 ** 20;

const resource = z.looseObject({
    urn: z.string(),
    type: z.string(),
    custom: z.boolean().default(false),
    id: z.string().optional(),
    parent: z.string().optional(),
    inputs: z.record(z.string(), z.unknown()).default({}),
    outputs: z.record(z.string(), z.unknown()).default({}),
    delete: z.boolean().default(false),
    external: z.boolean().default(false),
});
const deployment = z.looseObject({
    resources: z.array(resource).nullish(),
    pending_operations: z.array(z.looseObject({ type: z.string(), resource })).nullish(),
});
const file = z.looseObject({
    checkpoint: z.looseObject({ latest: deployment.nullish() }),
});

/** A resource as the engine's state has it. */
export type StateResource = z.infer<typeof resource>;

/** What the engine knows of a stack. */
export interface Checkpoint {
    readonly resources: readonly StateResource[];
    /** What was under way when the engine was killed. */
    readonly pending: readonly { readonly type: string; readonly resource: StateResource }[];
}

/** The state's file in Pulumi's file backend. */
export function checkpointFile({ backend }: StackHome, project: string, stack: string): string {
    return join(backend, ".pulumi", "stacks", project, `${stack}.json`);
}

/**
 * Reads a stack's state; undefined where it was never deployed. A file that is damaged, which only a crash of the
 * machine can do, gives way to the last one that was kept: what changed since is found by the refresh.
 *
 * @throws EnvironmentError when it is damaged and none was kept
 */
export async function readCheckpoint(
    path: string,
    keptIn: string,
    report: Report,
): Promise<Checkpoint | undefined> {
    const text = await readIfPresent(path);
    if (text === undefined) {
        return undefined;
    }
    const read = parsed(text);
    if (read !== undefined) {
        return read;
    }
    for (const name of (await keptNames(keptIn)).reverse()) {
        const kept = await readIfPresent(join(keptIn, name));
        const earlier = kept === undefined ? undefined : parsed(kept);
        if (kept !== undefined && earlier !== undefined) {
            await writeIfChanged(path, kept);
            report(`the state ${path} was damaged; went back to ${join(keptIn, name)}`);
            return earlier;
        }
    }
    throw new EnvironmentError(
        `The state ${path} is damaged and no earlier one is kept; run "mesh down" and "mesh up".`,
    );
}

function parsed(text: string): Checkpoint | undefined {
    try {
        const { latest } = file.parse(JSON.parse(text)).checkpoint;
        return { resources: latest?.resources ?? [], pending: latest?.pending_operations ?? [] };
    } catch {
        return undefined;
    }
}

/**
 * Checks that an update can write its state. The engine itself tries to for a minute, when things are changed already.
 *
 * @throws EnvironmentError where there is no room
 */
export async function assertRoom(path: string, { backend }: StackHome): Promise<void> {
    const folder = dirname(path);
    const { bavail, bsize } = await statfs((await exists(folder)) ? folder : backend);
    if (bavail * bsize < ROOM) {
        throw new EnvironmentError(DISK_FULL);
    }
}

/** Keeps a copy of the state as it is now, and only the last five; the engine's own history likewise. */
export async function keepCheckpoint(path: string, keptIn: string): Promise<void> {
    const text = await readIfPresent(path);
    if (text === undefined) {
        return;
    }
    await mkdir(keptIn, { recursive: true, mode: 0o700 });
    const newest = (await keptNames(keptIn)).at(-1);
    if (newest !== undefined && text === (await readIfPresent(join(keptIn, newest)))) {
        return;
    }
    const name = new Date().toISOString().replaceAll(":", "-");
    await copyFile(path, join(keptIn, `${name}.json`));
    await removeOldest(keptIn, await keptNames(keptIn), KEPT);
    const history = path.replace("/.pulumi/stacks/", "/.pulumi/history/").replace(/\.json$/, "");
    // Two files an update.
    await removeOldest(history, (await readdir(history).catch(() => [])).sort(), 2 * KEPT);
}

async function keptNames(directory: string): Promise<string[]> {
    const names = await readdir(directory).catch(() => []);
    return names.filter((name) => name.endsWith(".json")).sort();
}

async function removeOldest(
    directory: string,
    names: readonly string[],
    keep: number,
): Promise<void> {
    for (const name of names.slice(0, Math.max(0, names.length - keep))) {
        await rm(join(directory, name), { force: true });
    }
}

/** Where earlier states of a stack are kept: beside the backend. */
export function keptDirectory({ backend }: StackHome, stack: string): string {
    return join(dirname(backend), "kept", stack);
}
