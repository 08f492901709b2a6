import type { Field, KubernetesObject } from "./field.ts";
import { WORKLOADS } from "./kinds.ts";
import type { Settings } from "./settings.ts";
import { indexOf } from "./stack.ts";
import type { Stack } from "./stack.ts";
import { podOf } from "./workload.ts";

/** Whether labels mark an ingress gateway. @throws UnknownValue */
export function isGatewayLabelled(labels: Field, { gatewayLabels }: Settings): boolean {
    return gatewayLabels.some((gatewayLabel) => {
        const [key = "", ...value] = gatewayLabel.split("=");
        return labels.at(key).text() === value.join("=");
    });
}

/** Whether labels meet a selector's `matchLabels`, or a Service's selector. @throws UnknownValue */
export function meetsLabels(labels: Field, wanted: Field): boolean {
    return wanted.entries().every(([key, value]) => labels.at(key).text() === value.text());
}

/** The labels of a workload's pods. */
export function podLabels(workload: KubernetesObject): Field {
    return podOf(workload).at("metadata", "labels");
}

function labelKey(namespace: string, key: string, value: string | undefined): string {
    return `${namespace} ${key}=${value ?? ""}`;
}

/**
 * The workloads of a namespace that may meet labels: those with the first of them, and those of which it cannot be
 * told. {@link meetsLabels} has the last word.
 *
 * @throws UnknownValue where the first label is not known
 */
export function candidatesFor(
    stack: Stack,
    namespace: string,
    wanted: Field,
): readonly KubernetesObject[] {
    const [first] = wanted.entries();
    if (first === undefined) {
        return stack.in(namespace, WORKLOADS);
    }
    const index = stack.once(candidatesFor, () =>
        indexOf(stack.of(WORKLOADS), (workload) =>
            podLabels(workload)
                .entries()
                .map(([key, value]) => labelKey(workload.namespace, key, value.text())),
        ),
    );
    const [key, value] = first;
    return index.get(labelKey(namespace, key, value.text()));
}
