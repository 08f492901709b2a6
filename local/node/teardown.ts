import { readFile, rmdir, stat } from "node:fs/promises";
import { askUntil } from "#wait.ts";
import { cgroupDirectories, nodeProcesses, removeCgroups } from "./cgroups.ts";
import { NETNS_PATH, RUN_DIR, STATE_DIR } from "./layout.ts";
import { privateDirectories, removeNamespaces } from "./namespaces.ts";
import type { Process } from "./processes.ts";
import { allProcessIds, readProcesses, signal } from "./processes.ts";
import { run, succeeds } from "./shell.ts";

/** How long processes and namespaces may take to be gone, in milliseconds. */
const PATIENCE = 20_000;

/**
 * Ends every process of the node: supervisor, components, shims and pods. They are found by their cgroup, so none
 * is missed that has lost its parent and none is hit that is not the node's. The cluster is thrown away, so none
 * is asked first.
 *
 * @returns whether all have ended in time
 */
export async function endProcesses(): Promise<boolean> {
    const alive = await askUntil(
        async () => {
            // Zombies stay in their cgroup until their parent, which may be ours, is gone.
            const found = await readProcesses(await nodeProcesses());
            for (const { pid } of found) {
                signal(pid, "SIGKILL");
            }
            return found;
        },
        (found) => found.length === 0,
        { milliseconds: PATIENCE, pause: 50 },
    );
    return alive.length === 0;
}

/** Removes everything the node has made on the machine. Each part may be there or not. */
export async function removeNode(): Promise<void> {
    await endProcesses();
    await removeNamespaces();
    for (const place of await mountsBelow([STATE_DIR, RUN_DIR])) {
        await succeeds(["umount", "--lazy", place]);
    }
    await removeCgroups();
    // Never through a mount: what is mounted there would be deleted with it.
    if ((await mountsBelow([STATE_DIR, RUN_DIR])).length === 0) {
        await run(["rm", "-rf", "--one-file-system", RUN_DIR, STATE_DIR], { timeout: 120_000 });
    }
    for (const { place } of privateDirectories) {
        // Only where it was made for the node: a directory in use is not empty.
        await rmdir(place).catch(() => undefined);
    }
}

/** Whether anything of a node, complete or not, is on the machine. */
export async function nodeExists(): Promise<boolean> {
    for (const path of [STATE_DIR, RUN_DIR, NETNS_PATH]) {
        if ((await stat(path).catch(() => undefined)) !== undefined) {
            return true;
        }
    }
    return (await cgroupDirectories()).length > 0;
}

/**
 * The processes in the node's network namespace, the node's own and others that have entered it. To be asked before
 * the removal: once the namespace is gone, the kernel gives its number to the next one.
 *
 * @param network the namespace as `net:[inode]`; undefined when there is none
 */
export async function residents(network: string | undefined): Promise<Process[]> {
    return network === undefined
        ? []
        : (await readProcesses(await allProcessIds())).filter(
              (process) => process.network === network,
          );
}

/**
 * What a removed node has left behind, one line each; empty when the machine is as before.
 *
 * @param before the {@link residents} before the removal
 */
export async function leftovers(before: readonly Process[]): Promise<string[]> {
    return askUntil(
        async () => {
            const left = await findLeftovers(before);
            if (left.length > 0) {
                // The kernel takes namespaces and cgroups apart some time after their last process.
                await removeCgroups();
            }
            return left;
        },
        (left) => left.length === 0,
        { milliseconds: PATIENCE, pause: 200 },
    );
}

async function findLeftovers(before: readonly Process[]): Promise<string[]> {
    const remaining = (await readProcesses(before.map(({ pid }) => pid))).filter((process) =>
        before.some(({ pid, started }) => pid === process.pid && started === process.started),
    );
    const inside = await readProcesses(await nodeProcesses());
    const byId = new Map([...remaining, ...inside].map((process) => [process.pid, process]));
    const left = [...byId.values()].map(
        ({ pid, commandLine }) => `process ${pid} (${commandLine.slice(0, 80)})`,
    );
    left.push(
        ...(await mountsBelow([STATE_DIR, RUN_DIR, NETNS_PATH])).map((place) => `mount ${place}`),
    );
    left.push(...(await cgroupDirectories()).map((directory) => `cgroup ${directory}`));
    for (const path of [STATE_DIR, RUN_DIR, NETNS_PATH]) {
        if ((await stat(path).catch(() => undefined)) !== undefined) {
            left.push(`path ${path}`);
        }
    }
    return left;
}

async function mountsBelow(roots: readonly string[]): Promise<string[]> {
    return parseMounts(await readFile("/proc/self/mountinfo", "utf8"), roots);
}

/** Mount points at or below these paths, the ones mounted last first, from the text of /proc/self/mountinfo. */
export function parseMounts(mountinfo: string, roots: readonly string[]): string[] {
    return mountinfo
        .split("\n")
        .map((line) => unescapeMount(line.split(" ")[4] ?? ""))
        .filter((place) => roots.some((root) => place === root || place.startsWith(`${root}/`)))
        .reverse();
}

/** mountinfo writes blanks and backslashes of a path as three octal digits. */
function unescapeMount(place: string): string {
    return place.replaceAll(/\\([0-7]{3})/g, (_match, digits: string) =>
        String.fromCharCode(Number.parseInt(digits, 8)),
    );
}
