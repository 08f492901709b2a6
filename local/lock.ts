import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:fs";
import { lstat, mkdir, open, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EnvironmentError, printable } from "#errors.ts";
import { isErrno } from "#files.ts";

/** The folder of root's locks: there is one local cluster on a machine, whatever environment root has. */
const ROOT_FOLDER = "/run/a4co-mesh-locks";
/** How long one wait for a lock takes: a waiting helper may outlive its command by that. */
const WAIT_SECONDS = 2;
/** A helper that says nothing for so much longer is none. */
const HELPER_SECONDS = 10;
/** More than any holder says of itself. */
const HOLDER_BYTES = 4096;
/** Exit code that `flock` is told for where somebody else has the lock. */
const BUSY = 75;

/**
 * Where a user's locks are: in a folder to which nobody else can write.
 *
 * @param cache the user's own cache
 */
export function lockFolder(uid: number | undefined, cache: string): string {
    return uid === 0 ? ROOT_FOLDER : join(cache, "locks");
}

/**
 * Runs `work` as the only one that holds the lock: a file in `folder`, locked by the kernel and free again the moment
 * that its process is gone, however it ended. The file stays.
 *
 * @param folder of the user alone; made where there is none
 * @param holder what others are told of who holds it
 * @param busy called once where somebody else holds it, with what they say of themselves; the lock is waited for once
 *     it resolves, and given up when it throws
 * @throws EnvironmentError where others could write to the folder, or the lock cannot be had at all
 */
export async function withLock<T>(
    { folder, name }: { readonly folder: string; readonly name: string },
    holder: object,
    busy: (holder: string) => Promise<void> | void,
    work: () => Promise<T>,
): Promise<T> {
    await ensurePrivate(folder);
    const file = join(folder, name);
    let held = await acquire(file, 0);
    if (held === undefined) {
        await busy(await holderOf(file));
    }
    while (held === undefined) {
        held = await acquire(file, WAIT_SECONDS);
    }
    try {
        await writeFile(file, JSON.stringify(holder));
        return await work();
    } finally {
        await truncate(file).catch(() => undefined);
        await held.release();
    }
}

/** @throws EnvironmentError where somebody else could change what is in the folder */
async function ensurePrivate(folder: string): Promise<void> {
    try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new EnvironmentError(`There can be no folder of locks at ${folder}: ${reason}.`);
    }
    const found = await lstat(folder);
    const isOwn = found.isDirectory() && found.uid === process.getuid?.();
    if (!isOwn || (found.mode & 0o077) !== 0) {
        throw new EnvironmentError(
            `${folder} must be a folder of this user's alone (mode 0700), as it holds the locks of mesh; remove it.`,
        );
    }
}

/** A lock that is held. */
interface Held {
    release(): Promise<void>;
}

/**
 * Node has no locks of files, so that util-linux' `flock` holds it: for as long as its standard input is open, which the
 * kernel closes with this process.
 *
 * @returns undefined where somebody else still has it after the wait
 */
async function acquire(file: string, seconds: number): Promise<Held | undefined> {
    const helper = spawn(
        "flock",
        [
            ...["--conflict-exit-code", String(BUSY), "--wait", String(seconds), file],
            ...["sh", "-c", "echo held; exec cat >/dev/null"],
        ],
        // In a group of its own: Ctrl-C ends the command, which then lets the lock go.
        { stdio: ["pipe", "pipe", "pipe"], detached: true },
    );
    const said: Buffer[] = [];
    helper.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    helper.stdin.on("error", () => undefined);
    const exited = exitOf(helper);
    const late = new AbortController();
    const outcome = await Promise.race([
        once(helper.stdout, "data", { signal: late.signal }).then(() => "held" as const),
        exited,
        sleep((seconds + HELPER_SECONDS) * 1000, "late" as const, { signal: late.signal }),
    ]).finally(() => {
        late.abort();
    });
    if (outcome === "held") {
        return {
            release: async () => {
                helper.stdin.end();
                await exited;
            },
        };
    }
    helper.kill("SIGKILL");
    if (outcome === BUSY) {
        return undefined;
    }
    const reason = outcome === "late" ? "no answer" : outcome;
    throw new EnvironmentError(
        `${file} cannot be locked by "flock" of util-linux: ${said.length === 0 ? reason : printable(Buffer.concat(said).toString().trim())}.`,
    );
}

/** Its exit code, or why there is none. */
async function exitOf(helper: ChildProcess): Promise<number | string> {
    try {
        const [code, signal] = (await once(helper, "close")) as [number | null, string | null];
        return code ?? signal ?? "it ended";
    } catch (error) {
        return isErrno(error, "ENOENT") ? "it is not on PATH" : String(error);
    }
}

/** What the holder says of itself. */
async function holderOf(file: string): Promise<string> {
    const opened = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
        const { buffer, bytesRead } = await opened.read(
            Buffer.alloc(HOLDER_BYTES),
            0,
            HOLDER_BYTES,
        );
        return buffer.toString("utf8", 0, bytesRead);
    } finally {
        await opened.close();
    }
}
