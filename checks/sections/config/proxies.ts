import type { V1Pod } from "@kubernetes/client-node";
import { LABEL } from "#live/probes/pod.ts";
import { PROXY_CONTAINER } from "#model/platform-names.ts";
import type { LiveMesh } from "../../live-mesh.ts";

/** Pods that live and are the mesh's own: neither ended nor about to end, and no probe of any run. */
export async function livingPods(live: LiveMesh, namespace: string): Promise<readonly V1Pod[]> {
    const { items } = await live.core.listNamespacedPod({
        namespace,
        labelSelector: `!${LABEL}`,
        fieldSelector: "status.phase!=Succeeded,status.phase!=Failed",
    });
    return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
}

/** Whether a pod has a proxy: an ordinary container, or an init container that never ends. */
export function hasProxy({ spec }: V1Pod): boolean {
    return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].some(
        ({ name }) => name === PROXY_CONTAINER,
    );
}

/** Every running proxy of the mesh's two namespaces, as istiod calls it: `<pod>.<namespace>`. */
export async function runningProxies(live: LiveMesh): Promise<readonly string[]> {
    const { namespace, controlPlaneNamespace } = live.mesh.context;
    const pods = await Promise.all(
        [...new Set([namespace, controlPlaneNamespace])].map((name) => livingPods(live, name)),
    );
    return pods
        .flat()
        .filter((pod) => pod.status?.phase === "Running" && hasProxy(pod))
        .map(({ metadata }) => `${metadata?.name ?? ""}.${metadata?.namespace ?? ""}`);
}
