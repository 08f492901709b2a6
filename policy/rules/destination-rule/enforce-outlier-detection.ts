import type { Field, Finding } from "../../field.ts";
import { DESTINATION_RULE, GATEWAY_API_ROUTES, VIRTUAL_SERVICE } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import { eachEffective } from "../../traffic-policy.ts";

/** Envoy counts 5xx where the field is absent, and gateway errors only where the field is there. */
function counts(outlier: Field): boolean {
    const fivehundreds = outlier.at("consecutive5xxErrors").number() ?? 5;
    const gateway = outlier.at("consecutiveGatewayErrors").number() ?? 0;
    const local = outlier.at("splitExternalLocalOriginErrors").flag() === true;
    return fivehundreds > 0 || gateway > 0 || local;
}

function checkOutlier(outlier: Field): Finding[] {
    if (!outlier.exists) {
        return [outlier.finding("no outlier detection", "it is required for a host with routes")];
    }
    return counts(outlier)
        ? []
        : [
              outlier
                  .at("consecutive5xxErrors")
                  .finding("0 counts no errors", "one kind of errors must be counted"),
          ];
}

/** A replica that fails gets no more requests. */
export const destinationRuleEnforceOutlierDetection: StackRule = {
    name: "istio-destination-rule-enforce-outlier-detection",
    severity: "high",
    level: "mandatory",
    description:
        "The DestinationRule of a host with routes has outlier detection. Otherwise a replica that fails keeps its share of the requests: with one bad one of three, every third request fails for as long as it lives.",
    remediation: [
        "Set outlierDetection with consecutive5xxErrors, interval, baseEjectionTime, and a maxEjectionPercent that fits the replicas.",
        "Repeat it in portLevelSettings, which inherit nothing.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/destination-rule/#OutlierDetection",
    exemptible: "everywhere",
    selects: [DESTINATION_RULE, VIRTUAL_SERVICE, ...GATEWAY_API_ROUTES],
    checkStack: (stack, { settings }) =>
        eachEffective(stack, settings, "outlierDetection", checkOutlier),
};
