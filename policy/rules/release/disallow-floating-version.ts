import { isMeshChart } from "../../console-chart.ts";
import { fieldsNamed } from "../../field-walk.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { chartOf } from "../../helm.ts";
import { parseImage } from "../../image.ts";
import { isLocalChart } from "../../istio-chart.ts";
import { askedVersionOf, partOf } from "../../istio-part.ts";
import { isExactVersion } from "../../istio-version.ts";
import { INSTALLERS, SAIL } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";

const IMAGE_KEY = /(^|_)image$/i;
const TAG_KEY = /(^tag|Tag|_tag|^image_version)$/;
/** Kiali's chart takes `lastrelease` as well. */
const FLOATING: ReadonlySet<string> = new Set(["lastrelease", "latest"]);

/** Where a version is asked for; `undefined` where a folder or istioctl decides. */
function placeOf(object: KubernetesObject): Field | undefined {
    if (object.group === SAIL.group) {
        return partOf(object) === undefined ? undefined : object.root.at("spec", "version");
    }
    return object.group === "helm.sh" && !isLocalChart(object)
        ? object.root.at("version")
        : undefined;
}

function checkVersion(object: KubernetesObject): Finding[] {
    const place = placeOf(object);
    const version = place && askedVersionOf(object);
    const text = version?.text ?? "no version";
    const what = object.group === "helm.sh" ? chartOf(object) : object.kind;
    return place === undefined || isExactVersion(text)
        ? []
        : [
              (version?.field ?? place).finding(
                  `${text} takes whatever ${what} is newest`,
                  "one exact version is required",
              ),
          ];
}

/** Where values may name images. */
function valuesIn(object: KubernetesObject): Field {
    return object.root.at(object.group === "helm.sh" ? "values" : "spec");
}

function checkImage(field: Field): Finding[] {
    const text = field.text() ?? "";
    const { tag, digest } = parseImage(text) ?? {};
    const floats = FLOATING.has(text) || (digest === undefined && FLOATING.has(tag ?? ""));
    return floats
        ? [field.finding(`${text} is another image tomorrow`, "a tag that stays is required")]
        : [];
}

function checkInstaller(object: KubernetesObject): Finding[] {
    return [
        ...judgements(() => checkVersion(object)),
        ...each(
            () => fieldsNamed(valuesIn(object), (key) => IMAGE_KEY.test(key) || TAG_KEY.test(key)),
            checkImage,
        ),
    ];
}

/** What is installed today is what was installed yesterday. */
export const releaseDisallowFloatingVersion: StackRule = {
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
    selects: INSTALLERS,
    checkStack: (stack) =>
        each(
            () => stack.of(...INSTALLERS),
            (object) =>
                object.group !== "helm.sh" || isMeshChart(object) ? checkInstaller(object) : [],
        ),
};
