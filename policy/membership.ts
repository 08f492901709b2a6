import { DATAPLANE_MODE, isAmbient, isSilent, joiningLabel } from "./ambient.ts";
import type { Field, KubernetesObject } from "./field.ts";
import { some } from "./finding.ts";
import { isForGateway, isWaypoint, roleOf } from "./gateways.ts";
import { istioChartOf } from "./istio-chart.ts";
import {
    AUTHORIZATION_POLICY,
    HELM,
    KUBERNETES_GATEWAY,
    NAMESPACE,
    PEER_AUTHENTICATION,
    SIDECAR,
    WORKLOADS,
} from "./kinds.ts";
import type { Selector } from "./kubernetes-object.ts";
import { isNeverInjected } from "./never-injected.ts";
import { DEFAULT_REVISION, isServed } from "./revision.ts";
import { firstOf } from "./search.ts";
import type { Settings } from "./settings.ts";
import { indexOf } from "./stack.ts";
import type { Index, Stack } from "./stack.ts";
import { isMachine, podOf } from "./workload.ts";

/** Label and annotation by which a pod asks for a sidecar, or for none. */
export const INJECT = "sidecar.istio.io/inject";

/** Kinds that act on sidecars only: who writes one into a namespace means it to be in the mesh. */
export const MESH_ONLY: readonly Selector[] = [AUTHORIZATION_POLICY, PEER_AUTHENTICATION, SIDECAR];

/** The kinds that tell what belongs to the mesh; a rule that asks needs all of them. */
export const MEMBERSHIP_KINDS: readonly Selector[] = [NAMESPACE, WORKLOADS, ...HELM, ...MESH_ONLY];

/** What the injector takes for a yes; an empty text leaves it to the namespace, and everything else is a no. */
const YES: ReadonlySet<string> = new Set(["y", "yes", "true", "on"]);

/** Whether a label or annotation declines the sidecar. @throws UnknownValue */
export function declines(said: Field): boolean {
    const text = said.text() ?? "";
    return text !== "" && !YES.has(text.toLowerCase());
}

/** Where a pod declines its sidecar: the label goes before the annotation. @throws UnknownValue */
export function optOutOf(pod: Field): Field | undefined {
    const label = pod.at("metadata", "labels", INJECT);
    const said = label.exists ? label : pod.at("metadata", "annotations", INJECT);
    return declines(said) ? said : undefined;
}

/** Whether a pod asks for its sidecar by itself: the annotation alone never reaches the injector. @throws UnknownValue */
export function optsIn(pod: Field): boolean {
    const labels = pod.at("metadata", "labels");
    return labels.at(INJECT).text() === "true" || labels.at("istio.io/rev").exists;
}

/** The revision that a namespace asks for its pods' sidecars; empty where it asks for none. @throws UnknownValue */
function revisionAskedBy(namespace: KubernetesObject): string {
    const injection = joiningLabel(namespace, "istio-injection");
    // A namespace with this label is not looked at for a revision, whatever the label says.
    return injection?.exists === true
        ? injection.text() === "enabled"
            ? DEFAULT_REVISION
            : ""
        : (joiningLabel(namespace, "istio.io/rev")?.text() ?? "");
}

/** Whether a control plane gives the pods of a namespace sidecars. @throws UnknownValue */
export function getsSidecars(namespace: KubernetesObject, stack: Stack): boolean {
    const revision = revisionAskedBy(namespace);
    return revision !== "" && isServed(stack, revision);
}

/** Whether the pods of a namespace join the mesh, by ambient or by a sidecar that a control plane injects. @throws UnknownValue */
export function isInjected(namespace: KubernetesObject, stack: Stack): boolean {
    return (
        !isNeverInjected(namespace.name) && (isAmbient(namespace) || getsSidecars(namespace, stack))
    );
}

/** Whether a namespace asks for its pods to join. @throws UnknownValue */
export function isLabelled(namespace: KubernetesObject): boolean {
    return isAmbient(namespace) || revisionAskedBy(namespace) !== "";
}

function namespacesByName(stack: Stack): Index<KubernetesObject> {
    return stack.once(namespacesByName, () =>
        indexOf(stack.of(NAMESPACE), (namespace) => (isSilent(namespace) ? [] : [namespace.name])),
    );
}

/** The stack's own Namespace of that name, or its Patch that says whether pods join the mesh. @throws UnknownValue */
export function namespaceNamed(stack: Stack, name: string): KubernetesObject | undefined {
    return firstOf(
        namespacesByName(stack).get(name),
        (namespace) => !isSilent(namespace) && namespace.name === name,
    );
}

/** Whether what a chart runs in its namespace is known to be in the mesh. @throws UnknownValue */
export function isInMesh(stack: Stack, { namespace }: KubernetesObject): boolean {
    const declared = namespaceNamed(stack, namespace);
    return declared !== undefined && isInjected(declared, stack);
}

/** Whether ztunnel captures a workload's pods, unless they have a sidecar: by their label, else by that of their namespace. @throws UnknownValue */
export function isCaptured(stack: Stack, workload: KubernetesObject): boolean {
    const mode = podOf(workload).at("metadata", "labels", DATAPLANE_MODE).text();
    if (mode !== undefined) {
        return mode === "ambient";
    }
    const namespace = namespaceNamed(stack, workload.namespace);
    return namespace !== undefined && isAmbient(namespace);
}

/** Whether all workloads of a namespace are captured by ztunnel, each by its own label. @throws UnknownValue */
export function runsCapturedOnly(stack: Stack, namespace: string): boolean {
    const workloads = stack
        .in(namespace, WORKLOADS)
        .filter((workload) => workload.namespace === namespace);
    return workloads.length > 0 && !some(workloads, (workload) => !isCaptured(stack, workload));
}

/** Whether the stack writes policies for the application pods of a namespace, or of any. @throws UnknownValue */
export function hasPolicies(
    stack: Stack,
    namespace: string | undefined,
    settings: Settings,
): boolean {
    return some(
        namespace === undefined ? stack.of(...MESH_ONLY) : stack.in(namespace, ...MESH_ONLY),
        (object) =>
            (namespace === undefined || object.namespace === namespace) &&
            !isForGateway(stack, object, settings),
    );
}

/** Whether a namespace runs gateways of this stack and nothing else of it. @throws UnknownValue */
export function runsGatewaysOnly(stack: Stack, namespace: string, settings: Settings): boolean {
    const members = stack.in(namespace, WORKLOADS, ...HELM, KUBERNETES_GATEWAY);
    const isMember = (object: KubernetesObject): boolean => object.namespace === namespace;
    const isApplication = (object: KubernetesObject): boolean =>
        object.group === "helm.sh"
            ? istioChartOf(object) !== "gateway"
            : object.runsPods
              ? roleOf(object, settings) !== "gateway"
              : isWaypoint(stack, object);
    return (
        !some(members, (object) => isMember(object) && isApplication(object)) &&
        some(members, isMember)
    );
}

/** Whether the stack has anything of sidecars; where it has nothing, no namespace needs to be known. */
function hasInjection(stack: Stack): boolean {
    return (
        stack.of(...MESH_ONLY).length > 0 ||
        some(stack.of(NAMESPACE), (namespace) => isInjected(namespace, stack))
    );
}

function accountSaid({ root }: KubernetesObject): boolean {
    return root.at("spec", "serviceAccount").exists;
}

/**
 * Whether a workload's pods, or those of a release of the gateway chart, join the mesh. In a namespace of another stack
 * it is taken from this stack's own policies there.
 *
 * @throws UnknownValue
 */
export function isMeshed(stack: Stack, workload: KubernetesObject, settings: Settings): boolean {
    if (workload.group === "helm.sh") {
        return true;
    }
    if (isMachine(workload)) {
        // Without an identity it is the address of a server outside the mesh.
        return workload.kind === "WorkloadGroup" || accountSaid(workload);
    }
    const pod = podOf(workload);
    if (pod.at("spec", "hostNetwork").flag() === true) {
        return false;
    }
    if (optOutOf(pod) !== undefined) {
        return isCaptured(stack, workload);
    }
    if (optsIn(pod)) {
        return !isNeverInjected(workload.namespace);
    }
    if (!hasInjection(stack)) {
        return false;
    }
    const namespace = namespaceNamed(stack, workload.namespace);
    return namespace === undefined
        ? workload.namespace !== settings.rootNamespace &&
              !isNeverInjected(workload.namespace) &&
              hasPolicies(stack, workload.namespace, settings)
        : getsSidecars(namespace, stack) || isCaptured(stack, workload);
}

/** Workloads whose pods ask for their sidecars themselves, by their namespaces. */
function volunteers(stack: Stack): Index<KubernetesObject> {
    return stack.once(volunteers, () =>
        indexOf(stack.of(WORKLOADS), (workload) =>
            optsIn(podOf(workload)) ? [workload.namespace] : [],
        ),
    );
}

/** Whether a namespace declared here holds pods of the mesh. @throws UnknownValue */
export function isMeshedNamespace(stack: Stack, namespace: KubernetesObject): boolean {
    return (
        isInjected(namespace, stack) ||
        (!isNeverInjected(namespace.name) &&
            some(
                volunteers(stack).get(namespace.name),
                (workload) => optsIn(podOf(workload)) && workload.namespace === namespace.name,
            ))
    );
}
