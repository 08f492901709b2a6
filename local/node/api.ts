import type { KubeConfig } from "@kubernetes/client-node";
import type { Manifest } from "./dns.ts";
import { NodeError } from "./errors.ts";
import { NODE_NAME, paths } from "./layout.ts";
import { waitUntil } from "./readiness.ts";

const FIELD_MANAGER = "a4co-mesh-node";

/** One pod, as `mesh status` shows it. */
export interface PodState {
    readonly namespace: string;
    readonly name: string;
    readonly phase: string;
    /** Ready containers, sidecars included. */
    readonly ready: number;
    readonly containers: number;
    readonly restarts: number;
}

/** The Kubernetes side of the node. */
export interface NodeApi {
    /** Waits until the API server says of itself that it is ready. */
    awaitApi(): Promise<void>;
    /** Applies objects with the node's field manager. */
    apply(objects: readonly Manifest[]): Promise<void>;
    /** Waits until the node's condition Ready is true. */
    awaitNode(): Promise<void>;
    /** Waits until a Deployment has all its replicas available. */
    awaitDeployment(namespace: string, name: string): Promise<void>;
    /** Whether the node is Ready. */
    nodeReady(): Promise<boolean>;
    pods(): Promise<PodState[]>;
}

/**
 * Opens the node's API. The client library takes a second to load: call this while the API server starts.
 */
export async function openApi(): Promise<NodeApi> {
    const k8s = await import("@kubernetes/client-node");
    // The kubeconfig may be written while this loads, so it is read at the first call.
    const lazy = <T>(make: (config: KubeConfig) => T): (() => T) => {
        let made: T | undefined;
        return () => {
            if (made === undefined) {
                const config = new k8s.KubeConfig();
                config.loadFromFile(paths.kubeconfig);
                made = make(config);
            }
            return made;
        };
    };
    const core = lazy((config) => config.makeApiClient(k8s.CoreV1Api));
    const apps = lazy((config) => config.makeApiClient(k8s.AppsV1Api));
    const objects = lazy((config) => k8s.KubernetesObjectApi.makeApiClient(config));

    const nodeReady = async (): Promise<boolean> => {
        const node = await core().readNode({ name: NODE_NAME });
        return node.status?.conditions?.find(({ type }) => type === "Ready")?.status === "True";
    };

    return {
        nodeReady,
        awaitApi: () =>
            waitUntil(
                { what: "the API server", timeout: 90, components: ["kube-apiserver", "etcd"] },
                async () => {
                    // The namespace is made when the API server has finished its own start.
                    await core().readNamespace({ name: "kube-system" });
                    return undefined;
                },
            ),
        apply: async (manifests) => {
            await Promise.all(
                manifests.map(async (manifest) => {
                    try {
                        await objects().patch(
                            manifest,
                            undefined,
                            undefined,
                            FIELD_MANAGER,
                            true,
                            k8s.PatchStrategy.ServerSideApply,
                        );
                    } catch (error) {
                        throw new NodeError(
                            `${manifest.kind} ${manifest.metadata.name} could not be applied: ${reasonOf(error)}`,
                            [],
                            { cause: error },
                        );
                    }
                }),
            );
        },
        awaitNode: () =>
            waitUntil(
                {
                    what: "the node to be Ready",
                    timeout: 120,
                    components: ["kubelet", "containerd"],
                },
                async () => ((await nodeReady()) ? undefined : "its condition Ready is not true"),
            ),
        awaitDeployment: (namespace, name) =>
            waitUntil(
                {
                    what: `Deployment ${namespace}/${name}`,
                    timeout: 120,
                    components: ["kubelet", "kube-scheduler", "kube-controller-manager"],
                },
                async () => {
                    const { metadata, spec, status } = await apps().readNamespacedDeployment({
                        name,
                        namespace,
                    });
                    const wanted = spec?.replicas ?? 1;
                    const observed = status?.observedGeneration === metadata?.generation;
                    const updated = observed ? (status?.updatedReplicas ?? 0) : 0;
                    const available = status?.availableReplicas ?? 0;
                    // During a rollout the old pods count as available too.
                    const old = (status?.replicas ?? 0) - updated;
                    return updated === wanted && old === 0 && available === wanted
                        ? undefined
                        : `${updated} of ${wanted} replicas are current, ${available} are available`;
                },
            ),
        pods: async () => {
            const { items } = await core().listPodForAllNamespaces();
            return items.map(({ metadata, spec, status }) => {
                const sidecars = new Set(
                    (spec?.initContainers ?? [])
                        .filter(({ restartPolicy }) => restartPolicy === "Always")
                        .map(({ name }) => name),
                );
                const containers = [
                    ...(status?.containerStatuses ?? []),
                    ...(status?.initContainerStatuses ?? []).filter(({ name }) =>
                        sidecars.has(name),
                    ),
                ];
                return {
                    namespace: metadata?.namespace ?? "",
                    name: metadata?.name ?? "",
                    phase: status?.phase ?? "Unknown",
                    ready: containers.filter(({ ready }) => ready).length,
                    containers: (spec?.containers.length ?? 0) + sidecars.size,
                    restarts: containers.reduce((sum, { restartCount }) => sum + restartCount, 0),
                };
            });
        },
    };
}

/** The API server's own sentence about a refusal, where there is one. */
function reasonOf(error: unknown): string {
    if (error instanceof Error && "body" in error && typeof error.body === "string") {
        const match = /"message":"((?:[^"\\]|\\.)*)"/.exec(error.body);
        if (match?.[1] !== undefined) {
            return match[1];
        }
    }
    return error instanceof Error ? error.message : String(error);
}
