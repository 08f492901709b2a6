import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { isErrno } from "#files.ts";
import { lockFolder, withLock } from "./lock.ts";

/** Longest time for one program that downloads or builds what is kept here: one that hangs ends the command. */
export const MAKING_MILLISECONDS = 3_600_000;

/**
 * A path below the cache root, `$XDG_CACHE_HOME/a4co-mesh` or `~/.cache/a4co-mesh`. Nothing is created.
 * A relative `XDG_CACHE_HOME` is ignored, as the XDG specification demands.
 */
export function cacheDirectory(...parts: string[]): string {
    const configured = process.env["XDG_CACHE_HOME"];
    const root =
        configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), ".cache");
    return join(root, "a4co-mesh", ...parts);
}

/** The folder of this user's locks. */
export function ownLocks(): string {
    return lockFolder(process.getuid?.(), cacheDirectory());
}

const running = new Map<string, Promise<string>>();

/**
 * Returns the directory `dir/key`, which `build` fills the first time.
 *
 * `build` gets an empty directory beside the target, which becomes the target by one rename: an interrupted or
 * failing build leaves nothing that a later call would take for the artifact. Calls for the same target wait for
 * each other, within a process and between processes.
 *
 * @param waiting Called once, with its process id, when another process builds the target. Default: silence.
 * @throws what `build` throws.
 */
export async function once(
    key: string,
    dir: string,
    build: (tmp: string) => Promise<void>,
    waiting?: (holder: number) => void,
): Promise<string> {
    const target = join(dir, key);
    const before = running.get(target);
    if (before !== undefined) {
        return before;
    }
    const work = buildOnce(key, dir, build, waiting).finally(() => running.delete(target));
    running.set(target, work);
    return work;
}

async function buildOnce(
    key: string,
    dir: string,
    build: (tmp: string) => Promise<void>,
    waiting?: (holder: number) => void,
): Promise<string> {
    const target = join(dir, key);
    if (await exists(target)) {
        return target;
    }
    await mkdir(dir, { recursive: true });
    const underLock = async (): Promise<string> => {
        if (await exists(target)) {
            return target;
        }
        await removeUnfinished(dir, key);
        const tmp = `${target}${UNFINISHED}${randomBytes(4).toString("hex")}`;
        await mkdir(tmp);
        try {
            await build(tmp);
            await rename(tmp, target);
        } finally {
            await rm(tmp, { recursive: true, force: true });
        }
        return target;
    };
    const busy = (holder: string): void => {
        waiting?.(Number(/\d+/.exec(holder)?.[0] ?? 0));
    };
    // The name of a file may be 255 bytes long, which a path is soon longer than.
    const name = `cache-${createHash("sha256").update(target).digest("hex").slice(0, 32)}`;
    return withLock({ folder: ownLocks(), name }, { pid: process.pid }, busy, underLock);
}

const UNFINISHED = ".tmp-";

/** What a killed process left behind; the caller holds the lock, so nobody is writing there any more. */
async function removeUnfinished(dir: string, key: string): Promise<void> {
    for (const name of await readdir(dir)) {
        if (name.startsWith(`${key}${UNFINISHED}`)) {
            await rm(join(dir, name), { recursive: true, force: true });
        }
    }
}

/** Whether something is at `path`. */
export async function exists(path: string): Promise<boolean> {
    try {
        await stat(path);
        return true;
    } catch {
        return false;
    }
}

/**
 * Removes all but the `keep` artifacts of `dir` that were built last. Artifacts whose inputs change often would
 * otherwise fill the disk.
 */
export async function keepNewest(dir: string, keep: number): Promise<void> {
    const found: { name: string; built: number }[] = [];
    for (const name of await readdir(dir)) {
        if (name.includes(UNFINISHED)) {
            continue;
        }
        try {
            found.push({ name, built: (await stat(join(dir, name))).mtimeMs });
        } catch (error) {
            // Another process has removed it.
            if (!isErrno(error, "ENOENT")) {
                throw error;
            }
        }
    }
    found.sort((a, b) => b.built - a.built);
    for (const { name } of found.slice(keep)) {
        await rm(join(dir, name), { recursive: true, force: true });
    }
}

/**
 * Keeps what a command said that failed.
 *
 * @returns the log's path, for the message
 */
export async function keepLog(
    name: string,
    ...said: readonly (string | undefined)[]
): Promise<string> {
    await mkdir(cacheDirectory("logs"), { recursive: true });
    const path = cacheDirectory("logs", `${name}.log`);
    await writeFile(path, `${said.join("\n")}\n`);
    return path;
}

/** Stands for a file's content: hashing a gigabyte at every start would take longer than all the rest. */
export async function identityOf(path: string): Promise<string> {
    const { size, mtimeMs } = await stat(path);
    return `${path} ${size} ${mtimeMs}`;
}
