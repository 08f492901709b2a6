import { workloadDisallowRetiredImage } from "#policy/rules/workload/disallow-retired-image.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function deployment(image: unknown, proxyImage?: unknown): Manifest {
    return manifest("apps/v1", "Deployment", "a4co/order", {
        template: {
            metadata: { annotations: { "sidecar.istio.io/proxyImage": proxyImage } },
            spec: { containers: [{ image }] },
        },
    });
}

const SERVING = "docker.io/istio serves Istio's images";
const IMAGE = "Deployment a4co/order: spec.template.spec.containers[0].image";
const PROXY =
    'Deployment a4co/order: spec.template.metadata.annotations["sidecar.istio.io/proxyImage"]';

describeRule(workloadDisallowRetiredImage, {
    compliant: {
        "the registry in use": {
            objects: [deployment("docker.io/istio/pilot:1.31.1", "docker.io/istio/proxyv2:1.31.1")],
        },
    },
    violating: {
        "an image": {
            objects: [deployment("gcr.io/istio-release/pilot:1.31.1")],
            violations: [`${IMAGE}: gcr.io/istio-release is retired; ${SERVING}`],
        },
        "a sidecar": {
            objects: [deployment("nats:2.15.2", "registry.istio.io/release/proxyv2:1.31.1")],
            violations: [`${PROXY}: registry.istio.io is retired; ${SERVING}`],
        },
    },
    unknown: {
        "the image beside a retired sidecar": {
            objects: [deployment(UNKNOWN, "gcr.io/istio-release/proxyv2:1.31.1")],
            violations: [`${PROXY}: gcr.io/istio-release is retired; ${SERVING}`],
            advisories: [`${IMAGE}: cannot be judged at preview; the value is not known yet`],
        },
    },
    nearMiss: {
        "a mirror": { objects: [deployment("mirror.example/gcr.io/istio-release/pilot:1.31.1")] },
        "another project of the same registry": {
            objects: [deployment("gcr.io/istio-testing/app:latest")],
        },
        "a Release": {
            objects: [manifest("v1", "ConfigMap", "a4co/images")],
            applies: false,
        },
    },
});
