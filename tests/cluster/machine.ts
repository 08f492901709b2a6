import assert from "node:assert/strict";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { NODE_NAME, RUN_DIR, STATE_DIR } from "#local/node/layout.ts";
import type { HostPorts } from "#local/node/layout.ts";

/** Settings of the kernel that components of a node like to change for the whole machine. */
const SYSCTLS = [
    "net/ipv4/ip_forward",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
] as const;

/** What a node could leave behind on the machine, each as sorted lines. */
export interface MachineState {
    readonly mounts: readonly string[];
    readonly interfaces: readonly string[];
    readonly namespaces: readonly string[];
    readonly cgroups: readonly string[];
    readonly settings: readonly string[];
    readonly firewall: readonly string[];
}

/** The machine as it is now. */
export async function machineState(): Promise<MachineState> {
    const mountinfo = await readFile("/proc/self/mountinfo", "utf8");
    const settings = SYSCTLS.map(
        async (name) => `${name} = ${(await readFile(`/proc/sys/${name}`, "utf8")).trim()}`,
    );
    return {
        mounts: lines(mountinfo)
            .map((line) => line.split(" ")[4] ?? "")
            .sort(),
        interfaces: (await readdir("/sys/class/net")).sort(),
        namespaces: (await entries("/run/netns")).sort(),
        cgroups: await cgroups(),
        settings: await Promise.all(settings),
        firewall: await firewall(),
    };
}

function lines(text: string): string[] {
    return text
        .split("\n")
        .filter((line) => line !== "")
        .sort();
}

async function entries(directory: string): Promise<string[]> {
    return readdir(directory).catch(() => []);
}

/** The groups directly below each hierarchy's root. */
async function cgroups(): Promise<string[]> {
    const mounts = await readFile("/proc/mounts", "utf8");
    const roots = mounts.split("\n").flatMap((line) => {
        const [, place, type] = line.split(" ");
        return place !== undefined && type?.startsWith("cgroup") === true ? [place] : [];
    });
    const found = await Promise.all(
        roots.map(async (root) => {
            const children = await readdir(root, { withFileTypes: true });
            return children
                .filter((child) => child.isDirectory())
                .map(({ name }) => join(root, name));
        }),
    );
    return found.flat().sort();
}

/** The machine's own rules; without the tool no component could have made any. */
async function firewall(): Promise<string[]> {
    const { stdout, failed } = await execa("iptables-save", { reject: false });
    return failed ? [] : lines(stdout).filter((line) => /^[-:]/.test(line));
}

/** Marks by which a process shows that it is the node's. */
export interface NodeMarks {
    /** The node's network namespaces: its own and its pods'. */
    readonly networks: ReadonlySet<string>;
}

/** Network namespaces of all processes in the node's cgroups, except the machine's own. */
export async function nodeMarks(): Promise<NodeMarks> {
    const own = await readlink("/proc/self/ns/net");
    const networks = new Set<string>();
    for (const { cgroup, network } of await processes()) {
        if (cgroup.includes(`/${NODE_NAME}/`) && network !== own) {
            networks.add(network);
        }
    }
    assert.ok(networks.size > 1, "the node's network namespaces were not found");
    return { networks };
}

interface ProcessMarks {
    readonly pid: number;
    readonly command: string;
    readonly cgroup: string;
    readonly network: string;
}

async function processes(): Promise<ProcessMarks[]> {
    const pids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
    const found = await Promise.all(
        pids.map(async (pid) => {
            const read = (file: string): Promise<string> =>
                readFile(`/proc/${pid}/${file}`, "utf8");
            try {
                const [command, cgroup, network] = await Promise.all([
                    read("cmdline"),
                    read("cgroup"),
                    readlink(`/proc/${pid}/ns/net`),
                ]);
                return [{ pid, command: command.replaceAll("\0", " "), cgroup, network }];
            } catch {
                // Ended while it was read.
                return [];
            }
        }),
    );
    return found.flat();
}

/** Everything of the node that is still on the machine, one line each. */
export async function remains(marks: NodeMarks, ports: HostPorts): Promise<string[]> {
    const found: string[] = [];
    for (const { pid, command, cgroup, network } of await processes()) {
        if (cgroup.includes(NODE_NAME) || marks.networks.has(network)) {
            found.push(`process ${pid}: ${command}`);
        }
    }
    const state = await machineState();
    const named = [...state.mounts, ...state.namespaces, ...state.cgroups];
    found.push(...named.filter((name) => name.includes(NODE_NAME)));
    found.push(...state.namespaces.filter((name) => name.startsWith("cni-")));
    found.push(...state.interfaces.filter((name) => /^(veth|node\d|cni)/.test(name)));
    for (const directory of [RUN_DIR, STATE_DIR]) {
        if ((await lstat(directory).catch(() => undefined)) !== undefined) {
            found.push(directory);
        }
    }
    for (const port of Object.values(ports) as number[]) {
        if (await answers(port)) {
            found.push(`port ${port}`);
        }
    }
    return found;
}

async function answers(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect({ host: "127.0.0.1", port });
        socket.on("connect", () => {
            resolve(true);
            socket.destroy();
        });
        socket.on("error", () => {
            resolve(false);
        });
    });
}
