import type { Report } from "#errors.ts";
import { awaitNodeReady, importNodeImages, startNode } from "#local/cluster.ts";
import { ensureDebianPackages } from "#local/debian.ts";
import { ensureDownloads, ensureImages, nodeImages } from "#local/images/index.ts";
import { assertMachine } from "#local/machine.ts";
import { checkCapacity } from "#local/node/capacity.ts";
import { nodeTools } from "#local/node/components.ts";
import type { NodeTool } from "#local/node/components.ts";
import type { ImageArchive } from "#local/node/images.ts";
import type { HostPorts } from "#local/node/layout.ts";
import { paths } from "#local/node/layout.ts";
import { checkOwner, claimCluster, withClusterLock } from "#local/node/owner.ts";
import { choosePorts, recordedPorts } from "#local/node/ports.ts";
import { ensureTool } from "#local/toolchain.ts";
import { ETCD_VERSION, IMAGES, KUBERNETES_VERSION } from "#local/versions.ts";
import type { ImageName } from "#local/versions.ts";
import { ownAddons } from "#stack/addon-endpoints.ts";
import { LOCAL_STACK, stackConfig } from "#stack/read-stack.ts";
import type { Interruption } from "../interrupt.ts";
import { onInterrupt } from "../interrupt.ts";
import type { Step } from "../progress.ts";
import { runSteps } from "../progress.ts";
import { meshSteps } from "./mesh-steps.ts";

/** What the command line gives. */
export interface UpOptions {
    readonly apiPort?: string;
    readonly httpPort?: string;
    readonly httpsPort?: string;
    readonly nodeOnly?: true;
}

/** Runs `mesh up`. */
export async function runUp(checkout: string, options: UpOptions): Promise<void> {
    const interruption = onInterrupt(
        'Interrupted. Run "mesh up" again to go on, or "mesh down" to remove what was made.',
    );
    try {
        await withClusterLock("up", checkout, () => up(checkout, options, interruption));
    } finally {
        interruption.release();
    }
}

async function up(checkout: string, options: UpOptions, interruption: Interruption): Promise<void> {
    await checkOwner(checkout);
    const flags = { api: options.apiPort, http: options.httpPort, https: options.httpsPort };
    const ports = choosePorts(flags, process.env, await recordedPorts());
    const images = nodeImages(ownAddons(await stackConfig(LOCAL_STACK)));
    const parts: NodeParts = { archives: [], paths: undefined };
    const withMesh = options.nodeOnly !== true;
    await runSteps([
        ...toolSteps(images, parts),
        ...(withMesh ? [engineStep()] : []),
        ...nodeSteps(checkout, ports, parts),
        ...(withMesh ? meshSteps(paths.kubeconfig, interruption) : []),
    ]);
    process.stdout.write(next(ports));
}

/** What a node is made of, as one step leaves it to the next. */
interface NodeParts {
    archives: readonly ImageArchive[];
    paths: Record<NodeTool, string> | undefined;
}

/** The steps from a bare machine to everything that a node runs. */
function toolSteps(images: readonly ImageName[], parts: NodeParts): Step[] {
    return [
        {
            title: "Machine",
            run: async () => {
                await assertMachine();
                await checkCapacity();
                return undefined;
            },
        },
        {
            title: "Debian packages",
            run: async (report) => {
                await ensureDebianPackages(report);
                return undefined;
            },
        },
        {
            title: "Toolchain",
            run: async (report) => {
                // Downloads leave the processors to the compiler.
                [parts.paths] = await Promise.all([
                    ensureNodeTools(report),
                    ensureDownloads(report, images),
                ]);
                return `Kubernetes ${KUBERNETES_VERSION}, etcd ${ETCD_VERSION}`;
            },
        },
        {
            title: "Images",
            run: async (report) => {
                parts.archives = await ensureImages(report, images);
                return `${parts.archives.length} archives`;
            },
        },
    ];
}

/** The steps to a Ready node with name resolution. */
function nodeSteps(checkout: string, ports: HostPorts, parts: NodeParts): Step[] {
    return [
        {
            title: "Node processes",
            run: async () => {
                if (parts.paths === undefined) {
                    throw new Error("the toolchain step has not run");
                }
                await claimCluster(checkout);
                await startNode({ tools: parts.paths, ports, pauseImage: IMAGES.pause });
                return `API server at https://127.0.0.1:${ports.api}`;
            },
        },
        {
            title: "Node",
            run: async () => {
                const isFirst = ({ reference }: ImageArchive): boolean =>
                    reference === IMAGES.pause || reference === IMAGES.coredns;
                const first = parts.archives.filter(isFirst);
                const rest = parts.archives.filter((archive) => !isFirst(archive));
                // Pods can only start once the pause image is there; the others may come while the node starts.
                await Promise.all([
                    importNodeImages(first).then(() => importNodeImages(rest)),
                    awaitNodeReady(IMAGES.coredns),
                ]);
                return "Ready, and its DNS answers";
            },
        },
    ];
}

/** Gets Pulumi's engine and its provider, which are built where they cannot be had. */
function engineStep(): Step {
    return {
        title: "Engine",
        run: async (report) => {
            const { describeEngine, findEngine } = await import("#local/deployer/engine.ts");
            return describeEngine(await findEngine(report));
        },
    };
}

async function ensureNodeTools(report: Report): Promise<Record<NodeTool, string>> {
    const built: Partial<Record<NodeTool, string>> = {};
    for (const tool of nodeTools) {
        built[tool] = await ensureTool(tool, report);
    }
    return built as Record<NodeTool, string>;
}

/** What to try once everything runs. */
function next(ports: HostPorts): string {
    return [
        "",
        "What to try next:",
        `  export KUBECONFIG=${paths.kubeconfig}`,
        "  kubectl get pods --all-namespaces",
        `  curl -H 'Host: order.a4co.local' http://127.0.0.1:${ports.http}/orders`,
        "  npx mesh verify",
        "  npx mesh status",
        "  npx mesh down",
        "",
    ].join("\n");
}
