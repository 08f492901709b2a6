import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 200;

/**
 * Runs `work` while holding the lock file `path`, waiting as long as another live process holds it.
 *
 * The file names its holder by process id and start time, so that the lock of a killed process is taken over even
 * when its process id was given to somebody else.
 *
 * @param waiting Called once, with the holder's process id, when the lock is not free. Default: silence.
 */
export async function withLock<T>(
    path: string,
    work: () => Promise<T>,
    waiting?: (holder: number) => void,
): Promise<T> {
    const mine = JSON.stringify({ pid: process.pid, started: await startTime(process.pid) });
    let told = false;
    while (!(await acquire(path, mine))) {
        await sleep(POLL_MS);
        const holder = holderOf((await read(path)) ?? "");
        if (told || holder === undefined) {
            continue;
        }
        waiting?.(holder.pid);
        told = true;
    }
    try {
        return await work();
    } finally {
        if ((await read(path)) === mine) {
            await rm(path, { force: true });
        }
    }
}

async function acquire(path: string, mine: string): Promise<boolean> {
    const prepared = `${path}.${randomBytes(4).toString("hex")}`;
    // A hard link makes the lock appear together with its content: nobody can ever read an empty lock.
    await writeFile(prepared, mine);
    try {
        await link(prepared, path);
        return true;
    } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
            throw error;
        }
    } finally {
        await rm(prepared, { force: true });
    }
    const holder = await read(path);
    if (holder !== undefined && !(await isAlive(holder))) {
        await takeAway(path, holder);
    }
    return false;
}

/** Removes a dead holder's lock, but puts back a live one that took its place in the meantime. */
async function takeAway(path: string, dead: string): Promise<void> {
    const aside = `${path}.${randomBytes(4).toString("hex")}`;
    try {
        await rename(path, aside);
        if ((await read(aside)) !== dead) {
            await link(aside, path);
        }
    } catch {
        // Somebody else was faster; the next round sees what they left.
    } finally {
        await rm(aside, { force: true });
    }
}

async function isAlive(holder: string): Promise<boolean> {
    const named = holderOf(holder);
    if (named === undefined) {
        return false;
    }
    const started = await startTime(named.pid);
    return started !== "" && started === named.started;
}

function holderOf(lock: string): { pid: number; started: string } | undefined {
    const [, pid, started] = /"pid":(\d+),"started":"(.*)"/.exec(lock) ?? [];
    return pid === undefined || started === undefined ? undefined : { pid: Number(pid), started };
}

/** Start time of a process in clock ticks since boot as /proc tells it; empty when there is no such process. */
async function startTime(pid: number): Promise<string> {
    const stat = await read(`/proc/${pid}/stat`);
    // The command name, in parentheses, may hold spaces; the fields counted here follow it.
    const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields?.[19] ?? "";
}

async function read(path: string): Promise<string | undefined> {
    try {
        return await readFile(path, "utf8");
    } catch {
        return undefined;
    }
}
