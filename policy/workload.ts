import { Field, UnknownValue } from "./field.ts";
import type { Identity, KubernetesObject } from "./field.ts";
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
    // Virtual machines with a proxy: no pods, and workloads like any other.
    "networking.istio.io/WorkloadEntry",
    "networking.istio.io/WorkloadGroup",
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

/** What a WorkloadEntry is, as a pod would say it: its labels stand elsewhere. */
function asPod(object: KubernetesObject): Field {
    const spec = object.root.at("spec");
    try {
        return new Field(object, "spec", {
            metadata: { labels: spec.at("labels").value },
            spec: { serviceAccountName: spec.at("serviceAccount").value },
        });
    } catch (error) {
        if (error instanceof UnknownValue) {
            return error.field;
        }
        throw error;
    }
}

/** The pod that a workload runs, or what stands for it: a field with `metadata` and `spec`. */
export function podOf(workload: KubernetesObject): Field {
    const { kind, root } = workload;
    if (kind === "Pod") {
        return root;
    }
    if (isMachine(workload)) {
        // A group's labels stand below its spec as a pod's stand in its template.
        return kind === "WorkloadEntry" ? asPod(workload) : root.at("spec");
    }
    const fields = PLACES.map((place) => root.at(...place));
    return (
        fields.find((field) => field.known && field.exists) ??
        (kind === "CronJob" ? fields[1] : undefined) ??
        root.at("spec", "template")
    );
}

/** Whether a workload is one of virtual machines, or several. */
export function isMachine({ group, kind }: Pick<Identity, "group" | "kind">): boolean {
    return group === "networking.istio.io" && kind.startsWith("Workload");
}

/** The containers of a pod, init containers first. @throws UnknownValue */
export function containersOf(pod: Field): readonly Field[] {
    return [...pod.at("spec", "initContainers").items(), ...pod.at("spec", "containers").items()];
}
