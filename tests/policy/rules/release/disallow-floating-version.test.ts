import { releaseDisallowFloatingVersion } from "#policy/rules/release/disallow-floating-version.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function kiali(version: unknown, values: unknown = {}): Manifest {
    return release("kiali-server", "istio-system/kiali", values, {
        version,
        repositoryOpts: { repo: "https://kiali.org/helm-charts" },
    });
}

const newest = (version: string): string =>
    `Release istio-system/kiali: version: ${version} takes whatever kiali-server is newest; one exact version is required`;
const floating = (place: string, text: string): string =>
    `Release istio-system/kiali: values.${place}: ${text} is another image tomorrow; a tag that stays is required`;

describeRule(releaseDisallowFloatingVersion, {
    compliant: {
        "an exact version and tag": {
            objects: [kiali("2.29.0", { deployment: { image_version: "v2.29.0" } })],
        },
        "a folder, which holds one version": {
            objects: [
                release("./istio/charts/base", "istio-system/base"),
                release("./charts/istiod-1.31.1.tgz", "istio-system/istiod"),
            ],
        },
    },
    violating: {
        "no version": { objects: [kiali(undefined)], violations: [newest("no version")] },
        "a range": { objects: [kiali("^2.29.0")], violations: [newest("^2.29.0")] },
        "no version from a registry": {
            objects: [release("oci://ghcr.io/istio/release/charts/base", "istio-system/base")],
            violations: [
                "Release istio-system/base: version: no version takes whatever base is newest; one exact version is required",
            ],
        },
        "images that move": {
            objects: [
                kiali("2.29.0", {
                    deployment: { image_version: "lastrelease" },
                    sidecar: { image: "docker.io/library/nats:latest" },
                    server: { image: { tag: "latest" } },
                }),
            ],
            violations: [
                floating("deployment.image_version", "lastrelease"),
                floating("sidecar.image", "docker.io/library/nats:latest"),
                floating("server.image.tag", "latest"),
            ],
        },
    },
    unknown: {
        "the version beside a tag that moves": {
            objects: [kiali(UNKNOWN, { tag: "latest" })],
            violations: [floating("tag", "latest")],
            advisories: [
                "Release istio-system/kiali: version: cannot be judged at preview; the value is not known yet",
            ],
        },
        "the tag": {
            objects: [kiali("2.29.0", { tag: UNKNOWN })],
            advisories: [
                "Release istio-system/kiali: values.tag: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "an application's own chart": {
            objects: [release("my-app", "a4co/my-app", { image: { tag: "latest" } })],
        },
        "latest beside a digest": {
            objects: [
                kiali("2.29.0", { image: `registry:5000/kiali:latest@sha256:${"0".repeat(64)}` }),
            ],
        },
        "an image whose tag stands beside it": {
            objects: [kiali("2.29.0", { image: "pilot", tag: "1.31.1" })],
        },
        "a Pod": { objects: [manifest("v1", "Pod", "a4co/one", {})], applies: false },
    },
});
