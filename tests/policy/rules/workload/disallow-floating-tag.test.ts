import { workloadDisallowFloatingTag } from "#policy/rules/workload/disallow-floating-tag.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function deployment(...images: readonly unknown[]): Manifest {
    return manifest("apps/v1", "Deployment", "a4co/order", {
        template: { spec: { containers: images.map((image) => ({ image })) } },
    });
}

const DIGEST = `sha256:${"0".repeat(64)}`;
const ALLOWED = "a tag of a version, or a digest, is required";
const wrong = (there: string, index = 0): string =>
    `Deployment a4co/order: spec.template.spec.containers[${index}].image: ${there}; ${ALLOWED}`;

describeRule(workloadDisallowFloatingTag, {
    compliant: {
        "a version": { objects: [deployment("ghcr.io/a4co/order-service:1.0.0")] },
        "a digest": { objects: [deployment(`ghcr.io/a4co/order-service@${DIGEST}`)] },
        "what Istio's injector fills in": { objects: [deployment("auto")] },
    },
    violating: {
        latest: {
            objects: [deployment("nats:2.15.2", "ghcr.io/a4co/order-service:latest")],
            violations: [wrong("ghcr.io/a4co/order-service:latest is another image tomorrow", 1)],
        },
        "no tag": {
            objects: [deployment("nats")],
            violations: [wrong("nats has no tag, which means latest")],
        },
        "no tag from a registry with a port": {
            objects: [deployment("registry.example:5000/order-service")],
            violations: [
                wrong("registry.example:5000/order-service has no tag, which means latest"),
            ],
        },
        "an init container of a CronJob": {
            objects: [
                manifest("batch/v1", "CronJob", "a4co/report", {
                    jobTemplate: {
                        spec: {
                            template: {
                                spec: {
                                    initContainers: [{ image: "busybox" }],
                                    containers: [{ image: "busybox:1.36" }],
                                },
                            },
                        },
                    },
                }),
            ],
            violations: [
                `CronJob a4co/report: spec.jobTemplate.spec.template.spec.initContainers[0].image: busybox has no tag, which means latest; ${ALLOWED}`,
            ],
        },
        "the sidecar of a Pod": {
            objects: [
                manifest(
                    "v1",
                    "Pod",
                    "a4co/one",
                    { containers: [] },
                    { annotations: { "sidecar.istio.io/proxyImage": "istio/proxyv2:latest" } },
                ),
            ],
            violations: [
                `Pod a4co/one: metadata.annotations["sidecar.istio.io/proxyImage"]: istio/proxyv2:latest is another image tomorrow; ${ALLOWED}`,
            ],
        },
    },
    unknown: {
        "one image beside one without a tag": {
            objects: [deployment(UNKNOWN, "nats")],
            violations: [wrong("nats has no tag, which means latest", 1)],
            advisories: [
                "Deployment a4co/order: spec.template.spec.containers[0].image: cannot be judged at preview; the value is not known yet",
            ],
        },
        "one container": {
            objects: [
                manifest("apps/v1", "Deployment", "a4co/order", {
                    template: { spec: { containers: UNKNOWN } },
                }),
            ],
            advisories: [
                "Deployment a4co/order: spec.template.spec.containers: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "latest beside a digest": { objects: [deployment(`nats:latest@${DIGEST}`)] },
        "a tag that begins with it": { objects: [deployment("nats:latest-2.15")] },
        "a Service": { objects: [manifest("v1", "Service", "a4co/latest")], applies: false },
    },
});
