import type { Field, Identity, KubernetesObject } from "./field.ts";
import { readKey, Unknown } from "./known.ts";

const CONTROLLERS: ReadonlySet<string> = new Set([
    "/Pod",
    "/ReplicationController",
    "apps/DaemonSet",
    "apps/Deployment",
    "apps/ReplicaSet",
    "apps/StatefulSet",
    "batch/CronJob",
    "batch/Job",
]);

/** Where kinds hold the pod that they run: the usual place first. */
const PLACES: readonly (readonly string[])[] = [
    ["spec", "template"],
    ["spec", "jobTemplate", "spec", "template"],
    ["spec", "podTemplate"],
    ["spec", "jobTargetRef", "template"],
];

function valueAt(holder: unknown, [step, ...rest]: readonly string[]): unknown {
    return step === undefined || holder instanceof Unknown
        ? holder
        : typeof holder === "object" && holder !== null
          ? valueAt(readKey(holder, step), rest)
          : undefined;
}

/** Whether what stands there is a pod to be run. */
function isPod(props: object, place: readonly string[]): boolean {
    const containers = valueAt(props, [...place, "spec", "containers"]);
    return Array.isArray(containers);
}

/** Whether objects of a kind run pods: Kubernetes' own controllers, and any other that holds a pod's containers. */
export function runsPods(
    { group, kind }: Pick<Identity, "group" | "kind">,
    props: object,
): boolean {
    return CONTROLLERS.has(`${group}/${kind}`) || PLACES.some((place) => isPod(props, place));
}

/** The pod that a workload runs: a field with `metadata` and `spec`. */
export function podOf({ kind, root }: KubernetesObject): Field {
    if (kind === "Pod") {
        return root;
    }
    const fields = PLACES.map((place) => root.at(...place));
    return (
        fields.find((field) => field.known && field.exists) ??
        (kind === "CronJob" ? fields[1] : undefined) ??
        root.at("spec", "template")
    );
}

/** The containers of a pod, init containers first. @throws UnknownValue */
export function containersOf(pod: Field): readonly Field[] {
    return [...pod.at("spec", "initContainers").items(), ...pod.at("spec", "containers").items()];
}
