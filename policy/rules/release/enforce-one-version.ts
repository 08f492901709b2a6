import type { Finding, KubernetesObject } from "../../field.ts";
import { each, judgements, some } from "../../finding.ts";
import { valueAt } from "../../helm.ts";
import { istioChartOf, istiodValue } from "../../istio-chart.ts";
import { chartVersionOf, imageVersionOf, plainVersion } from "../../istio-version.ts";
import { HELM } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";

const ALLOWED = "base, istiod and gateway are allowed of one version only";

function isIstiod(release: KubernetesObject): boolean {
    return istioChartOf(release) === "istiod";
}

/** Several control planes may stand side by side, each with its revision and its gateways. */
function revisionOf(release: KubernetesObject): string {
    const field = isIstiod(release)
        ? istiodValue(release, "revision")
        : valueAt(release, "revision");
    return field.text() ?? "";
}

/** A gateway belongs to the control plane of its revision, everything else to any of them. */
function matesOf(release: KubernetesObject, releases: readonly KubernetesObject[]) {
    if (istioChartOf(release) !== "gateway") {
        return isIstiod;
    }
    const isOwn = (other: KubernetesObject): boolean =>
        isIstiod(other) && revisionOf(other) === revisionOf(release);
    return some(releases, isOwn) ? isOwn : isIstiod;
}

/** A chart that is not of the version of any control plane it may belong to. */
function checkBeside(release: KubernetesObject, releases: readonly KubernetesObject[]): Finding[] {
    const version = chartVersionOf(release);
    if (version === undefined || isIstiod(release) || istioChartOf(release) === undefined) {
        return [];
    }
    const own = plainVersion(version.text);
    const isMate = matesOf(release, releases);
    const stated = (other: KubernetesObject): string | undefined => {
        const text = (chartVersionOf(other) ?? imageVersionOf(other))?.text;
        return text === undefined ? undefined : plainVersion(text);
    };
    // A control plane from a folder says no version, and one of another stack is not here.
    const agrees = (other: KubernetesObject): boolean =>
        isMate(other) && (stated(other) ?? own) === own;
    if (some(releases, agrees)) {
        return [];
    }
    const others = releases.filter(isMate).map((other) => `${other.label} ${stated(other) ?? ""}`);
    return others.length === 0
        ? []
        : [version.field.finding(`${version.text} beside ${others.join(", ")}`, ALLOWED)];
}

/** A chart whose images are of another version than its templates. */
function checkImage(release: KubernetesObject): Finding[] {
    if (istioChartOf(release) === undefined) {
        return [];
    }
    const [chart, image] = [chartVersionOf(release), imageVersionOf(release)];
    return chart === undefined ||
        image === undefined ||
        plainVersion(image.text) === plainVersion(chart.text)
        ? []
        : [image.field.finding(`${image.text} in a chart of ${chart.text}`, ALLOWED)];
}

/** The parts of one mesh speak the same version. */
export const releaseEnforceOneVersion: StackRule = {
    name: "istio-release-enforce-one-version",
    severity: "high",
    level: "mandatory",
    description:
        "Base, istiod and gateways of a mesh are of one version, images included. Otherwise istiod writes fields that the CRDs prune without a word, or sends proxies what they do not know.",
    remediation: [
        "Give base, istiod, gateway and, where they are used, cni and ztunnel the same version, from one constant.",
        "Leave global.tag out: the chart brings its own.",
        "For a canary of the control plane give each istiod its own revision.",
    ],
    url: "https://istio.io/latest/docs/setup/upgrade/helm/",
    exemptible: "everywhere",
    selects: HELM,
    checkStack: (stack) => {
        const releases = stack.of(...HELM);
        return each(
            () => releases,
            (release) =>
                judgements(
                    () => checkBeside(release, releases),
                    () => checkImage(release),
                ),
        );
    },
};
