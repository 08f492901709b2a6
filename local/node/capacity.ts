import { readFile, statfs } from "node:fs/promises";
import { totalmem } from "node:os";
import { EnvironmentError } from "#errors.ts";

/** What the node takes from the machine. */
export interface Capacity {
    /** Bytes of memory. */
    readonly memory: number;
    /** Free bytes where the node keeps its state. */
    readonly disk: number;
    /** Text of /proc/filesystems. */
    readonly filesystems: string;
}

const GIB = 1024 ** 3;
const MINIMUM_MEMORY = 3 * GIB;
const MINIMUM_DISK = 6 * GIB;

/** Why the machine is too small for the node, in one sentence; undefined when it is not. */
export function capacityFault(capacity: Capacity): string | undefined {
    if (!/\boverlay$/m.test(capacity.filesystems)) {
        return "The kernel has no overlay file system, which containers are built on; load it with `modprobe overlay`.";
    }
    if (capacity.memory < MINIMUM_MEMORY) {
        return `The local cluster needs 3 GiB of memory, and this machine has ${gib(capacity.memory)}.`;
    }
    if (capacity.disk < MINIMUM_DISK) {
        return `The local cluster needs 6 GiB of free disk below /var/lib, and ${gib(capacity.disk)} are left.`;
    }
    return undefined;
}

/**
 * Returns when the machine is large enough for the node.
 *
 * @throws EnvironmentError with {@link capacityFault}.
 */
export async function checkCapacity(): Promise<void> {
    const space = await statfs("/var/lib");
    const fault = capacityFault({
        memory: totalmem(),
        disk: space.bavail * space.bsize,
        filesystems: await readFile("/proc/filesystems", "utf8"),
    });
    if (fault !== undefined) {
        throw new EnvironmentError(fault);
    }
}

function gib(bytes: number): string {
    return `${(bytes / GIB).toFixed(1)} GiB`;
}
