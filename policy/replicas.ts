import type { Field, KubernetesObject } from "./field.ts";
import { HORIZONTAL_POD_AUTOSCALER, ROLLOUT, SERVICE, WORKLOADS } from "./kinds.ts";
import type { Selector } from "./kubernetes-object.ts";
import { bearersOf } from "./bearers.ts";
import { meetsLabels, podLabels } from "./labels.ts";
import { firstOf } from "./search.ts";
import type { Settings } from "./settings.ts";
import { indexOf } from "./stack.ts";
import type { Index, Stack } from "./stack.ts";

/** The kinds that tell how many pods a service has; a rule that asks needs all of them. */
export const REPLICA_KINDS: readonly Selector[] = [SERVICE, HORIZONTAL_POD_AUTOSCALER, WORKLOADS];

const WITH_REPLICAS: readonly string[] = [
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "Rollout",
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

/** KEDA's autoscaler, which makes a HorizontalPodAutoscaler of its own. */
const SCALED_OBJECT: Selector = { group: "keda.sh", kind: "ScaledObject" };

const keyOf = (...parts: readonly string[]): string => parts.join("/");

/** The autoscalers of the stack, by what they scale. */
function autoscalersOf(stack: Stack): Index<KubernetesObject> {
    return stack.once("autoscalers", () =>
        indexOf(stack.of(HORIZONTAL_POD_AUTOSCALER, SCALED_OBJECT), (autoscaler) => {
            const target = autoscaler.root.at("spec", "scaleTargetRef");
            const kind = target.at("kind").text() ?? "Deployment";
            return [keyOf(autoscaler.namespace, kind, target.at("name").text() ?? "")];
        }),
    );
}

/** The Rollouts of the stack that run another workload's pods in its place, by that workload. */
function rolloutsOf(stack: Stack): Index<KubernetesObject> {
    return stack.once("rollouts by workload", () =>
        indexOf(stack.of(ROLLOUT), (rollout) => {
            const target = rollout.root.at("spec", "workloadRef");
            return [
                keyOf(
                    rollout.namespace,
                    target.at("kind").text() ?? "",
                    target.at("name").text() ?? "",
                ),
            ];
        }),
    );
}

/**
 * Where the fewest pods of a workload are said: by what scales it, else by itself. An Argo Rollout counts for the workload
 * that it refers to.
 *
 * @throws UnknownValue
 */
export function countField(stack: Stack, workload: KubernetesObject): Field {
    const { namespace, kind, name, root } = workload;
    const key = keyOf(namespace, kind, name);
    const targetOf = (steps: readonly string[]) => (object: KubernetesObject) =>
        object.root.at("spec", ...steps, "name").text() === name;
    const rollout =
        kind === ROLLOUT.kind
            ? undefined
            : firstOf(rolloutsOf(stack).get(key), targetOf(["workloadRef"]));
    if (rollout !== undefined) {
        return countField(stack, rollout);
    }
    const autoscaler = firstOf(autoscalersOf(stack).get(key), targetOf(["scaleTargetRef"]));
    return autoscaler === undefined
        ? root.at("spec", "replicas")
        : autoscaler.root.at(
              "spec",
              autoscaler.kind === SCALED_OBJECT.kind ? "minReplicaCount" : "minReplicas",
          );
}

/** The fewest pods that a workload has; `undefined` where only the cluster knows. */
export function leastReplicas(stack: Stack, workload: KubernetesObject): number | undefined {
    if (workload.kind === "Pod") {
        return 1;
    }
    const field = countField(stack, workload);
    // What is scaled to none has no pods to lose.
    const said = field.object === workload ? field.number() : Math.max(field.number() ?? 1, 1);
    return said ?? (WITH_REPLICAS.includes(workload.kind) ? 1 : undefined);
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
    const counts = bearersOf(stack, selector, service.namespace)
        .filter(
            (bearer) =>
                bearer.runsPods &&
                (subset === undefined || meetsLabels(podLabels(bearer), subset.at("labels"))),
        )
        .map((workload) => leastReplicas(stack, workload));
    return counts.length === 0
        ? undefined
        : counts.reduce(
              (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
              0,
          );
}
