import type { Field, KubernetesObject } from "./field.ts";

/** Label by which a namespace or a pod joins the mesh without a sidecar: `ambient`, or `none`. */
export const DATAPLANE_MODE = "istio.io/dataplane-mode";

/** Label by which the calls of a namespace or a Service pass a waypoint; `none` takes it back. */
export const USE_WAYPOINT = "istio.io/use-waypoint";

/** Labels of a namespace that decide whether its pods join the mesh. */
const JOINING: readonly string[] = [DATAPLANE_MODE, "istio-injection", "istio.io/rev"];

/** Whether a Patch of a namespace says nothing of whether its pods join. */
export function isSilent({ partial, root }: KubernetesObject): boolean {
    return partial && JOINING.every((key) => root.at("metadata", "labels", key).unsaid);
}

/** Such a label of a namespace. What a Patch leaves out is absent where it says some of them. */
export function joiningLabel(namespace: KubernetesObject, key: string): Field | undefined {
    const field = namespace.root.at("metadata", "labels", key);
    return field.unsaid && !isSilent(namespace) ? undefined : field;
}

/** Whether the pods of a namespace join the mesh by the node's ztunnel, unless they have a sidecar. @throws UnknownValue */
export function isAmbient(namespace: KubernetesObject): boolean {
    return joiningLabel(namespace, DATAPLANE_MODE)?.text() === "ambient";
}

/** The waypoint that an object names for itself. @throws UnknownValue */
export function waypointOf({ root }: KubernetesObject): string | undefined {
    return root.at("metadata", "labels", USE_WAYPOINT).text();
}
