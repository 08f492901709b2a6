import { readdir, readFile, readlink } from "node:fs/promises";

/** A process as /proc tells it. */
export interface Process {
    readonly pid: number;
    /** First 15 characters of the command's name. */
    readonly name: string;
    readonly commandLine: string;
    /** Start time in clock ticks since boot: with the id it tells a process from a later one of the same id. */
    readonly started: string;
    /** Inode of its network namespace, for example `net:[4026531840]`. */
    readonly network: string;
}

/** Reads one process; undefined when it has ended. A zombie counts as ended: only its parent can remove it. */
export async function readProcess(pid: number): Promise<Process | undefined> {
    try {
        const [status, commandLine, network] = await Promise.all([
            readFile(`/proc/${pid}/stat`, "utf8"),
            readFile(`/proc/${pid}/cmdline`, "utf8"),
            readlink(`/proc/${pid}/ns/net`),
        ]);
        const open = status.indexOf("(");
        const close = status.lastIndexOf(")");
        const state = status.slice(close + 2, close + 3);
        if (state === "Z" || state === "X") {
            return undefined;
        }
        return {
            pid,
            name: status.slice(open + 1, close),
            started: status.slice(close + 2).split(" ")[19] ?? "",
            commandLine: commandLine.replaceAll("\0", " ").trim(),
            network,
        };
    } catch {
        // Ended between two reads.
        return undefined;
    }
}

/** Reads these processes, leaving out those that have ended. */
export async function readProcesses(pids: Iterable<number>): Promise<Process[]> {
    const found = await Promise.all([...pids].map(readProcess));
    return found.filter((process) => process !== undefined);
}

/** Ids of all processes of the machine. */
export async function allProcessIds(): Promise<number[]> {
    return (await readdir("/proc")).map(Number).filter((pid) => Number.isInteger(pid));
}

/** Sends a signal; a process that has ended is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
    try {
        process.kill(pid, name);
    } catch {
        // Ended before the signal arrived.
    }
}
