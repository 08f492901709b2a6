import { chmod, mkdir } from "node:fs/promises";
import { readIfPresent, writeIfChanged } from "#files.ts";
import { openApi } from "./node/api.ts";
import type { PodState } from "./node/api.ts";
import { ensureCgroups, nodeProcesses } from "./node/cgroups.ts";
import { components } from "./node/components.ts";
import type { ComponentInput } from "./node/components.ts";
import * as config from "./node/config.ts";
import { systemObjects } from "./node/dns.ts";
import { NodeError } from "./node/errors.ts";
import { importImages } from "./node/images.ts";
import type { ImageArchive } from "./node/images.ts";
import { writeKubeconfigs } from "./node/kubeconfig.ts";
import type { HostPorts } from "./node/layout.ts";
import { paths, RUN_DIR, STATE_DIR } from "./node/layout.ts";
import { ensureMounts, ensureNetwork, inNetwork, namespacesExist } from "./node/namespaces.ts";
import { ensurePki } from "./node/pki.ts";
import { checkPorts, recordedPorts, recordPorts } from "./node/ports.ts";
import { waitUntil } from "./node/readiness.ts";
import { serviceNames, writeServices } from "./node/runit.ts";
import { run, succeeds } from "./node/shell.ts";
import type { ServiceState } from "./node/supervisor.ts";
import {
    applyChanges,
    ensureSupervisor,
    raiseServices,
    serviceStates,
    supervisorRuns,
} from "./node/supervisor.ts";
import { endProcesses, leftovers, nodeExists, removeNode, residents } from "./node/teardown.ts";

/** What a node is started from. */
export interface NodeOptions extends ComponentInput {
    /** Reference of the image pods are built around; it is among the imported ones. */
    readonly pauseImage: string;
}

/**
 * Starts the node's processes, or whichever of them are missing, and returns when all are supervised. What
 * already runs as described is left alone, so a second call changes nothing.
 *
 * @throws EnvironmentError when a port is busy or the machine does not let the node be made.
 * @throws NodeError when a part of it fails.
 */
export async function startNode(options: NodeOptions): Promise<void> {
    await checkPorts(options.ports, await heldPorts());
    if (!(await namespacesExist())) {
        // Processes of a namespace that is gone can be reached by nobody.
        await endProcesses();
    }
    await makeDirectories();
    const [joinFiles] = await Promise.all([
        ensureCgroups(),
        ensureNetwork(),
        ensureMounts(),
        ensurePki(),
    ]);
    await recordPorts(options.ports);
    await writeConfiguration(options);
    const list = components(options);
    const alreadyRuns = await supervisorRuns();
    const changes = await writeServices(list);
    await ensureSupervisor(joinFiles);
    if (alreadyRuns) {
        await applyChanges(changes);
        await raiseServices(list.map(({ name }) => name));
    }
}

async function makeDirectories(): Promise<void> {
    for (const directory of [STATE_DIR, RUN_DIR]) {
        await mkdir(directory, { recursive: true });
        // Others may read the ports and the owner, nothing else.
        await chmod(directory, 0o711);
    }
    const privately = [
        paths.services,
        paths.logs,
        paths.config,
        paths.kubeconfigs,
        paths.cniConf,
        paths.cniState,
        paths.etcd,
        paths.kubelet,
        paths.containerdRoot,
        paths.containerdState,
        paths.podLogs,
        paths.pids,
        paths.sockets,
    ];
    for (const directory of privately) {
        await mkdir(directory, { recursive: true, mode: 0o700 });
    }
}

async function writeConfiguration({ ports, pauseImage }: NodeOptions): Promise<void> {
    await Promise.all([
        writeKubeconfigs(ports.api),
        writeIfChanged(config.configPaths.containerd, config.containerdConfig(pauseImage)),
        writeIfChanged(config.configPaths.kubelet, config.kubeletConfig()),
        writeIfChanged(config.configPaths.kubeProxy, config.kubeProxyConfig()),
        writeIfChanged(config.configPaths.resolv, config.resolvConfig(), 0o644),
        writeIfChanged(config.configPaths.cni, config.cniConfig()),
    ]);
}

/** Ports our own forwarders listen on: busy, but not by another program. */
async function heldPorts(): Promise<Set<number>> {
    const recorded = await recordedPorts();
    const held = recorded !== undefined && (await nodeProcesses()).size > 0;
    return new Set(held ? [recorded.api, recorded.http, recorded.https] : []);
}

/**
 * Imports images as soon as containerd answers.
 *
 * @returns the references that had not been imported before
 */
export async function importNodeImages(archives: readonly ImageArchive[]): Promise<string[]> {
    const ctr = ["ctr", "--address", paths.containerdSocket, "--timeout", "2s", "version"] as const;
    await waitUntil({ what: "containerd", timeout: 60, components: ["containerd"] }, async () =>
        (await succeeds(ctr)) ? undefined : "its socket does not answer",
    );
    return importImages(archives);
}

/**
 * Waits until the API server answers, the node is Ready and cluster DNS works.
 *
 * @param dnsImage reference of the CoreDNS image on the node
 * @throws NodeError naming what is missing and the logs to read.
 */
export async function awaitNodeReady(dnsImage: string): Promise<void> {
    const api = await openApi();
    await api.awaitApi();
    await Promise.all([api.apply(systemObjects(dnsImage)), api.awaitNode()]);
    await api.awaitDeployment("kube-system", "coredns");
}

/** What `mesh status` shows. */
export interface ClusterState {
    readonly components: readonly ServiceState[];
    readonly node: "ready" | "not ready" | "unreachable";
    readonly pods: readonly PodState[];
    readonly ports: HostPorts | undefined;
    readonly kubeconfig: string;
}

/** The cluster's present state; undefined when there is none. */
export async function clusterState(): Promise<ClusterState | undefined> {
    if ((await readIfPresent(paths.kubeconfig)) === undefined) {
        return undefined;
    }
    const services = await serviceStates(await serviceNames());
    const api = await openApi();
    const [node, pods] = await Promise.all([
        api.nodeReady().then(
            (ready) => (ready ? "ready" : "not ready"),
            () => "unreachable" as const,
        ),
        api.pods().catch(() => []),
    ]);
    return {
        components: services,
        node,
        pods,
        ports: await recordedPorts(),
        kubeconfig: paths.kubeconfig,
    };
}

/** Path of the kubeconfig; undefined when there is no cluster. */
export async function kubeconfigPath(): Promise<string | undefined> {
    const text = await readIfPresent(paths.kubeconfig);
    return text === undefined ? undefined : paths.kubeconfig;
}

/**
 * Removes the cluster and everything it made on the machine, whatever state it is in; the caches stay.
 *
 * @returns whether there was anything to remove
 * @throws NodeError naming what could not be removed.
 */
export async function stopCluster(): Promise<boolean> {
    if (!(await nodeExists())) {
        return false;
    }
    const before = await residents(await nodeNetwork());
    await removeNode();
    const left = await leftovers(before);
    if (left.length > 0) {
        throw new NodeError(["The local cluster left behind:", ...left].join("\n  "));
    }
    return true;
}

/** The node's network namespace as /proc names it for its processes. */
async function nodeNetwork(): Promise<string | undefined> {
    try {
        return (await run(inNetwork("readlink", "/proc/self/ns/net"))).trim();
    } catch {
        return undefined;
    }
}
