import { telemetryEnforceDefinedProvider } from "#policy/rules/telemetry/enforce-defined-provider.ts";
import { manifest, release, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function telemetry(spec: unknown): Manifest {
    return manifest("telemetry.istio.io/v1", "Telemetry", "istio-system/mesh", spec);
}

function istiod(extensionProviders?: unknown, defaultProviders?: unknown): Manifest {
    return release("istiod", "istio-system/istiod", {
        meshConfig: { extensionProviders, defaultProviders },
    });
}

const by = (name: unknown) => [{ providers: [{ name }] }];
const JAEGER = { name: "jaeger", opentelemetry: { service: "jaeger", port: 4317 } };
const missing = (place: string, name: string, signal: string): string =>
    `${place}: ${name} is no provider of ${signal} in Release istio-system/istiod; a provider that Istio brings, or one of meshConfig.extensionProviders, is required`;

describeRule(telemetryEnforceDefinedProvider, {
    compliant: {
        "one that the mesh defines": {
            objects: [istiod([JAEGER]), telemetry({ tracing: by("jaeger") })],
        },
        "those that Istio brings": {
            objects: [
                istiod(),
                telemetry({ accessLogging: by("envoy"), metrics: by("prometheus") }),
            ],
        },
        "in underscores and capitals": {
            objects: [
                istiod([{ name: "Logs", envoy_file_access_log: { path: "/dev/stdout" } }]),
                telemetry({ accessLogging: by("logs") }),
            ],
        },
    },
    violating: {
        "a provider of traces that nothing defines": {
            objects: [istiod(), telemetry({ tracing: by("jaeger") })],
            violations: [
                missing(
                    "Telemetry istio-system/mesh: spec.tracing[0].providers[0].name",
                    "jaeger",
                    "tracing",
                ),
            ],
        },
        "access logs by a provider of metrics": {
            objects: [istiod(), telemetry({ accessLogging: by("prometheus") })],
            violations: [
                missing(
                    "Telemetry istio-system/mesh: spec.accessLogging[0].providers[0].name",
                    "prometheus",
                    "accessLogging",
                ),
            ],
        },
        "a default of the mesh": {
            objects: [istiod([JAEGER], { tracing: ["jaeger", "zipkin"] })],
            violations: [
                missing(
                    "Release istio-system/istiod: values.meshConfig.defaultProviders.tracing[1]",
                    "zipkin",
                    "tracing",
                ),
            ],
        },
    },
    unknown: {
        "one name beside an undefined one": {
            objects: [istiod([JAEGER]), telemetry({ tracing: [...by(UNKNOWN), ...by("zipkin")] })],
            violations: [
                missing(
                    "Telemetry istio-system/mesh: spec.tracing[1].providers[0].name",
                    "zipkin",
                    "tracing",
                ),
            ],
            advisories: [
                "Telemetry istio-system/mesh: spec.tracing[0].providers[0].name: cannot be judged at preview; the value is not known yet",
            ],
        },
        "the providers": {
            objects: [istiod(UNKNOWN), telemetry({ tracing: by("jaeger") })],
            advisories: [
                "Release istio-system/istiod: values.meshConfig.extensionProviders: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "a stack that uses the mesh of another one": {
            objects: [telemetry({ tracing: by("jaeger") })],
        },
        "an unknown provider beside the right one": {
            objects: [
                istiod([{ name: UNKNOWN, zipkin: {} }, JAEGER]),
                telemetry({ tracing: by("jaeger") }),
            ],
        },
        "a control plane elsewhere": {
            objects: [
                release("istiod", "istio-system/istiod", { profile: "remote" }),
                telemetry({ tracing: by("jaeger") }),
            ],
        },
        "neither of them": {
            objects: [manifest("v1", "Service", "a4co/payment")],
            applies: false,
        },
    },
});
