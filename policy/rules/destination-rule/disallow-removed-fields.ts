import { each } from "../../finding.ts";
import { DESTINATION_RULE } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";
import { trafficPolicies } from "../../traffic-policy.ts";

/** A threshold that Istio no longer reads is no threshold. */
export const destinationRuleDisallowRemovedFields: ObjectRule = {
    name: "istio-destination-rule-disallow-removed-fields",
    severity: "high",
    level: "mandatory",
    description:
        "Outlier detection uses the fields that Istio reads. Otherwise consecutiveErrors is accepted and ignored, and the breaker counts by a default that nobody chose.",
    remediation: [
        "Rename consecutiveErrors to consecutive5xxErrors, or to consecutiveGatewayErrors for 502, 503 and 504 alone.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/destination-rule/#OutlierDetection",
    exemptible: "everywhere",
    selects: [DESTINATION_RULE],
    checkObject: (rule) =>
        each(
            () => trafficPolicies(rule),
            (policy) => {
                const removed = policy.at("outlierDetection", "consecutiveErrors");
                return removed.exists
                    ? [
                          removed.finding(
                              "Istio no longer reads consecutiveErrors",
                              "consecutive5xxErrors or consecutiveGatewayErrors is needed",
                          ),
                      ]
                    : [];
            },
        ),
};
