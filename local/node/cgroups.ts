import { mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EnvironmentError } from "#errors.ts";
import { isErrno, readIfPresent } from "#files.ts";
import { NODE_NAME } from "./layout.ts";

/**
 * Name of the node's cgroup below the root of every hierarchy. The components run in its child {@link LEAF}, the
 * pods in `kubepods` beside it: membership says which processes are the node's, whatever else has died.
 */
export const CGROUP = NODE_NAME;
const LEAF = "node";

/** A mounted cgroup hierarchy. */
export interface Hierarchy {
    readonly mountpoint: string;
    readonly version: 1 | 2;
    /** Controllers of a version 1 hierarchy. */
    readonly controllers: readonly string[];
}

/** Reads the hierarchies from the text of `/proc/mounts`. */
export function parseHierarchies(mounts: string): Hierarchy[] {
    return mounts
        .split("\n")
        .map((line) => line.split(" "))
        .flatMap(([, mountpoint, type, options]): Hierarchy[] => {
            if (mountpoint === undefined || (type !== "cgroup" && type !== "cgroup2")) {
                return [];
            }
            const version = type === "cgroup" ? 1 : 2;
            return [{ mountpoint, version, controllers: (options ?? "").split(",") }];
        });
}

async function hierarchies(): Promise<Hierarchy[]> {
    return parseHierarchies(await readFile("/proc/mounts", "utf8"));
}

/**
 * Makes the node's cgroup in every hierarchy.
 *
 * @returns the files a process writes its id into to join it
 * @throws EnvironmentError when the hierarchies cannot be written.
 */
export async function ensureCgroups(): Promise<string[]> {
    const joinFiles: string[] = [];
    for (const hierarchy of await hierarchies()) {
        const parent = join(hierarchy.mountpoint, CGROUP);
        try {
            if (hierarchy.version === 2) {
                await delegate(hierarchy.mountpoint);
            }
            await mkdir(join(parent, LEAF), { recursive: true });
            if (hierarchy.version === 2) {
                await delegate(parent);
            } else if (hierarchy.controllers.includes("cpuset")) {
                await inheritCpuset(hierarchy.mountpoint, parent);
                await inheritCpuset(parent, join(parent, LEAF));
            }
        } catch (error) {
            throw new EnvironmentError(
                `The cgroup ${parent} cannot be made; the local cluster needs a machine, or a privileged container, ` +
                    `that may write to ${hierarchy.mountpoint}.`,
                { cause: error },
            );
        }
        joinFiles.push(join(parent, LEAF, "cgroup.procs"));
    }
    if (joinFiles.length === 0) {
        throw new EnvironmentError(
            "No cgroup hierarchy is mounted; the local cluster needs one below /sys/fs/cgroup.",
        );
    }
    return joinFiles;
}

/** Lets the children of a version 2 cgroup use its controllers, which the kubelet asks of its root. */
async function delegate(directory: string): Promise<void> {
    const controllers = (await readFile(join(directory, "cgroup.controllers"), "utf8")).trim();
    for (const controller of controllers.split(" ").filter((name) => name !== "")) {
        await writeFile(join(directory, "cgroup.subtree_control"), `+${controller}`);
    }
}

/** A version 1 cpuset takes no process before it has processors and memory nodes. */
async function inheritCpuset(parent: string, child: string): Promise<void> {
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
        const own = (await readFile(join(child, file), "utf8")).trim();
        if (own === "") {
            await writeFile(join(child, file), (await readFile(join(parent, file), "utf8")).trim());
        }
    }
}

/** The node's cgroup directories, children before parents. */
export async function cgroupDirectories(): Promise<string[]> {
    const found = await Promise.all(
        (await hierarchies()).map((hierarchy) => below(join(hierarchy.mountpoint, CGROUP))),
    );
    return found.flat();
}

async function below(directory: string): Promise<string[]> {
    try {
        const entries = await readdir(directory, { withFileTypes: true });
        const children = entries.filter((entry) => entry.isDirectory());
        const nested = await Promise.all(
            children.map((entry) => below(join(directory, entry.name))),
        );
        return [...nested.flat(), directory];
    } catch (error) {
        // A pod may end while the tree is read.
        if (isErrno(error, "ENOENT")) {
            return [];
        }
        throw error;
    }
}

/** Ids of all processes of the node: components, shims and pods. */
export async function nodeProcesses(): Promise<Set<number>> {
    const pids = new Set<number>();
    for (const directory of await cgroupDirectories()) {
        // A cgroup removed between listing and reading answers ENODEV.
        const text = await readIfPresent(join(directory, "cgroup.procs")).catch(() => undefined);
        for (const line of (text ?? "").split("\n")) {
            const pid = Number(line);
            if (pid > 0) {
                pids.add(pid);
            }
        }
    }
    return pids;
}

/** Removes the node's cgroups, which must have no process any more; one that is still busy stays. */
export async function removeCgroups(): Promise<void> {
    for (const directory of await cgroupDirectories()) {
        await rmdir(directory).catch(() => undefined);
    }
}
