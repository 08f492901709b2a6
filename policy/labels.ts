import type { Field, KubernetesObject } from "./field.ts";
import type { Settings } from "./settings.ts";
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
