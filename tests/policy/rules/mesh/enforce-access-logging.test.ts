import { meshEnforceAccessLogging } from "#policy/rules/mesh/enforce-access-logging.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function telemetry(place: string, spec: unknown): Manifest {
    return manifest("telemetry.istio.io/v1", "Telemetry", place, spec);
}

const istiod = (values: unknown = {}): Manifest => release("istiod", "istio-system/istiod", values);
const logs = { accessLogging: [{ providers: [{ name: "envoy" }] }] };
const MISSING =
    "Release istio-system/istiod: installs a mesh, and neither it nor a Telemetry without selector in istio-system turns access logs on; they are required in production";

describeRule(meshEnforceAccessLogging, {
    compliant: {
        "a Telemetry of the mesh": { objects: [istiod(), telemetry("istio-system/mesh", logs)] },
        "a file": { objects: [istiod({ meshConfig: { accessLogFile: "/dev/stdout" } })] },
        "a default provider": {
            objects: [istiod({ meshConfig: { defaultProviders: { accessLogging: ["envoy"] } } })],
        },
    },
    violating: {
        nothing: {
            objects: [istiod({ meshConfig: { accessLogFile: "" } })],
            violations: [MISSING],
        },
        "one namespace only": {
            objects: [istiod(), telemetry("a4co/default", logs)],
            violations: [MISSING],
        },
        "one workload only": {
            objects: [
                istiod(),
                telemetry("istio-system/gateway", {
                    ...logs,
                    selector: { matchLabels: { istio: "ingressgateway" } },
                }),
            ],
            violations: [MISSING],
        },
        "turned off, and nobody to write them": {
            objects: [
                istiod(),
                telemetry("istio-system/mesh", {
                    accessLogging: [
                        { disabled: true, providers: [{ name: "envoy" }] },
                        { filter: { expression: "response.code >= 400" } },
                    ],
                }),
            ],
            violations: [MISSING],
        },
        "a control plane from a folder of Istio's source": {
            objects: [release("./istio-control/istio-discovery", "istio-system/istiod")],
            violations: [MISSING],
        },
    },
    unknown: {
        "the Telemetry": {
            objects: [istiod(), telemetry("istio-system/mesh", { accessLogging: UNKNOWN })],
            advisories: [
                "Telemetry istio-system/mesh: spec.accessLogging: cannot be judged at preview; the value is not known yet",
            ],
        },
        "the mesh's settings": {
            objects: [istiod({ meshConfig: UNKNOWN })],
            advisories: [
                "Release istio-system/istiod: values.meshConfig: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "outside production": { objects: [istiod()], settings: { production: false } },
        "the demo profile": { objects: [istiod({ profile: "demo" })] },
        "an unknown file beside a Telemetry": {
            objects: [
                istiod({ meshConfig: { accessLogFile: UNKNOWN } }),
                telemetry("istio-system/mesh", logs),
            ],
        },
        "a stack that uses the mesh of another one": {
            objects: [telemetry("a4co/default", {}), release("my-app", "a4co/my-app")],
        },
        "a stack without Istio": {
            objects: [manifest("v1", "Service", "a4co/web")],
            applies: false,
        },
    },
});
