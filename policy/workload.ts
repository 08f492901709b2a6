import type { Field, KubernetesObject } from "./field.ts";

/** The pod that a workload runs: a field with `metadata` and `spec`. */
export function podOf({ kind, root }: KubernetesObject): Field {
    switch (kind) {
        case "Pod":
            return root;
        case "CronJob":
            return root.at("spec", "jobTemplate", "spec", "template");
        default:
            return root.at("spec", "template");
    }
}

/** The containers of a pod, init containers first. @throws UnknownValue */
export function containersOf(pod: Field): readonly Field[] {
    return [...pod.at("spec", "initContainers").items(), ...pod.at("spec", "containers").items()];
}
