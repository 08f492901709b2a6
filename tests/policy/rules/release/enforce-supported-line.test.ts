import { releaseEnforceSupportedLine } from "#policy/rules/release/enforce-supported-line.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

const REPOSITORY = { repo: "https://blob.istio.io/istio-release/charts" };

function chart(name: string, version?: unknown, values: unknown = {}): Manifest {
    return release(name, "istio-system/mesh", values, { version, repositoryOpts: REPOSITORY });
}

const ALLOWED = "only 1.30 and 1.31 are allowed";
const old = (place: string, version = "1.24.0", line = "1.24"): string =>
    `Release istio-system/mesh: ${place}: ${version} is of line ${line}, which gets no security fixes; ${ALLOWED}`;

describeRule(releaseEnforceSupportedLine, {
    compliant: {
        "supported lines": { objects: [chart("istiod", "1.31.1"), chart("base", "v1.30.4")] },
        "a patch that is left open": { objects: [chart("istiod", "~1.31.0")] },
        "images of a supported line": {
            objects: [chart("istiod", "1.31.1", { global: { tag: "1.31.1-distroless" } })],
        },
        "a line that the settings name": {
            objects: [chart("istiod", "1.32.0")],
            settings: { istioLines: ["1.32"] },
        },
    },
    violating: {
        istiod: { objects: [chart("istiod", "1.24.0")], violations: [old("version")] },
        "base and gateway of the repository": {
            objects: [chart("base", "1.24.0"), { ...chart("gateway", "1.24.0"), name: "gateway" }],
            violations: [old("version"), old("version")],
        },
        "a chart from a registry": {
            objects: [
                release(
                    "oci://ghcr.io/istio/release/charts/cni",
                    "istio-system/mesh",
                    {},
                    {
                        version: "1.24.0",
                    },
                ),
            ],
            violations: [old("version")],
        },
        "a packaged chart": {
            objects: [release("./charts/istiod-1.29.3.tgz", "istio-system/mesh")],
            violations: [old("chart", "1.29.3", "1.29")],
        },
        "a gateway told by its values": {
            objects: [
                release(
                    "./charts/gateway",
                    "istio-system/mesh",
                    {
                        labels: { istio: "ingressgateway" },
                    },
                    { version: "1.24.0" },
                ),
            ],
            violations: [old("version")],
        },
        "a chart under another name": {
            objects: [
                release("./control-plane", "istio-system/mesh", {
                    meshConfig: {},
                    tag: "1.24.0",
                }),
            ],
            violations: [old("values.tag")],
        },
        "a range of lines": {
            objects: [chart("istiod", ">=1.30.0")],
            violations: [
                `Release istio-system/mesh: version: >=1.30.0 names no single line of Istio; ${ALLOWED}`,
            ],
        },
        "images of another line": {
            objects: [chart("istiod", "1.31.1", { global: { tag: "1.24.0-distroless" } })],
            violations: [old("values.global.tag", "1.24.0-distroless")],
        },
    },
    unknown: {
        "the version beside old images": {
            objects: [chart("istiod", UNKNOWN, { pilot: { tag: "1.24.0" } })],
            violations: [old("values.pilot.tag")],
            advisories: [
                "Release istio-system/mesh: version: cannot be judged at preview; the value is not known yet",
            ],
        },
        "the repository of a chart called base": {
            objects: [
                release(
                    "base",
                    "istio-system/mesh",
                    {},
                    {
                        version: "1.24.0",
                        repositoryOpts: { repo: UNKNOWN },
                    },
                ),
            ],
            advisories: [
                "Release istio-system/mesh: repositoryOpts.repo: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "somebody else's gateway": {
            objects: [
                release(
                    "gateway",
                    "kong/gateway",
                    { revision: "2" },
                    {
                        version: "1.2.0",
                        repositoryOpts: { repo: "https://charts.konghq.com" },
                    },
                ),
            ],
        },
        "a folder, which says its version itself": {
            objects: [release("/istio-1.31.0/manifests/charts/gateway", "istio-system/mesh")],
        },
        "images of one's own build": {
            objects: [chart("istiod", "1.31.1", { global: { tag: "master-4f2" } })],
        },
        "a Deployment": {
            objects: [manifest("apps/v1", "Deployment", "a4co/istiod", {})],
        },
    },
});
