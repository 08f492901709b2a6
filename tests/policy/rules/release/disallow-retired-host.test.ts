import { releaseDisallowRetiredHost } from "#policy/rules/release/disallow-retired-host.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function from(repo: unknown, values: unknown = {}): Manifest {
    return release("istiod", "istio-system/istiod", values, { repositoryOpts: { repo } });
}

const SERVING = "blob.istio.io, ghcr.io/istio and docker.io/istio serve Istio";
const retired = (place: string, host: string): string =>
    `Release istio-system/istiod: ${place}: ${host} is retired; ${SERVING}`;
const CURRENT = "https://blob.istio.io/istio-release/charts";

describeRule(releaseDisallowRetiredHost, {
    compliant: {
        "the repository in use": {
            objects: [from(CURRENT, { global: { hub: "docker.io/istio" } })],
        },
        "the registry in use": {
            objects: [release("oci://ghcr.io/istio/release/charts/istiod", "istio-system/istiod")],
        },
    },
    violating: {
        "the repository": {
            objects: [from("https://istio-release.storage.googleapis.com/charts")],
            violations: [retired("repositoryOpts.repo", "istio-release.storage.googleapis.com")],
        },
        "the registry": {
            objects: [release("oci://registry.istio.io/charts/istiod", "istio-system/istiod")],
            violations: [retired("chart", "registry.istio.io")],
        },
        "images by hub, at any depth": {
            objects: [
                from(CURRENT, {
                    global: { hub: "gcr.io/istio-release" },
                    pilot: { image: "gcr.io/istio-release/pilot:1.31.1" },
                    sidecars: [{ image: { repository: "registry.istio.io/release/proxyv2" } }],
                }),
            ],
            violations: [
                retired("values.global.hub", "gcr.io/istio-release"),
                retired("values.pilot.image", "gcr.io/istio-release"),
                retired("values.sidecars[0].image.repository", "registry.istio.io"),
            ],
        },
        "a host that the settings add": {
            objects: [from("https://charts.old.example/istio")],
            settings: { retiredHosts: ["charts.old.example"] },
            violations: [retired("repositoryOpts.repo", "charts.old.example")],
        },
    },
    unknown: {
        "the repository beside a retired hub": {
            objects: [from(UNKNOWN, { hub: "gcr.io/istio-release" })],
            violations: [retired("values.hub", "gcr.io/istio-release")],
            advisories: [
                "Release istio-system/istiod: repositoryOpts.repo: cannot be judged at preview; the value is not known yet",
            ],
        },
        "the values": {
            objects: [from(CURRENT, UNKNOWN)],
            advisories: [
                "Release istio-system/istiod: values: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "a mirror that keeps the name in its path": {
            objects: [from(CURRENT, { hub: "mirror.example/gcr.io/istio-release" })],
        },
        "a name that merely begins alike": {
            objects: [from(CURRENT, { hub: "gcr.io/istio-release-mirror" })],
        },
        "an unknown value that is no image": {
            objects: [from(CURRENT, { revision: UNKNOWN })],
        },
        "a text about it": {
            objects: [from(CURRENT, { description: "gcr.io/istio-release" })],
        },
        "a Pod": { objects: [manifest("v1", "Pod", "a4co/one", {})], applies: false },
    },
});
