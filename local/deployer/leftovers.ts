import { readdir, readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { z } from "zod";
import type { Report } from "#errors.ts";
import { EnvironmentError } from "#errors.ts";
import { askUntil } from "#wait.ts";
import { allProcessIds, readProcess, signal } from "../node/processes.ts";
import type { StackHome } from "./home.ts";

/** An engine whose driver was killed cancels what it does, which takes it some seconds. */
const PATIENCE_MS = 90_000;

const lock = z.looseObject({ pid: z.number(), hostname: z.string(), timestamp: z.string() });

/**
 * Clears away what a killed run left: the lock of the file backend once its process is gone, and plugins that lost
 * their engine. A run that is still ending is waited for.
 *
 * @throws EnvironmentError when somebody else goes on working on the stack
 */
export async function clearLeftovers(
    stack: Stack,
    home: StackHome,
    project: string,
    report: Report,
): Promise<void> {
    const directory = join(home.backend, ".pulumi", "locks", "organization", project, stack.name);
    let told = false;
    const { isLocked, by } = await askUntil(
        async () => {
            const state = await lockIn(directory);
            if (state.by !== undefined && !told) {
                report(`waiting for process ${state.by}, which works on stack ${stack.name}`);
                told = true;
            }
            return state;
        },
        (state) => state.by === undefined,
        { milliseconds: PATIENCE_MS, pause: 500 },
    );
    if (by !== undefined) {
        throw new EnvironmentError(
            `Process ${by} works on stack ${stack.name} with Pulumi; wait for it to end.`,
        );
    }
    if (isLocked) {
        report("a run of Pulumi was killed; took its lock away");
        await stack.cancel();
    }
    await endOrphans(home);
}

/** Whether a stack is locked, and by which process that still works. */
async function lockIn(directory: string): Promise<{ isLocked: boolean; by?: number }> {
    const holders = await holdersOf(directory);
    for (const { pid, hostname: host } of holders) {
        if (host !== hostname() || (await isEngine(pid))) {
            return { isLocked: true, by: pid };
        }
    }
    return { isLocked: holders.length > 0 };
}

async function holdersOf(directory: string): Promise<z.infer<typeof lock>[]> {
    const names = await readdir(directory).catch(() => []);
    const texts = await Promise.all(
        names.map((name) => readFile(join(directory, name), "utf8").catch(() => "")),
    );
    return texts.flatMap((text) => {
        try {
            return [lock.parse(JSON.parse(text))];
        } catch {
            // Gone in the meantime, or half written by a process that was killed: nobody holds it.
            return text === "" ? [] : [{ pid: 0, hostname: hostname(), timestamp: "" }];
        }
    });
}

async function isEngine(pid: number): Promise<boolean> {
    return (await readProcess(pid))?.name.startsWith("pulumi") === true;
}

/** Ends plugins that worked for this backend and have lost their engine. */
async function endOrphans({ backend }: StackHome): Promise<void> {
    for (const pid of await allProcessIds()) {
        try {
            const program = basename(await readlink(`/proc/${pid}/exe`));
            if (!/^pulumi-(resource|analyzer|language)-/.test(program)) {
                continue;
            }
            const environment = (await readFile(`/proc/${pid}/environ`, "utf8")).split("\0");
            if (!environment.includes(`PULUMI_BACKEND_URL=file://${backend}`)) {
                continue;
            }
            const status = await readFile(`/proc/${pid}/stat`, "utf8");
            const parent = Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]);
            if (await isEngine(parent)) {
                continue;
            }
            signal(pid, "SIGKILL");
            // Until then it may still write.
            await askUntil(
                () => readProcess(pid),
                (found) => found === undefined,
                { milliseconds: PATIENCE_MS, pause: 20 },
            );
        } catch {
            // Ended while it was read, or somebody else's.
        }
    }
}
