import { telemetryDisallowDisabledAccessLog } from "#policy/rules/telemetry/disallow-disabled-access-log.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function telemetry(accessLogging: unknown, annotations?: Record<string, unknown>): Manifest {
    return manifest(
        "telemetry.istio.io/v1",
        "Telemetry",
        "a4co/quiet",
        { accessLogging },
        { ...(annotations && { annotations }) },
    );
}

const off = (index: number): string =>
    `Telemetry a4co/quiet: spec.accessLogging[${index}].disabled: true turns access logs off; they are required in production`;
const exemption = JSON.stringify({
    rule: "istio-telemetry-disallow-disabled-access-log",
    owner: "team-platform",
    reason: "load test",
    expires: "2026-12-01",
});

describeRule(telemetryDisallowDisabledAccessLog, {
    compliant: {
        "a provider": { objects: [telemetry([{ providers: [{ name: "envoy" }] }])] },
        "not disabled": { objects: [telemetry([{ disabled: false }])] },
    },
    violating: {
        "one entry": { objects: [telemetry([{ disabled: true }])], violations: [off(0)] },
        "the second entry, as text": {
            objects: [telemetry([{ providers: [{ name: "envoy" }] }, { disabled: "true" }])],
            violations: [off(1)],
        },
    },
    unknown: {
        "one entry beside a disabled one": {
            objects: [telemetry([{ disabled: UNKNOWN }, { disabled: true }])],
            violations: [off(1)],
            advisories: [
                "Telemetry a4co/quiet: spec.accessLogging[0].disabled: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "outside production": {
            objects: [telemetry([{ disabled: true }])],
            settings: { production: false },
        },
        "failures only": {
            objects: [telemetry([{ filter: { expression: "response.code >= 400" } }])],
        },
        exempted: {
            objects: [telemetry([{ disabled: true }], { "policy.a4co.dev/exempt": exemption })],
            advisories: [`${off(0)} (exempted by team-platform until 2026-12-01: load test)`],
        },
        "metrics that are off": {
            objects: [
                manifest("telemetry.istio.io/v1", "Telemetry", "a4co/quiet", {
                    metrics: [{ overrides: [{ disabled: true }] }],
                }),
            ],
        },
    },
});
