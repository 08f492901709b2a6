import type { CoreV1Api } from "@kubernetes/client-node";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import { GATEWAY_SELECTOR } from "#model/mesh.ts";

/** Which pod. */
export interface PodName {
    readonly namespace: string;
    readonly name: string;
}

/** A pod that runs and is not about to end. */
export interface RunningPod extends PodName {
    readonly labels: Readonly<Record<string, string>>;
    /** `undefined` while it has none yet. */
    readonly ip: string | undefined;
}

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

/** The running pods of a workload. */
export async function runningPods(
    core: CoreV1Api,
    workload: string,
    context: MeshContext,
): Promise<readonly RunningPod[]> {
    const { items } = await core.listNamespacedPod({
        ...podsOf(workload, context),
        fieldSelector: "status.phase=Running",
    });
    return items
        .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
        .map(({ metadata, status }) => ({
            namespace: metadata?.namespace ?? "",
            name: metadata?.name ?? "",
            labels: metadata?.labels ?? {},
            ip: status?.podIP,
        }));
}
