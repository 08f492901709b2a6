import { releaseEnforceAutoMtls } from "#policy/rules/release/enforce-auto-mtls.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function istiod(enableAutoMtls?: unknown): Manifest {
    return release("istiod", "istio-system/istiod", { meshConfig: { enableAutoMtls } });
}

const OFF =
    "values.meshConfig.enableAutoMtls: false sends plaintext wherever no DestinationRule says otherwise; only true, or no value, is allowed";

describeRule(releaseEnforceAutoMtls, {
    compliant: {
        "left to Istio": { objects: [istiod()] },
        on: { objects: [istiod(true)] },
    },
    violating: {
        off: {
            objects: [istiod(false)],
            violations: [`Release istio-system/istiod: ${OFF}`],
        },
        "off, as text, outside production, from a registry": {
            objects: [
                release("oci://ghcr.io/istio/release/charts/istiod", "istio-system/istiod", {
                    meshConfig: { enableAutoMtls: "false" },
                }),
            ],
            settings: { production: false },
            violations: [`Release istio-system/istiod: ${OFF}`],
        },
        "off in a chart that Pulumi renders": {
            objects: [
                {
                    type: "kubernetes:helm.sh/v4:Chart",
                    name: "istiod",
                    props: {
                        chart: "istiod",
                        namespace: "istio-system",
                        values: { meshConfig: { enableAutoMtls: false } },
                    },
                },
            ],
            violations: [`Chart istio-system/istiod: ${OFF}`],
        },
        "off in a copy under another name": {
            objects: [
                release("./charts/mesh", "istio-system/mesh", {
                    meshConfig: { enableAutoMtls: false },
                }),
            ],
            violations: [`Release istio-system/mesh: ${OFF}`],
        },
    },
    unknown: {
        "the value": {
            objects: [istiod(UNKNOWN)],
            advisories: [
                "Release istio-system/istiod: values.meshConfig.enableAutoMtls: cannot be judged at preview; the value is not known yet",
            ],
        },
        "a file of values": {
            objects: [
                release("istiod", "istio-system/istiod", {}, { valueYamlFiles: [{ path: "a" }] }),
            ],
            advisories: [
                "Release istio-system/istiod: valueYamlFiles: cannot be judged; the files may say it, which no policy reads",
            ],
        },
    },
    nearMiss: {
        "a chart that installs no control plane": {
            objects: [release("my-app", "a4co/my-app", { enableAutoMtls: false })],
        },
        "an application's chart of which no value is known": {
            objects: [release("my-app", "a4co/my-app", UNKNOWN)],
        },
        "a ConfigMap": { objects: [manifest("v1", "ConfigMap", "a4co/istio")] },
    },
});
