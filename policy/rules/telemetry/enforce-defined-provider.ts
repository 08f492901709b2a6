import { CONTROL_PLANE_KINDS, eachControlPlane } from "../../control-plane.ts";
import type { ControlPlane } from "../../control-plane.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements, some } from "../../finding.ts";
import { TELEMETRY } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import type { Stack } from "../../stack.ts";

type Signal = "accessLogging" | "metrics" | "tracing";
const SIGNALS: readonly Signal[] = ["tracing", "metrics", "accessLogging"];

/** Providers that Istio brings, by what each is good for. */
const BUILT_IN: Readonly<Record<Signal, readonly string[]>> = {
    tracing: ["stackdriver"],
    metrics: ["prometheus", "stackdriver"],
    accessLogging: ["envoy", "stackdriver"],
};

/** Fields of an extension provider, without case and underscores, by what each is good for. */
const TYPES: Readonly<Record<Signal, readonly string[]>> = {
    tracing: [
        "datadog",
        "lightstep",
        "opencensus",
        "opentelemetry",
        "skywalking",
        "stackdriver",
        "zipkin",
    ],
    metrics: ["prometheus", "stackdriver"],
    accessLogging: [
        "envoyfileaccesslog",
        "envoyhttpals",
        "envoyotelals",
        "envoytcpals",
        "stackdriver",
    ],
};

function isDefined(name: string, signal: Signal, providers: Field): boolean {
    const wanted = name.toLowerCase();
    return (
        BUILT_IN[signal].includes(wanted) ||
        some(
            providers.items(),
            (provider) =>
                provider.at("name").text()?.toLowerCase() === wanted &&
                provider
                    .entries()
                    .some(([key]) => TYPES[signal].includes(key.replaceAll("_", "").toLowerCase())),
        )
    );
}

function checkName(field: Field, signal: Signal, plane: ControlPlane): Finding[] {
    const name = field.text() ?? "";
    const providers = plane.meshConfig("extensionProviders");
    return name === "" || providers === undefined || isDefined(name, signal, providers)
        ? []
        : [
              field.finding(
                  `${name} is no provider of ${signal} in ${plane.object.label}`,
                  "a provider that Istio brings, or one of meshConfig.extensionProviders, is required",
              ),
          ];
}

/** The names in a Telemetry. */
function checkTelemetry({ root }: KubernetesObject, plane: ControlPlane): Finding[] {
    return SIGNALS.flatMap((signal) =>
        each(
            () => root.at("spec", signal).items(),
            (entry) =>
                each(
                    () => entry.at("providers").items(),
                    (provider) => checkName(provider.at("name"), signal, plane),
                ),
        ),
    );
}

/** The names that istiod falls back to. */
function checkDefaults(plane: ControlPlane): Finding[] {
    return SIGNALS.flatMap((signal) =>
        each(
            () => plane.meshConfig("defaultProviders", signal)?.items() ?? [],
            (name) => checkName(name, signal, plane),
        ),
    );
}

/** Without a control plane in the stack nobody here knows what it defines. */
function checkControlPlane(plane: ControlPlane, stack: Stack): Finding[] {
    return [
        ...judgements(() => checkDefaults(plane)),
        ...each(
            () => stack.of(TELEMETRY),
            (telemetry) => checkTelemetry(telemetry, plane),
        ),
    ];
}

/** Istio accepts a name that nothing defines, and says nothing. */
export const telemetryEnforceDefinedProvider: StackRule = {
    name: "istio-telemetry-enforce-defined-provider",
    severity: "high",
    level: "mandatory",
    description:
        "Every provider that a Telemetry or the mesh's defaults name is defined, and is one of traces, metrics or access logs as it is used. Otherwise Istio drops the entry without a word, and there are no traces, metrics or logs when they are needed.",
    remediation: [
        "Define the provider in meshConfig.extensionProviders of istiod's chart: Istio brings no provider of traces.",
        "Or name one that exists; envoy, prometheus and stackdriver are built in.",
    ],
    url: "https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig-ExtensionProvider",
    exemptible: "everywhere",
    selects: [TELEMETRY, ...CONTROL_PLANE_KINDS],
    checkStack: (stack, { settings }) =>
        eachControlPlane(stack, settings, (plane) => checkControlPlane(plane, stack)),
};
