import { releaseConfigureRedundancy } from "#policy/rules/release/configure-redundancy.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

const istiod = (values: unknown = {}): Manifest => release("istiod", "istio-system/istiod", values);
const one = (place: string, there = "1 replica"): string =>
    `Release istio-system/istiod: values.${place}: ${there} of the control plane; 2 or more are required in production`;

describeRule(releaseConfigureRedundancy, {
    compliant: {
        autoscaling: { objects: [istiod({ autoscaleEnabled: true, autoscaleMin: 2 })] },
        "two replicas": { objects: [istiod({ autoscaleEnabled: false, replicaCount: 2 })] },
        "pilot's own values, which win": {
            objects: [istiod({ autoscaleMin: 1, pilot: { autoscaleMin: 3 } })],
        },
    },
    violating: {
        "the chart's defaults": { objects: [istiod()], violations: [one("autoscaleMin")] },
        "a count that autoscaling ignores": {
            objects: [istiod({ replicaCount: 3 })],
            violations: [one("autoscaleMin")],
        },
        "one replica": {
            objects: [istiod({ autoscaleEnabled: false, replicaCount: 1 })],
            violations: [one("replicaCount")],
        },
        none: {
            objects: [istiod({ pilot: { autoscaleEnabled: false, replicaCount: 0 } })],
            violations: [one("pilot.replicaCount", "0 replicas")],
        },
    },
    unknown: {
        "the least": {
            objects: [istiod({ autoscaleMin: UNKNOWN })],
            advisories: [
                "Release istio-system/istiod: values.autoscaleMin: cannot be judged at preview; the value is not known yet",
            ],
        },
        "whether it scales": {
            objects: [istiod({ autoscaleEnabled: UNKNOWN, replicaCount: 1 })],
            advisories: [
                "Release istio-system/istiod: values.autoscaleEnabled: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "outside production": { objects: [istiod()], settings: { production: false } },
        "an application": { objects: [release("my-app", "a4co/my-app", { replicaCount: 1 })] },
        "a Deployment": {
            objects: [manifest("apps/v1", "Deployment", "a4co/istiod", { replicas: 1 })],
        },
    },
});
