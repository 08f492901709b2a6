import { fieldsNamed } from "../../field-walk.ts";
import { CONTROL_PLANE_KINDS, eachIstiod } from "../../control-plane.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each } from "../../finding.ts";
import { retiredHostIn } from "../../image.ts";
import { INSTALLERS } from "../../kinds.ts";
import { isSelected } from "../../kubernetes-object.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";

/** Keys of values that say where an image comes from. */
const IMAGE_KEY = /(^|_)(hub|image|registry|repository|repo|image_name)$/i;

const CHART_PLACES = [["chart"], ["repo"], ["repositoryOpts", "repo"], ["fetchOpts", "repo"]];

function imagesIn(values: Field | undefined): readonly Field[] {
    return values === undefined ? [] : fieldsNamed(values, (key) => IMAGE_KEY.test(key));
}

function* placesOf({ group, root }: KubernetesObject): Generator<() => readonly Field[]> {
    if (group !== "helm.sh") {
        yield () => imagesIn(root.at("spec"));
        return;
    }
    for (const steps of CHART_PLACES) {
        yield () => [root.at(...steps)];
    }
    yield () => imagesIn(root.at("values"));
}

function check(field: Field, { retiredHosts }: Settings): Finding[] {
    const host = retiredHostIn(field.text() ?? "", retiredHosts);
    return host === undefined
        ? []
        : [
              field.finding(
                  `${host} is retired`,
                  "blob.istio.io, ghcr.io/istio and docker.io/istio serve Istio",
              ),
          ];
}

/** No chart or image comes from a host that is being switched off. */
export const releaseDisallowRetiredHost: StackRule = {
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
    selects: CONTROL_PLANE_KINDS,
    checkStack: (stack, { settings }) => [
        ...each(
            () => stack.of(...INSTALLERS),
            (object) =>
                each(
                    () => placesOf(object),
                    (places) => each(places, (field) => check(field, settings)),
                ),
        ),
        // What the injector writes into pods, where it stands as a manifest.
        ...eachIstiod(stack, settings, ({ object, value }) =>
            each(
                () => (isSelected(object, INSTALLERS) ? [] : imagesIn(value())),
                (field) => check(field, settings),
            ),
        ),
    ],
};
