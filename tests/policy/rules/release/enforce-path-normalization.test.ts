import { releaseEnforcePathNormalization } from "#policy/rules/release/enforce-path-normalization.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function istiod(normalization?: unknown): Manifest {
    return release("istiod", "istio-system/istiod", {
        meshConfig: { pathNormalization: { normalization } },
    });
}

const wrong = (there: string): string =>
    `Release istio-system/istiod: values.meshConfig.pathNormalization.normalization: ${there}; only DECODE_AND_MERGE_SLASHES is allowed`;

describeRule(releaseEnforcePathNormalization, {
    compliant: { "decoded and merged": { objects: [istiod("DECODE_AND_MERGE_SLASHES")] } },
    violating: {
        "none said": {
            objects: [release("istiod", "istio-system/istiod")],
            violations: [wrong("no normalization leaves // and %2F as they are written")],
        },
        NONE: {
            objects: [istiod("NONE")],
            violations: [wrong("NONE judges paths as they are written")],
        },
        "MERGE_SLASHES outside production": {
            objects: [istiod("MERGE_SLASHES")],
            settings: { production: false },
            violations: [wrong("MERGE_SLASHES leaves %2F as it is written")],
        },
        "a misspelt one": {
            objects: [istiod("DECODE_AND_MERGE")],
            violations: [wrong("DECODE_AND_MERGE is no normalization")],
        },
    },
    unknown: {
        "the value": {
            objects: [istiod(UNKNOWN)],
            advisories: [
                "Release istio-system/istiod: values.meshConfig.pathNormalization.normalization: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "a control plane elsewhere": {
            objects: [
                release("istiod", "istio-system/istiod", { istiodRemote: { enabled: true } }),
            ],
        },
        "a gateway": {
            objects: [release("oci://ghcr.io/istio/release/charts/gateway", "istio-system/edge")],
        },
        "a ConfigMap": { objects: [manifest("v1", "ConfigMap", "a4co/istio")] },
    },
});
