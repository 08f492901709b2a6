import type { Field, KubernetesObject } from "./field.ts";
import { HORIZONTAL_POD_AUTOSCALER, SERVICE, WORKLOADS } from "./kinds.ts";
import type { Selector } from "./kubernetes-object.ts";
import { candidatesFor, meetsLabels, podLabels } from "./labels.ts";
import { firstOf } from "./search.ts";
import type { Settings } from "./settings.ts";
import { indexOf } from "./stack.ts";
import type { Stack } from "./stack.ts";

/** The kinds that tell how many pods a service has; a rule that asks needs all of them. */
export const REPLICA_KINDS: readonly Selector[] = [SERVICE, HORIZONTAL_POD_AUTOSCALER, WORKLOADS];

const WITH_REPLICAS: readonly string[] = [
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
];

/** The stack's own Service of a full host name. @throws UnknownValue */
export function serviceOf(
    stack: Stack,
    host: string,
    { clusterDomain }: Settings,
): KubernetesObject | undefined {
    const hostOf = ({ name, namespace }: KubernetesObject): string =>
        `${name}.${namespace}.svc.${clusterDomain}`;
    const services = stack.once(serviceOf, () =>
        indexOf(stack.of(SERVICE), (service) => [hostOf(service)]),
    );
    return firstOf(services.get(host), (service) => hostOf(service) === host);
}

/** The fewest pods that a workload has; `undefined` where only the cluster knows. */
function leastReplicas(stack: Stack, workload: KubernetesObject): number | undefined {
    if (workload.kind === "Pod") {
        return 1;
    }
    if (!WITH_REPLICAS.includes(workload.kind)) {
        return undefined;
    }
    const autoscaler = firstOf(
        stack.in(workload.namespace, HORIZONTAL_POD_AUTOSCALER),
        (candidate) => {
            const target = candidate.root.at("spec", "scaleTargetRef");
            return (
                candidate.namespace === workload.namespace &&
                target.at("kind").text() === workload.kind &&
                target.at("name").text() === workload.name
            );
        },
    );
    return autoscaler === undefined
        ? (workload.root.at("spec", "replicas").number() ?? 1)
        : (autoscaler.root.at("spec", "minReplicas").number() ?? 1);
}

/**
 * The fewest pods behind a service that carry a subset's labels.
 *
 * @returns `undefined` where the stack does not tell: none of its workloads, or one that counts no replicas
 * @throws UnknownValue
 */
export function leastReplicasOf(
    stack: Stack,
    service: KubernetesObject,
    subset: Field | undefined,
): number | undefined {
    const selector = service.root.at("spec", "selector");
    if (selector.entries().length === 0) {
        return undefined;
    }
    const counts = candidatesFor(stack, service.namespace, selector)
        .filter((workload) => {
            const labels = podLabels(workload);
            return (
                workload.namespace === service.namespace &&
                meetsLabels(labels, selector) &&
                (subset === undefined || meetsLabels(labels, subset.at("labels")))
            );
        })
        .map((workload) => leastReplicas(stack, workload));
    return counts.length === 0
        ? undefined
        : counts.reduce(
              (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
              0,
          );
}
