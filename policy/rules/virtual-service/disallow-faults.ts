import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { httpRoutes } from "../../http-route.ts";
import { VIRTUAL_SERVICE } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";

/** A fault without a share never happens; the older field knows whole percents only. */
function checkShare(fault: Field, { faultPercent }: Settings): Finding[] {
    const newer = fault.at("percentage", "value");
    const share = fault.at("percentage").exists ? newer : fault.at("percent");
    const percent = share.number() ?? 0;
    return percent > faultPercent
        ? [share.finding(`${percent} % of the requests`, `at most ${faultPercent} % are allowed`)]
        : [];
}

function checkFault(fault: Field, settings: Settings): Finding[] {
    if (!fault.exists) {
        return [];
    }
    return settings.production
        ? [fault.finding("an injected fault", "none is allowed in production")]
        : checkShare(fault, settings);
}

/** Real users meet real faults only. */
export const virtualServiceDisallowFaults: ObjectRule = {
    name: "istio-virtual-service-disallow-faults",
    severity: "high",
    level: "mandatory",
    description:
        "No route injects faults in production, and elsewhere only on a small share of its requests. Otherwise an experiment that was forgotten delays or refuses the requests of real users, or makes every test of others fail.",
    remediation: [
        "Remove fault from the route; turn it on by the configuration of a stack without real users.",
        "Outside production lower percentage.value, or raise faultPercent in the pack's settings.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPFaultInjection",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE],
    checkObject: (service, { settings }) =>
        each(
            () => httpRoutes(service),
            (route) =>
                judgements(
                    () => checkFault(route.at("fault", "delay"), settings),
                    () => checkFault(route.at("fault", "abort"), settings),
                ),
        ),
};
