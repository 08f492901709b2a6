import { isMeshChart } from "../../console-chart.ts";
import { fieldsNamed } from "../../field-walk.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { chartOf, valueAt } from "../../helm.ts";
import { parseImage } from "../../image.ts";
import { isLocalChart } from "../../istio-chart.ts";
import { chartVersionOf, isExactVersion } from "../../istio-version.ts";
import { HELM } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

const IMAGE_KEY = /(^|_)image$/i;
const TAG_KEY = /(^tag|Tag|_tag|^image_version)$/;
/** Kiali's chart takes `lastrelease` as well. */
const FLOATING: ReadonlySet<string> = new Set(["lastrelease", "latest"]);

function checkChart(release: KubernetesObject): Finding[] {
    if (isLocalChart(release)) {
        return [];
    }
    const version = chartVersionOf(release);
    const text = version?.text ?? "no version";
    return version !== undefined && isExactVersion(text)
        ? []
        : [
              (version?.field ?? release.root.at("version")).finding(
                  `${text} takes whatever ${chartOf(release)} is newest`,
                  "one exact version is required",
              ),
          ];
}

function checkImage(field: Field): Finding[] {
    const text = field.text() ?? "";
    const { tag, digest } = parseImage(text) ?? {};
    const floats = FLOATING.has(text) || (digest === undefined && FLOATING.has(tag ?? ""));
    return floats
        ? [field.finding(`${text} is another image tomorrow`, "a tag that stays is required")]
        : [];
}

/** What is installed today is what was installed yesterday. */
export const releaseDisallowFloatingVersion: ObjectRule = {
    name: "istio-release-disallow-floating-version",
    severity: "high",
    level: "mandatory",
    description:
        "Charts of the mesh and of what observes it are of one exact version, and none of their images is latest. Otherwise an update that changes nothing installs another control plane, and nobody can say which one was running.",
    remediation: [
        "Set version to an exact version, no range.",
        "Leave image tags to the chart, or give them a version.",
    ],
    url: "https://www.pulumi.com/registry/packages/kubernetes/api-docs/helm/v3/release/#version_nodejs",
    exemptible: "everywhere",
    selects: HELM,
    checkObject: (release) =>
        isMeshChart(release)
            ? [
                  ...judgements(() => checkChart(release)),
                  ...each(
                      () =>
                          fieldsNamed(
                              valueAt(release),
                              (key) => IMAGE_KEY.test(key) || TAG_KEY.test(key),
                          ),
                      checkImage,
                  ),
              ]
            : [],
};
