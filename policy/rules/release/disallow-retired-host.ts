import { fieldsNamed } from "../../field-walk.ts";
import type { Field, KubernetesObject } from "../../field.ts";
import { each } from "../../finding.ts";
import { valueAt } from "../../helm.ts";
import { retiredHostIn } from "../../image.ts";
import { HELM } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

/** Keys of values that say where an image comes from. */
const IMAGE_KEY = /(^|_)(hub|image|registry|repository|repo|image_name)$/i;

function* placesOf(release: KubernetesObject): Generator<() => readonly Field[]> {
    const { root } = release;
    for (const steps of [["chart"], ["repo"], ["repositoryOpts", "repo"], ["fetchOpts", "repo"]]) {
        yield () => [root.at(...steps)];
    }
    yield () => fieldsNamed(valueAt(release), (key) => IMAGE_KEY.test(key));
}

/** No chart or image comes from a host that is being switched off. */
export const releaseDisallowRetiredHost: ObjectRule = {
    name: "istio-release-disallow-retired-host",
    severity: "high",
    level: "mandatory",
    description:
        "No chart and no image of a release comes from a host that Istio has retired. Otherwise the next pod on a fresh node finds no image, the next update no chart, and neither gets security fixes.",
    remediation: [
        "Take Istio's charts from https://blob.istio.io/istio-release/charts or oci://ghcr.io/istio/release/charts.",
        "Take its images from docker.io/istio, or leave hub out: the released charts bring it.",
    ],
    url: "https://istio.io/latest/docs/setup/additional-setup/customize-installation-helm/",
    exemptible: "everywhere",
    selects: HELM,
    checkObject: (release, { settings: { retiredHosts } }) =>
        each(
            () => placesOf(release),
            (places) =>
                each(places, (field) => {
                    const host = retiredHostIn(field.text() ?? "", retiredHosts);
                    return host === undefined
                        ? []
                        : [
                              field.finding(
                                  `${host} is retired`,
                                  "blob.istio.io, ghcr.io/istio and docker.io/istio serve Istio",
                              ),
                          ];
                }),
        ),
};
