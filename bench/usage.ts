import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execaNode } from "execa";

/** Of the kernel's clock, a second. */
const TICKS = 100;
const PAGE_MIB = 4096 / 2 ** 20;

/** What the processes of a command took: seconds of processors, and the most memory that they had together, in MiB. */
export interface Usage {
    readonly seconds: number;
    readonly memory: number;
}

/** Runs a script of Node's in a folder and says what it and its processes took. */
export async function runMeasured(
    directory: string,
    script: string,
    args: readonly string[] = [],
): Promise<Usage & { readonly stdout: string }> {
    const running = execaNode(join(directory, script), args, {
        cwd: directory,
        // A process group of its own, by which its processes are found.
        detached: true,
        stderr: "inherit",
    });
    const ended = new AbortController();
    const usage = mostUsage(running.pid ?? NaN, ended.signal);
    try {
        const { stdout } = await running;
        ended.abort();
        return { stdout, ...(await usage) };
    } finally {
        ended.abort();
    }
}

/** Looks ten times a second. */
async function mostUsage(group: number, ended: AbortSignal): Promise<Usage> {
    let most: Usage = { seconds: 0, memory: 0 };
    while (!ended.aborted) {
        const { seconds, memory } = await usageOf(group);
        most = {
            seconds: Math.max(most.seconds, seconds),
            memory: Math.max(most.memory, memory),
        };
        await sleep(100);
    }
    return most;
}

/** What the processes of a group have taken so far, those that have ended too; memory that they share counts for each. */
async function usageOf(group: number): Promise<Usage> {
    const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    const stats = await Promise.all(
        ids.map((id) => readFile(`/proc/${id}/stat`, "utf8").catch(() => "")),
    );
    const processes = stats
        // After the command's name, which may hold anything: state, parent and group; then proc(5) goes on.
        .map((stat) =>
            stat
                .slice(stat.lastIndexOf(")") + 2)
                .split(" ")
                .map(Number),
        )
        .filter((fields) => fields[2] === group);
    const sum = (...fields: readonly number[]): number =>
        processes.flatMap((one) => fields.map((field) => one[field] ?? 0)).reduce(add, 0);
    return { seconds: sum(11, 12, 13, 14) / TICKS, memory: sum(21) * PAGE_MIB };
}

function add(one: number, other: number): number {
    return one + other;
}
