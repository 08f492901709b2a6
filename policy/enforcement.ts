import { DATAPLANE_MODE, isAmbient } from "./ambient.ts";
import { targetsOf } from "./authorization.ts";
import type { KubernetesObject } from "./field.ts";
import { some } from "./finding.ts";
import { isForGateway, podsIn, someSelected } from "./gateways.ts";
import type { Pods } from "./gateways.ts";
import { NAMESPACE, WORKLOADS } from "./kinds.ts";
import { getsSidecars, isCaptured, namespaceNamed, optOutOf, optsIn } from "./membership.ts";
import type { Settings } from "./settings.ts";
import type { Stack } from "./stack.ts";
import { podOf } from "./workload.ts";

/** Whether the pods of a workload are guarded by their node's ztunnel, and have no sidecar of their own. @throws UnknownValue */
export function isAmbientWorkload(stack: Stack, workload: KubernetesObject): boolean {
    const pod = podOf(workload);
    if (!isCaptured(stack, workload) || optOutOf(pod) !== undefined) {
        return isCaptured(stack, workload);
    }
    const namespace = namespaceNamed(stack, workload.namespace);
    return !optsIn(pod) && (namespace === undefined || !getsSidecars(namespace, stack));
}

/** Whether a namespace is the stack's own and its pods have ztunnel, and no sidecars. @throws UnknownValue */
function isAmbientOnly(namespace: KubernetesObject, stack: Stack): boolean {
    return isAmbient(namespace) && !getsSidecars(namespace, stack);
}

/** Whether something of the stack is ambient; where nothing is, no pod needs to be known. @throws UnknownValue */
function hasAmbient(stack: Stack): boolean {
    return stack.once(hasAmbient, () =>
        some(
            [
                ...stack.of(NAMESPACE).map((namespace) => namespace.root),
                ...stack.of(WORKLOADS).map(podOf),
            ],
            (holder) => holder.at("metadata", "labels", DATAPLANE_MODE).text() === "ambient",
        ),
    );
}

/** Whether some application pods of the stack for which a policy without targets holds meet a condition. @throws UnknownValue */
function someGuarded(
    stack: Stack,
    policy: KubernetesObject,
    settings: Settings,
    condition: (workload: KubernetesObject) => boolean,
): boolean {
    const isMeant = (pods: Pods): boolean =>
        pods.object.runsPods && pods.role() === "application" && condition(pods.object);
    const matchLabels = policy.root.at("spec", "selector", "matchLabels");
    return matchLabels.entries().length > 0
        ? someSelected(stack, policy.namespace, matchLabels, settings, isMeant)
        : some(podsIn(stack, policy.namespace, settings), isMeant);
}

/** Whether the stack says of a policy's namespaces, of whose pods it says nothing, that they are ambient. */
function holdsInAmbientNamespace(
    stack: Stack,
    { namespace }: KubernetesObject,
    { rootNamespace }: Settings,
): boolean {
    const declared = stack
        .of(NAMESPACE)
        .filter(({ name }) => namespace === rootNamespace || name === namespace);
    return (
        some(declared, (one) => isAmbientOnly(one, stack)) &&
        !some(declared, (one) => getsSidecars(one, stack))
    );
}

/**
 * How a policy is enforced by ztunnel, which knows connections and nothing of HTTP: for all of the pods that the stack is
 * known to have for it, for some, or for none.
 *
 * @throws UnknownValue
 */
export function ztunnelShare(
    stack: Stack,
    policy: KubernetesObject,
    settings: Settings,
): "all" | "none" | "some" {
    if (
        !hasAmbient(stack) ||
        targetsOf(policy).length > 0 ||
        isForGateway(stack, policy, settings)
    ) {
        return "none";
    }
    const isAmbientPod = (workload: KubernetesObject): boolean =>
        isAmbientWorkload(stack, workload);
    if (someGuarded(stack, policy, settings, isAmbientPod)) {
        return someGuarded(stack, policy, settings, (workload) => !isAmbientPod(workload))
            ? "some"
            : "all";
    }
    return !someGuarded(stack, policy, settings, () => true) &&
        holdsInAmbientNamespace(stack, policy, settings)
        ? "all"
        : "none";
}
