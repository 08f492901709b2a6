import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { parseImage } from "../../image.ts";
import { WORKLOADS } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";
import { containersOf, podOf } from "../../workload.ts";

function check(image: Field): Finding[] {
    const text = image.text();
    const parsed = text === undefined || text === "" ? undefined : parseImage(text);
    if (parsed === undefined || parsed.digest !== undefined) {
        return [];
    }
    const allowed = "a tag of a version, or a digest, is required";
    if (parsed.tag === undefined) {
        return [image.finding(`${text} has no tag, which means latest`, allowed)];
    }
    return parsed.tag === "latest"
        ? [image.finding(`${text} is another image tomorrow`, allowed)]
        : [];
}

/** A pod that starts again runs what it ran before. */
export const workloadDisallowFloatingTag: ObjectRule = {
    name: "istio-workload-disallow-floating-tag",
    severity: "high",
    level: "mandatory",
    description:
        "Every image has a tag, and none is latest. Otherwise a pod that is merely rescheduled runs other code under the same identity, and the replicas of one subset differ.",
    remediation: ["Name the version that was tested, or its digest."],
    url: "https://kubernetes.io/docs/concepts/containers/images/#image-names",
    exemptible: "everywhere",
    selects: [WORKLOADS],
    checkObject: (object) => {
        const pod = podOf(object);
        return [
            ...each(
                () => containersOf(pod),
                (container) => check(container.at("image")),
            ),
            ...judgements(() =>
                check(pod.at("metadata", "annotations", "sidecar.istio.io/proxyImage")),
            ),
        ];
    },
};
