import { isStatedElsewhere } from "../../control-plane.ts";
import type { Finding, KubernetesObject } from "../../field.ts";
import { each, judgements, some } from "../../finding.ts";
import {
    askedVersionOf,
    imageVersionOf,
    PART_KINDS,
    partOf,
    revisionOf,
} from "../../istio-part.ts";
import { mayBeSame, plainVersion } from "../../istio-version.ts";
import type { StatedVersion } from "../../istio-version.ts";
import type { StackRule } from "../../rule.ts";
import type { Stack } from "../../stack.ts";

const ALLOWED = "base, istiod and gateway are allowed of one version only";

function isIstiod(object: KubernetesObject): boolean {
    return partOf(object) === "istiod";
}

/** The version of a part: that of its chart, else that of its images. @throws UnknownValue */
function versionOf(object: KubernetesObject): StatedVersion | undefined {
    return askedVersionOf(object) ?? imageVersionOf(object);
}

/** The parts of Istio in the stack. What is not known to be one is left to the judgement about itself. */
function partsOf(stack: Stack): readonly KubernetesObject[] {
    return stack.once("parts of Istio", () => {
        const parts: KubernetesObject[] = [];
        each(
            () => stack.of(...PART_KINDS),
            (object) => {
                if (partOf(object) !== undefined && !isStatedElsewhere(stack, object)) {
                    parts.push(object);
                }
                return [];
            },
        );
        return parts;
    });
}

/**
 * A gateway belongs to the control plane of its revision, everything else to any of them. Several may stand side by side,
 * each with its revision and its gateways.
 */
function matesOf(object: KubernetesObject, parts: readonly KubernetesObject[]) {
    if (partOf(object) !== "gateway") {
        return isIstiod;
    }
    const isOwn = (other: KubernetesObject): boolean =>
        isIstiod(other) && revisionOf(other) === revisionOf(object);
    return some(parts, isOwn) ? isOwn : isIstiod;
}

/** A part that is not of the version of any control plane it may belong to. */
function checkBeside(object: KubernetesObject, parts: readonly KubernetesObject[]): Finding[] {
    const version = isIstiod(object) ? undefined : versionOf(object);
    if (version === undefined) {
        return [];
    }
    const isMate = matesOf(object, parts);
    const stated = (other: KubernetesObject): string | undefined => versionOf(other)?.text;
    // A control plane from a folder says no version, and one of another stack is not here.
    const agrees = (other: KubernetesObject): boolean =>
        isMate(other) && mayBeSame(stated(other) ?? version.text, version.text);
    if (some(parts, agrees)) {
        return [];
    }
    const others = parts
        .filter(isMate)
        .map((other) => `${other.label} ${plainVersion(stated(other) ?? "")}`);
    return others.length === 0
        ? []
        : [version.field.finding(`${version.text} beside ${others.join(", ")}`, ALLOWED)];
}

/** What is installed with images of another version than its templates. */
function checkImage(object: KubernetesObject): Finding[] {
    const [asked, image] = [askedVersionOf(object), imageVersionOf(object)];
    const what = object.group === "helm.sh" ? "a chart" : `an ${object.kind}`;
    return asked === undefined || image === undefined || mayBeSame(image.text, asked.text)
        ? []
        : [image.field.finding(`${image.text} in ${what} of ${asked.text}`, ALLOWED)];
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
    selects: PART_KINDS,
    checkStack: (stack) =>
        each(
            () => stack.of(...PART_KINDS),
            (object) =>
                partOf(object) === undefined || isStatedElsewhere(stack, object)
                    ? []
                    : judgements(
                          () => checkBeside(object, partsOf(stack)),
                          () => checkImage(object),
                      ),
        ),
};
