import { destinationRuleConfigureEjectionShare } from "#policy/rules/destination-rule/configure-ejection-share.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { deployment, destinationRule, service, unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const SERVICE = service("a4co/payment", "payment");
const pods = (replicas: unknown, version = "v1"): Manifest =>
    deployment(`a4co/payment-${version}`, { app: "payment", version }, replicas);
const share = (fields: object): Manifest =>
    destinationRule({ trafficPolicy: { outlierDetection: fields } });
const autoscaler = (spec: object): Manifest =>
    manifest("autoscaling/v2", "HorizontalPodAutoscaler", "a4co/payment", {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "payment-v1" },
        ...spec,
    });
const OUTLIER = "DestinationRule a4co/payment: spec.trafficPolicy.outlierDetection";
const SHARE = `${OUTLIER}.maxEjectionPercent`;

describeRule(destinationRuleConfigureEjectionShare, {
    compliant: {
        "34 % of three": { objects: [SERVICE, pods(3), share({ maxEjectionPercent: 34 })] },
        "30 % of four": { objects: [SERVICE, pods(4), share({ maxEjectionPercent: 30 })] },
        "50 % of two, half of which must be healthy": {
            objects: [SERVICE, pods(2), share({ maxEjectionPercent: 50, minHealthPercent: 50 })],
        },
        "30 % of two that scale up from four": {
            objects: [
                SERVICE,
                pods(2),
                autoscaler({ minReplicas: 4 }),
                share({ maxEjectionPercent: 30 }),
            ],
        },
        "30 % of two versions without subsets": {
            objects: [SERVICE, pods(2), pods(2, "v2"), share({ maxEjectionPercent: 30 })],
        },
    },
    violating: {
        "30 % of three": {
            objects: [SERVICE, pods(3), share({ maxEjectionPercent: 30 })],
            violations: [
                `${SHARE}: 30 % of 3 replicas is less than one: it never ejects; at least 34 %, or 4 replicas, are needed`,
            ],
        },
        "the default share of nine": {
            objects: [SERVICE, pods(9), share({})],
            violations: [
                `${SHARE}: the default of 10 % of 9 replicas is less than one: it never ejects; at least 12 %, or 10 replicas, are needed`,
            ],
        },
        "50 % of the one that is there by default": {
            objects: [SERVICE, pods(undefined), share({ maxEjectionPercent: 50 })],
            violations: [
                `${SHARE}: 50 % of 1 replica is less than one: it never ejects; 2 replicas are needed for this share`,
            ],
        },
        "all of four": {
            objects: [SERVICE, pods(4), share({ maxEjectionPercent: 100 })],
            violations: [
                `${SHARE}: 100 % of 4 replicas may be all: overload becomes outage; less than 100 % are needed`,
            ],
        },
        "the only one": {
            objects: [SERVICE, pods(1), share({ maxEjectionPercent: 100 })],
            violations: [
                `${SHARE}: 100 % of 1 replica may be all: overload becomes outage; two replicas, and less than 100 % are needed`,
            ],
        },
        "more must be healthy than one ejection leaves": {
            objects: [SERVICE, pods(3), share({ maxEjectionPercent: 50, minHealthPercent: 90 })],
            violations: [
                `${OUTLIER}.minHealthPercent: 90 % is more than one ejection leaves of 3 replicas: it is undone; at most 66 is allowed`,
            ],
        },
        "a canary that inherits its share, and a stable version with one of its own": {
            objects: [
                SERVICE,
                pods(1, "v2"),
                pods(4),
                destinationRule({
                    trafficPolicy: { outlierDetection: { maxEjectionPercent: 50 } },
                    subsets: [
                        {
                            name: "stable",
                            labels: { version: "v1" },
                            trafficPolicy: { outlierDetection: { maxEjectionPercent: 20 } },
                        },
                        { name: "canary", labels: { version: "v2" } },
                    ],
                }),
            ],
            violations: [
                "DestinationRule a4co/payment: spec.subsets[0].trafficPolicy.outlierDetection.maxEjectionPercent: 20 % of 4 replicas of stable is less than one: it never ejects; at least 25 %, or 5 replicas, are needed",
                `${SHARE}: 50 % of 1 replica of canary is less than one: it never ejects; 2 replicas are needed for this share`,
            ],
        },
        "four that scale down to two": {
            objects: [
                SERVICE,
                pods(4),
                autoscaler({ minReplicas: 2 }),
                share({ maxEjectionPercent: 30 }),
            ],
            violations: [
                `${SHARE}: 30 % of 2 replicas is less than one: it never ejects; at least 50 %, or 4 replicas, are needed`,
            ],
        },
    },
    unknown: {
        "the replicas": {
            objects: [SERVICE, pods(UNKNOWN), share({ maxEjectionPercent: 30 })],
            advisories: [unknownAt("Deployment a4co/payment-v1: spec.replicas")],
        },
        "the share beside the healthy ones": {
            objects: [
                SERVICE,
                pods(2),
                share({ maxEjectionPercent: UNKNOWN, minHealthPercent: 60 }),
            ],
            violations: [
                `${OUTLIER}.minHealthPercent: 60 % is more than one ejection leaves of 2 replicas: it is undone; at most 50 is allowed`,
            ],
            advisories: [unknownAt(SHARE)],
        },
    },
    nearMiss: {
        "replicas of another service": {
            objects: [
                SERVICE,
                deployment("a4co/order", { app: "order" }, 1),
                share({ maxEjectionPercent: 30 }),
            ],
        },
        "a service of another stack": { objects: [pods(1), share({ maxEjectionPercent: 30 })] },
        "one pod on every node": {
            objects: [
                SERVICE,
                manifest("apps/v1", "DaemonSet", "a4co/payment", {
                    template: { metadata: { labels: { app: "payment" } } },
                }),
                share({ maxEjectionPercent: 30 }),
            ],
        },
        "scaled to zero": { objects: [SERVICE, pods(0), share({ maxEjectionPercent: 30 })] },
        "no outlier detection": { objects: [SERVICE, pods(1), destinationRule({})] },
    },
});
