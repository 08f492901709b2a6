import { workloadConfigureImageDigest } from "#policy/rules/workload/configure-image-digest.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function pod(...images: readonly unknown[]): Manifest {
    return manifest("v1", "Pod", "a4co/order", { containers: images.map((image) => ({ image })) });
}

const DIGEST = `sha256:${"0".repeat(64)}`;
const wrong = (image: string, index = 0): string =>
    `Pod a4co/order: spec.containers[${index}].image: ${image} is whatever its tag stands for; a digest is advised in production`;

describeRule(workloadConfigureImageDigest, {
    compliant: {
        "tag and digest": { objects: [pod(`ghcr.io/a4co/order-service:1.0.0@${DIGEST}`)] },
        "a digest alone": { objects: [pod(`ghcr.io/a4co/order-service@${DIGEST}`)] },
    },
    violating: {
        "a tag": {
            objects: [pod(`nats@${DIGEST}`, "ghcr.io/a4co/order-service:1.0.0")],
            violations: [wrong("ghcr.io/a4co/order-service:1.0.0", 1)],
        },
    },
    unknown: {
        "one image beside a tag": {
            objects: [pod(UNKNOWN, "nats:2.15.2")],
            violations: [wrong("nats:2.15.2", 1)],
            advisories: [
                "Pod a4co/order: spec.containers[0].image: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "outside production": { objects: [pod("nats:2.15.2")], settings: { production: false } },
        "what Istio's injector fills in": { objects: [pod("auto")] },
        "a Service": { objects: [manifest("v1", "Service", "a4co/order")], applies: false },
    },
});
