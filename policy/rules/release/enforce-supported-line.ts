import type { Finding } from "../../field.ts";
import { judgements } from "../../finding.ts";
import { istioChartOf } from "../../istio-chart.ts";
import { chartVersionOf, imageVersionOf, lineOf } from "../../istio-version.ts";
import type { StatedVersion } from "../../istio-version.ts";
import { HELM } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

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
export const releaseEnforceSupportedLine: ObjectRule = {
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
    selects: HELM,
    checkObject: (release, { settings: { istioLines } }) =>
        istioChartOf(release) === undefined
            ? []
            : judgements(
                  () => check(chartVersionOf(release), istioLines),
                  () => check(imageVersionOf(release), istioLines),
              ),
};
