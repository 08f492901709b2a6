import { each } from "../../finding.ts";
import { parseImage } from "../../image.ts";
import { WORKLOADS } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";
import { containersOf, podOf } from "../../workload.ts";

/** A tag can be moved; a digest cannot. */
export const workloadConfigureImageDigest: ObjectRule = {
    name: "istio-workload-configure-image-digest",
    severity: "medium",
    level: "advisory",
    description:
        "Every image has a digest in production. Otherwise whoever may push to the registry moves the tag, and the next pod runs their code under the workload's identity.",
    remediation: [
        "Write name:tag@sha256:<digest>, as the build reports it after the push.",
        "Or make the registry refuse to overwrite tags.",
    ],
    url: "https://kubernetes.io/docs/concepts/containers/images/#image-digest",
    exemptible: "everywhere",
    selects: [WORKLOADS],
    checkObject: (object, { settings: { production } }) =>
        each(
            () => (production ? containersOf(podOf(object)) : []),
            (container) => {
                const image = container.at("image");
                const text = image.text() ?? "";
                const parsed = text === "" ? undefined : parseImage(text);
                return parsed === undefined || parsed.digest !== undefined
                    ? []
                    : [
                          image.finding(
                              `${text} is whatever its tag stands for`,
                              "a digest is advised in production",
                          ),
                      ];
            },
        ),
};
