import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 200;

/**
 * Runs `work` while holding the lock file `path`, waiting as long as another live process holds it.
 *
 * The file names its holder by process id and start time, so that the lock of a killed process is taken over even
 * when its process id was given to somebody else.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
    const mine = JSON.stringify({ pid: process.pid, started: await startTime(process.pid) });
    while (!(await acquire(path, mine))) await sleep(POLL_MS);
    try {
        return await work();
    } finally {
        if ((await read(path)) === mine) await rm(path, { force: true });
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
        if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    } finally {
        await rm(prepared, { force: true });
    }
    const holder = await read(path);
    if (holder !== undefined && !(await isAlive(holder))) await takeAway(path, holder);
    return false;
}

/** Removes a dead holder's lock, but puts back a live one that took its place in the meantime. */
async function takeAway(path: string, dead: string): Promise<void> {
    const aside = `${path}.${randomBytes(4).toString("hex")}`;
    try {
        await rename(path, aside);
        if ((await read(aside)) !== dead) await link(aside, path);
    } catch {
        // Somebody else was faster; the next round sees what they left.
    } finally {
        await rm(aside, { force: true });
    }
}

async function isAlive(holder: string): Promise<boolean> {
    const match = /"pid":(\d+),"started":"(.*)"/.exec(holder);
    if (match === null) return false;
    const started = await startTime(Number(match[1]));
    return started !== "" && started === match[2];
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
