import { releaseDisallowUnsafeDefaultRetries } from "#policy/rules/release/disallow-unsafe-default-retries.ts";
import { release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const istiod = (defaultHttpRetryPolicy: unknown): Manifest =>
    release("istiod", "istio-system/istiod", { meshConfig: { defaultHttpRetryPolicy } });
const POLICY = "Release istio-system/istiod: values.meshConfig.defaultHttpRetryPolicy";

describeRule(releaseDisallowUnsafeDefaultRetries, {
    compliant: {
        "Istio's own": { objects: [release("istiod", "istio-system/istiod")] },
        "before delivery only": {
            objects: [istiod({ attempts: 3, retryOn: "connect-failure,refused-stream" })],
        },
    },
    violating: {
        "5xx and a status": {
            objects: [istiod({ attempts: 2, retryOn: "connect-failure,5xx,503" })],
            violations: [
                `${POLICY}.retryOn: on 5xx, 503 also a POST is sent again that may have been carried out; for the whole mesh only connect-failure and refused-stream are allowed`,
            ],
        },
    },
    unknown: {
        "the conditions": {
            objects: [istiod({ attempts: 2, retryOn: UNKNOWN })],
            advisories: [unknownAt(`${POLICY}.retryOn`)],
        },
    },
    nearMiss: {
        "retries that are off": { objects: [istiod({ attempts: 0, retryOn: "5xx" })] },
        "another chart with such a value": {
            objects: [
                release("shop", "a4co/shop", {
                    defaultHttpRetryPolicy: { attempts: 2, retryOn: "5xx" },
                }),
            ],
        },
    },
});
