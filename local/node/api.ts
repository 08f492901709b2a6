import type { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
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

/**
 * Opens the node's API. The client library takes a second to load: call this while the API server starts.
 */
export async function openApi() {
    const [k8s, { ClusterConfig }, { reasonOf }] = await Promise.all([
        import("@kubernetes/client-node"),
        import("#network/cluster-config.ts"),
        import("#live/kubernetes/errors.ts"),
    ]);
    let config: KubeConfig | undefined;
    // The kubeconfig may be written while this loads, so it is read at the first call.
    const kubeConfig = (): KubeConfig => {
        if (config === undefined) {
            config = new ClusterConfig();
            config.loadFromFile(paths.kubeconfig);
        }
        return config;
    };
    const core = (): CoreV1Api => kubeConfig().makeApiClient(k8s.CoreV1Api);

    /** Whether the node is Ready. */
    const nodeReady = async (): Promise<boolean> => {
        const node = await core().readNode({ name: NODE_NAME });
        return node.status?.conditions?.find(({ type }) => type === "Ready")?.status === "True";
    };

    return {
        nodeReady,
        /** Waits until the API server says of itself that it is ready. */
        awaitApi: () =>
            waitUntil(
                { what: "the API server", timeout: 90, components: ["kube-apiserver", "etcd"] },
                async () => {
                    // The namespace is made when the API server has finished its own start.
                    await core().readNamespace({ name: "kube-system" });
                    return undefined;
                },
            ),
        /** Applies objects with the node's field manager. */
        apply: async (manifests: readonly Manifest[]): Promise<void> => {
            const objects = k8s.KubernetesObjectApi.makeApiClient(kubeConfig());
            await Promise.all(
                manifests.map(async (manifest) => {
                    try {
                        await objects.patch(
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
        /** Waits until the node's condition Ready is true. */
        awaitNode: () =>
            waitUntil(
                {
                    what: "the node to be Ready",
                    timeout: 120,
                    components: ["kubelet", "containerd"],
                },
                async () => ((await nodeReady()) ? undefined : "its condition Ready is not true"),
            ),
        /** Waits until a Deployment has all its replicas available. */
        awaitDeployment: (namespace: string, name: string) =>
            waitUntil(
                {
                    what: `Deployment ${namespace}/${name}`,
                    timeout: 120,
                    components: ["kubelet", "kube-scheduler", "kube-controller-manager"],
                },
                async () => {
                    const apps = kubeConfig().makeApiClient(k8s.AppsV1Api);
                    const { metadata, spec, status } = await apps.readNamespacedDeployment({
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
        pods: async (): Promise<PodState[]> => {
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
