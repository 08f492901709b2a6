import type { Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { isStatedElsewhere } from "../../control-plane.ts";
import { askedVersionOf, imageVersionOf, PART_KINDS, partOf } from "../../istio-part.ts";
import { lineOf } from "../../istio-version.ts";
import type { StatedVersion } from "../../istio-version.ts";
import type { StackRule } from "../../rule.ts";

function check(version: StatedVersion | undefined, lines: readonly string[]): Finding[] {
    if (version === undefined) {
        return [];
    }
    const line = lineOf(version.text);
    if (line !== undefined && lines.includes(line)) {
        return [];
    }
    const there =
        line === undefined
            ? `${version.text} names no single line of Istio`
            : `${version.text} is of line ${line}, which gets no security fixes`;
    return [version.field.finding(there, `only ${lines.join(" and ")} are allowed`)];
}

/** What is installed still gets security fixes. */
export const releaseEnforceSupportedLine: StackRule = {
    name: "istio-release-enforce-supported-line",
    severity: "high",
    level: "mandatory",
    description:
        "Istio is of a line that is still supported. Otherwise the next hole in Envoy or istiod stays open, since nobody mends it there.",
    remediation: [
        "Raise version to a supported line, one line at a time, base and istiod before the gateways.",
        "Where a newer line is out, name it in the pack's setting istioLines.",
    ],
    url: "https://istio.io/latest/docs/releases/supported-releases/",
    exemptible: "everywhere",
    selects: PART_KINDS,
    checkStack: (stack, { settings: { istioLines } }) =>
        each(
            () => stack.of(...PART_KINDS),
            (object) =>
                partOf(object) === undefined || isStatedElsewhere(stack, object)
                    ? []
                    : judgements(
                          () => check(askedVersionOf(object), istioLines),
                          () => check(imageVersionOf(object), istioLines),
                      ),
        ),
};
