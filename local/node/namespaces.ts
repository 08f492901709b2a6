import { mkdir, readdir, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { readIfPresent } from "#files.ts";
import {
    addresses,
    MOUNT_NS_DIR,
    MOUNT_NS_PATH,
    NETNS_PATH,
    NODE_NAME,
    paths,
    RUN_DIR,
} from "./layout.ts";
import { run, shellQuote, succeeds } from "./shell.ts";

/** The end of the veth pair that carries the node's address; the kernel may have no `dummy` interface. */
const NODE_LINK = "node0";
const PEER_LINK = "node1";

/** Says that the mount namespace is as it must be; only then may anything be started in it. */
const COMPLETE = `${RUN_DIR}/mounts-complete`;

/** Whether both namespaces are there for processes to run in. */
export async function namespacesExist(): Promise<boolean> {
    return (await networkExists()) && (await mountsComplete());
}

function networkExists(): Promise<boolean> {
    return succeeds(["nsenter", `--net=${NETNS_PATH}`, "true"]);
}

async function mountsComplete(): Promise<boolean> {
    const enterable = await succeeds(["nsenter", `--mount=${MOUNT_NS_PATH}`, "true"]);
    return enterable && (await readIfPresent(COMPLETE)) !== undefined;
}

/** Makes the node's network namespace, or completes one that an interrupted run left half made. */
export async function ensureNetwork(): Promise<void> {
    if (!(await networkExists())) {
        // `ip netns add` interrupted before its mount leaves a plain file under the name.
        await rm(NETNS_PATH, { force: true });
        await run(["ip", "netns", "add", NODE_NAME]);
    }
    const ip = ["ip", "-n", NODE_NAME] as const;
    if (!(await succeeds([...ip, "link", "show", NODE_LINK]))) {
        await run([...ip, "link", "add", NODE_LINK, "type", "veth", "peer", "name", PEER_LINK]);
    }
    await run(["ip", "-n", NODE_NAME, "-batch", "-"], { input: networkPlan().join("\n") });
    await run(inNetwork("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"));
}

/** The node's addresses and routes as `ip -batch` commands; each may be repeated. */
export function networkPlan(): string[] {
    return [
        "link set lo up",
        `link set ${PEER_LINK} up`,
        `link set ${NODE_LINK} up`,
        `address replace ${addresses.node}/${addresses.nodePrefix} dev ${NODE_LINK}`,
        // A Service's address must have a route before kube-proxy's rules can translate it.
        `route replace ${addresses.serviceCidr} dev ${NODE_LINK}`,
        // Nothing leaves the machine; what tries fails at once and does not wait for an answer.
        "route replace unreachable default",
    ];
}

/** A command line that runs in the node's network namespace. */
export function inNetwork(...argv: readonly [string, ...string[]]): [string, ...string[]] {
    return ["nsenter", `--net=${NETNS_PATH}`, "--", ...argv];
}

/** A command line that runs in both of the node's namespaces. */
export function inNode(...argv: readonly [string, ...string[]]): [string, ...string[]] {
    return ["nsenter", `--net=${NETNS_PATH}`, `--mount=${MOUNT_NS_PATH}`, "--", ...argv];
}

/**
 * Kernel settings the kubelet insists on. They would hold for the whole machine, so the kubelet is shown files
 * that already say what it wants and changes nothing.
 */
const kubeletSysctls: Readonly<Record<string, string>> = {
    "vm/overcommit_memory": "1",
    "vm/panic_on_oom": "0",
    "kernel/panic": "10",
    "kernel/panic_on_oops": "1",
    "kernel/keys/root_maxkeys": "1000000",
    "kernel/keys/root_maxbytes": "25000000",
};

/** Directories whose place is fixed in containerd, runc and CNI, and what stands there for the node. */
export const privateDirectories: readonly { readonly own: string; readonly place: string }[] = [
    { own: paths.systemLog, place: "/var/log" },
    { own: paths.cniState, place: "/var/lib/cni" },
    { own: paths.shims, place: "/run/containerd" },
];

/** Makes the node's mount namespace; one that an interrupted run left half made is made anew. */
export async function ensureMounts(): Promise<void> {
    if (await mountsComplete()) {
        return;
    }
    await unpin();
    await mkdir(MOUNT_NS_DIR, { recursive: true, mode: 0o700 });
    // A namespace can only be pinned below a mount that propagates nowhere.
    await run(["mount", "--bind", MOUNT_NS_DIR, MOUNT_NS_DIR]);
    await run(["mount", "--make-private", MOUNT_NS_DIR]);
    await writeFile(MOUNT_NS_PATH, "");
    for (const { own, place } of privateDirectories) {
        await mkdir(own, { recursive: true });
        await mkdir(place, { recursive: true });
    }
    await mkdir(paths.sysctls, { recursive: true });
    for (const [name, value] of Object.entries(kubeletSysctls)) {
        await writeFile(sysctlFile(name), `${value}\n`);
    }
    // Slave of the machine: what is unmounted there is let go of here, and nothing goes the other way.
    const unshare = ["unshare", `--mount=${MOUNT_NS_PATH}`, "--propagation", "slave"] as const;
    await run([...unshare, "sh", "-ec", mountPlan()]);
    await writeFile(COMPLETE, "");
}

/** The shell script that furnishes the new mount namespace. */
export function mountPlan(): string {
    const binds = [
        ...privateDirectories,
        ...Object.keys(kubeletSysctls).map((name) => ({
            own: sysctlFile(name),
            place: `/proc/sys/${name}`,
        })),
    ];
    return [
        // Shared among the pods: a volume's mount must appear in containers that ask for it.
        "mount --make-rshared /",
        ...binds.map(({ own, place }) => {
            const [from, to] = [shellQuote(own), shellQuote(place)];
            return `if [ -e ${to} ]; then mount --bind ${from} ${to}; fi`;
        }),
    ].join("\n");
}

function sysctlFile(name: string): string {
    return join(paths.sysctls, name.replaceAll("/", "."));
}

/** Lets go of both namespaces. Their mounts and interfaces go with their last process. */
export async function removeNamespaces(): Promise<void> {
    await unpin();
    if ((await stat(NETNS_PATH).catch(() => undefined)) === undefined) {
        return;
    }
    if (!(await succeeds(["ip", "netns", "delete", NODE_NAME]))) {
        await rm(NETNS_PATH, { force: true });
    }
    await removeNetnsDirectory();
}

async function unpin(): Promise<void> {
    for (const pin of [MOUNT_NS_PATH, MOUNT_NS_DIR]) {
        while (await succeeds(["mountpoint", "-q", pin])) {
            await run(["umount", "--lazy", pin]);
        }
    }
    await rm(COMPLETE, { force: true });
}

/** `ip netns` mounts its directory on itself when it makes the first namespace, and leaves that behind. */
async function removeNetnsDirectory(): Promise<void> {
    const directory = dirname(NETNS_PATH);
    if ((await readdir(directory)).length > 0) {
        return;
    }
    if (await succeeds(["mountpoint", "-q", directory])) {
        await run(["umount", directory]);
    }
    await rmdir(directory).catch(() => undefined);
}
