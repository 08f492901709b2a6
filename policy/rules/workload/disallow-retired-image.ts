import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { retiredHostIn } from "../../image.ts";
import { WORKLOADS } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";
import { containersOf, podOf } from "../../workload.ts";

function check(image: Field, hosts: readonly string[]): Finding[] {
    const host = retiredHostIn(image.text() ?? "", hosts);
    return host === undefined
        ? []
        : [image.finding(`${host} is retired`, "docker.io/istio serves Istio's images")];
}

/** No pod waits for an image that nobody serves any more. */
export const workloadDisallowRetiredImage: ObjectRule = {
    name: "istio-workload-disallow-retired-image",
    severity: "high",
    level: "mandatory",
    description:
        "No pod takes an image from a host that Istio has retired. Otherwise it starts only where a node still has the image, and fails on a fresh one.",
    remediation: ["Take Istio's images from docker.io/istio."],
    url: "https://istio.io/latest/docs/setup/additional-setup/customize-installation-helm/",
    exemptible: "everywhere",
    selects: [WORKLOADS],
    checkObject: (object, { settings: { retiredHosts } }) => {
        const pod = podOf(object);
        return [
            ...each(
                () => containersOf(pod),
                (container) => check(container.at("image"), retiredHosts),
            ),
            ...judgements(() =>
                check(
                    pod.at("metadata", "annotations", "sidecar.istio.io/proxyImage"),
                    retiredHosts,
                ),
            ),
        ];
    },
};
