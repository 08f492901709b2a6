import { telemetryConfigureSampling } from "#policy/rules/telemetry/configure-sampling.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function telemetry(...tracing: readonly unknown[]): Manifest {
    return manifest("telemetry.istio.io/v1", "Telemetry", "istio-system/mesh", { tracing });
}

const share = (percent: unknown) => ({ randomSamplingPercentage: percent });
const ALLOWED = "1 to 10 % is allowed in production";

describeRule(telemetryConfigureSampling, {
    compliant: {
        "1 %": { objects: [telemetry(share(1))] },
        "10 %": { objects: [telemetry(share(10))] },
        "istiod's own share": {
            objects: [release("istiod", "istio-system/istiod", { traceSampling: 5 })],
        },
    },
    violating: {
        everything: {
            objects: [telemetry(share(100))],
            violations: [
                `Telemetry istio-system/mesh: spec.tracing[0].randomSamplingPercentage: 100 % traces more requests than it is worth; ${ALLOWED}`,
            ],
        },
        "nothing, in the second entry": {
            objects: [telemetry(share(1), share(0))],
            violations: [
                `Telemetry istio-system/mesh: spec.tracing[1].randomSamplingPercentage: 0 % leaves too few traces; ${ALLOWED}`,
            ],
        },
        "no spans at all": {
            objects: [telemetry({ ...share(1), disableSpanReporting: true })],
            violations: [
                `Telemetry istio-system/mesh: spec.tracing[0].disableSpanReporting: true traces nothing; ${ALLOWED}`,
            ],
        },
        "everything by istiod's values": {
            objects: [
                release("istiod", "istio-system/istiod", {
                    pilot: { traceSampling: "50" },
                    traceSampling: 1,
                    meshConfig: { defaultConfig: { tracing: { sampling: 100 } } },
                }),
            ],
            violations: [
                `Release istio-system/istiod: values.pilot.traceSampling: 50 % traces more requests than it is worth; ${ALLOWED}`,
                `Release istio-system/istiod: values.meshConfig.defaultConfig.tracing.sampling: 100 % traces more requests than it is worth; ${ALLOWED}`,
            ],
        },
    },
    unknown: {
        "one share beside a bad one": {
            objects: [telemetry(share(UNKNOWN), share(50))],
            violations: [
                `Telemetry istio-system/mesh: spec.tracing[1].randomSamplingPercentage: 50 % traces more requests than it is worth; ${ALLOWED}`,
            ],
            advisories: [
                "Telemetry istio-system/mesh: spec.tracing[0].randomSamplingPercentage: cannot be judged at preview; the value is not known yet",
            ],
        },
        "values in a file": {
            objects: [
                release(
                    "istiod",
                    "istio-system/istiod",
                    {},
                    { valueYamlFiles: [{ path: "a.yaml" }] },
                ),
            ],
            advisories: [
                "Release istio-system/istiod: valueYamlFiles: cannot be judged; the files may say it, which no policy reads",
            ],
        },
    },
    nearMiss: {
        "everything outside production": {
            objects: [telemetry(share(100))],
            settings: { production: false },
        },
        "a share left to the mesh": { objects: [telemetry({ providers: [{ name: "jaeger" }] })] },
        "the same value of another chart": {
            objects: [release("my-app", "a4co/my-app", { traceSampling: 100 })],
        },
        "a Service": { objects: [manifest("v1", "Service", "a4co/payment")], applies: false },
    },
});
