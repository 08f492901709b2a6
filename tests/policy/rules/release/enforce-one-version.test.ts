import { releaseEnforceOneVersion } from "#policy/rules/release/enforce-one-version.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function chart(name: string, version: unknown, values: unknown = {}, place = name): Manifest {
    return release(name, `istio-system/${place}`, values, {
        version,
        repositoryOpts: { repo: "https://blob.istio.io/istio-release/charts" },
    });
}

const ALLOWED = "base, istiod and gateway are allowed of one version only";
const mesh = [chart("base", "1.31.1"), chart("istiod", "1.31.1")];

describeRule(releaseEnforceOneVersion, {
    compliant: {
        "one version": { objects: [...mesh, chart("gateway", "1.31.1")] },
        "images of the same": {
            objects: [chart("istiod", "1.31.1", { global: { tag: "1.31.1-distroless" } })],
        },
        "two control planes by revision": {
            objects: [
                chart("base", "1.31.1"),
                chart("istiod", "1.30.4", { revision: "1-30" }, "old"),
                chart("istiod", "1.31.1", { revision: "1-31" }, "new"),
                chart("gateway", "1.30.4", { revision: "1-30" }, "edge-old"),
                chart("gateway", "1.31.1", { revision: "1-31" }, "edge-new"),
            ],
        },
    },
    violating: {
        "a newer gateway": {
            objects: [...mesh, chart("gateway", "1.31.2")],
            violations: [
                `Release istio-system/gateway: version: 1.31.2 beside Release istio-system/istiod 1.31.1; ${ALLOWED}`,
            ],
        },
        "an older base and ztunnel": {
            objects: [
                chart("base", "1.30.4"),
                chart("istiod", "1.31.1"),
                chart("ztunnel", "1.30.4"),
            ],
            violations: [
                `Release istio-system/base: version: 1.30.4 beside Release istio-system/istiod 1.31.1; ${ALLOWED}`,
                `Release istio-system/ztunnel: version: 1.30.4 beside Release istio-system/istiod 1.31.1; ${ALLOWED}`,
            ],
        },
        "a gateway of the other revision's version": {
            objects: [
                chart("istiod", "1.30.4", { revision: "1-30" }, "old"),
                chart("istiod", "1.31.1", { revision: "1-31" }, "new"),
                chart("gateway", "1.31.1", { revision: "1-30" }),
            ],
            violations: [
                `Release istio-system/gateway: version: 1.31.1 beside Release istio-system/old 1.30.4; ${ALLOWED}`,
            ],
        },
        "images of another version": {
            objects: [chart("istiod", "1.31.1", { global: { tag: "1.30.4" } })],
            violations: [
                `Release istio-system/istiod: values.global.tag: 1.30.4 in a chart of 1.31.1; ${ALLOWED}`,
            ],
        },
    },
    unknown: {
        "istiod's version": {
            objects: [chart("base", "1.31.1"), chart("istiod", UNKNOWN)],
            advisories: [
                "Release istio-system/istiod: version: cannot be judged at preview; the value is not known yet",
            ],
        },
        "one gateway's version beside a wrong one": {
            objects: [...mesh, chart("gateway", UNKNOWN, {}, "east"), chart("gateway", "1.30.4")],
            violations: [
                `Release istio-system/gateway: version: 1.30.4 beside Release istio-system/istiod 1.31.1; ${ALLOWED}`,
            ],
            advisories: [
                "Release istio-system/east: version: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "a gateway of another stack's mesh": { objects: [chart("gateway", "1.30.4")] },
        "another chart": {
            objects: [
                ...mesh,
                release(
                    "base",
                    "a4co/base",
                    {},
                    {
                        version: "9.9.9",
                        repositoryOpts: { repo: "https://charts.example" },
                    },
                ),
            ],
        },
        "a control plane from a folder": {
            objects: [
                release("./istio-discovery", "istio-system/istiod"),
                chart("gateway", "1.31.1"),
            ],
        },
        "images of one's own build": {
            objects: [chart("istiod", "1.31.1", { global: { tag: "master-4f2" } })],
        },
        "no release": { objects: [manifest("v1", "Service", "a4co/istiod")], applies: false },
    },
});
