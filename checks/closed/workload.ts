/** A pod whose proxy is judged: what policies choose it by, and the namespace of policies for the whole mesh. */
export interface ProxiedPod {
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly rootNamespace: string;
}

/** Whether an object in a namespace that chooses pods by labels, all without any, holds for a pod. */
export function selects(
    namespace: string | undefined,
    labels: Readonly<Record<string, string>> | undefined,
    pod: ProxiedPod,
): boolean {
    return (
        (namespace === pod.namespace || namespace === pod.rootNamespace) &&
        Object.entries(labels ?? {}).every(([name, value]) => pod.labels[name] === value)
    );
}
