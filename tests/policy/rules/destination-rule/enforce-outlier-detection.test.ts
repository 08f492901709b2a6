import { destinationRuleEnforceOutlierDetection } from "#policy/rules/destination-rule/enforce-outlier-detection.ts";
import { UNKNOWN } from "../../manifests.ts";
import { destinationRule, PAYMENT, to, unknownAt, virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const counting = (outlierDetection: unknown): object => ({ trafficPolicy: { outlierDetection } });
const SPEC = "DestinationRule a4co/payment: spec";
const NONE = "no outlier detection; it is required for a host with routes";
const ROUTED = virtualService([PAYMENT]);

describeRule(destinationRuleEnforceOutlierDetection, {
    compliant: {
        "5xx are counted": {
            objects: [ROUTED, destinationRule(counting({ consecutive5xxErrors: 5 }))],
        },
        "gateway errors alone are counted": {
            objects: [
                ROUTED,
                destinationRule(counting({ consecutive5xxErrors: 0, consecutiveGatewayErrors: 3 })),
            ],
        },
        "Envoy's default of five": {
            objects: [ROUTED, destinationRule(counting({ interval: "10s" }))],
        },
        "in the subset that is routed to": {
            objects: [
                virtualService([to("payment", { subset: "v1" })]),
                destinationRule({
                    subsets: [{ name: "v1", ...counting({ consecutive5xxErrors: 5 }) }],
                }),
            ],
        },
    },
    violating: {
        none: {
            objects: [ROUTED, destinationRule({})],
            violations: [`${SPEC}.trafficPolicy.outlierDetection: ${NONE}`],
        },
        "nothing is counted": {
            objects: [ROUTED, destinationRule(counting({ consecutive5xxErrors: 0 }))],
            violations: [
                `${SPEC}.trafficPolicy.outlierDetection.consecutive5xxErrors: 0 counts no errors; one kind of errors must be counted`,
            ],
        },
        "in another subset only": {
            objects: [
                virtualService([to("payment", { subset: "v2" })]),
                destinationRule({
                    subsets: [
                        { name: "v1", ...counting({ consecutive5xxErrors: 5 }) },
                        { name: "v2" },
                    ],
                }),
            ],
            violations: [`${SPEC}.trafficPolicy.outlierDetection: ${NONE}`],
        },
        "a port that inherits nothing": {
            objects: [
                virtualService([to("payment", { port: { number: 3006 } })]),
                destinationRule({
                    trafficPolicy: {
                        outlierDetection: { consecutive5xxErrors: 5 },
                        portLevelSettings: [{ port: { number: 3006 } }],
                    },
                }),
            ],
            violations: [`${SPEC}.trafficPolicy.portLevelSettings[0].outlierDetection: ${NONE}`],
        },
    },
    unknown: {
        "whether there is any": {
            objects: [ROUTED, destinationRule(counting(UNKNOWN))],
            advisories: [unknownAt(`${SPEC}.trafficPolicy.outlierDetection`)],
        },
        "the host of one route beside another one": {
            objects: [virtualService([to(UNKNOWN), PAYMENT]), destinationRule({})],
            violations: [`${SPEC}.trafficPolicy.outlierDetection: ${NONE}`],
            advisories: [
                unknownAt("VirtualService a4co/payment: spec.http[0].route[0].destination.host"),
            ],
        },
    },
    nearMiss: {
        "a host without routes": { objects: [destinationRule({}, "nats")] },
        "a host without a rule in this stack": { objects: [ROUTED] },
    },
});
