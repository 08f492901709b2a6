import type { CoreV1Api, V1Pod } from "@kubernetes/client-node";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import { GATEWAY_SELECTOR } from "#model/mesh.ts";

/** The container of a proxy, among a pod's containers or its init containers. */
export const PROXY_CONTAINER = "istio-proxy";

/** Where the pods of a workload of the catalogue, or of the ingress gateway, are found. */
function podsOf(
    workload: string,
    context: MeshContext,
): { readonly namespace: string; readonly labelSelector: string } {
    return workload === INGRESS_GATEWAY
        ? {
              namespace: context.controlPlaneNamespace,
              labelSelector: Object.entries(GATEWAY_SELECTOR)
                  .map(([name, value]) => `${name}=${value}`)
                  .join(","),
          }
        : { namespace: context.namespace, labelSelector: `app=${workload}` };
}

/** The running pods of a workload that are not about to end. */
export async function runningPods(
    core: CoreV1Api,
    workload: string,
    context: MeshContext,
): Promise<readonly V1Pod[]> {
    const { items } = await core.listNamespacedPod({
        ...podsOf(workload, context),
        fieldSelector: "status.phase=Running",
    });
    return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
}
