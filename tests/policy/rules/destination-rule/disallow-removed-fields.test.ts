import { destinationRuleDisallowRemovedFields } from "#policy/rules/destination-rule/disallow-removed-fields.ts";
import { UNKNOWN } from "../../manifests.ts";
import { destinationRule, unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const counting = (outlierDetection: unknown): object => ({ trafficPolicy: { outlierDetection } });
const SPEC = "DestinationRule a4co/payment: spec";
const FINDING =
    "outlierDetection.consecutiveErrors: Istio no longer reads consecutiveErrors; consecutive5xxErrors or consecutiveGatewayErrors is needed";

describeRule(destinationRuleDisallowRemovedFields, {
    compliant: {
        "both current names": {
            objects: [
                destinationRule(counting({ consecutive5xxErrors: 5, consecutiveGatewayErrors: 3 })),
            ],
        },
    },
    violating: {
        "the removed name": {
            objects: [destinationRule(counting({ consecutiveErrors: 5 }))],
            violations: [`${SPEC}.trafficPolicy.${FINDING}`],
        },
        "the removed name beside the current one, in a subset and on one of its ports": {
            objects: [
                destinationRule({
                    subsets: [
                        {
                            name: "v1",
                            trafficPolicy: {
                                outlierDetection: { consecutiveErrors: 0, consecutive5xxErrors: 5 },
                                portLevelSettings: [{ outlierDetection: { consecutiveErrors: 1 } }],
                            },
                        },
                    ],
                }),
            ],
            violations: [
                `${SPEC}.subsets[0].trafficPolicy.${FINDING}`,
                `${SPEC}.subsets[0].trafficPolicy.portLevelSettings[0].${FINDING}`,
            ],
        },
    },
    unknown: {
        "the settings of the rule beside those of a subset": {
            objects: [
                destinationRule({
                    ...counting(UNKNOWN),
                    subsets: [{ name: "v1", ...counting({ consecutiveErrors: 5 }) }],
                }),
            ],
            violations: [`${SPEC}.subsets[0].trafficPolicy.${FINDING}`],
            advisories: [unknownAt(`${SPEC}.trafficPolicy.outlierDetection`)],
        },
    },
    nearMiss: {
        "a subset of that name": {
            objects: [
                destinationRule({ subsets: [{ name: "v1", labels: { consecutiveErrors: "5" } }] }),
            ],
        },
    },
});
