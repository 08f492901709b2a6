import { apiDisallowUnstable } from "#policy/rules/api/disallow-unstable.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

const ALLOWED = "it is allowed only with an exemption that names owner, reason and last day";
const FILTER = `EnvoyFilter a4co/lua: apiVersion: EnvoyFilter patches what istiod generates, which changes with every release; ${ALLOWED}`;

const EXEMPTED = `${FILTER} (exempted by team-edge until 2026-12-31: no Telemetry does it)`;
const WASM = `WasmPlugin a4co/auth: apiVersion: WasmPlugin runs foreign code inside the proxy; ${ALLOWED}`;

function exemption(expires: string): Record<string, string> {
    return {
        "policy.a4co.dev/exempt": JSON.stringify({
            rule: "istio-api-disallow-unstable",
            owner: "team-edge",
            reason: "no Telemetry does it",
            expires,
        }),
    };
}

function filter(annotations?: Record<string, string>, spec: unknown = {}): Manifest {
    return manifest("networking.istio.io/v1alpha3", "EnvoyFilter", "a4co/lua", spec, {
        ...(annotations && { annotations }),
    });
}

describeRule(
    apiDisallowUnstable,
    {
        compliant: {
            "version 1": {
                objects: [manifest("networking.istio.io/v1", "VirtualService", "a4co/payment", {})],
            },
            "a beta version": {
                objects: [manifest("networking.istio.io/v1beta1", "ProxyConfig", "a4co/two", {})],
            },
        },
        violating: {
            "an EnvoyFilter": { objects: [filter()], violations: [FILTER] },
            "an EnvoyFilter whose exemption has expired": {
                objects: [filter(exemption("2026-11-22"))],
                violations: [FILTER],
            },
            "an EnvoyFilter whose exemption is not known yet": {
                objects: [filter({ "policy.a4co.dev/exempt": UNKNOWN })],
                violations: [FILTER],
            },
            "a WasmPlugin": {
                objects: [manifest("extensions.istio.io/v1alpha1", "WasmPlugin", "a4co/auth", {})],
                violations: [WASM],
            },
            "an alpha version of a stable kind": {
                objects: [
                    manifest("networking.istio.io/v1alpha3", "VirtualService", "a4co/payment", {}),
                ],
                violations: [
                    `VirtualService a4co/payment: apiVersion: networking.istio.io/v1alpha3 is an alpha version, which Istio may change or drop; ${ALLOWED}`,
                ],
            },
            "a kind that exists in alpha only": {
                objects: [
                    manifest("extensions.istio.io/v1alpha1", "TrafficExtension", "a4co/lua", {}),
                ],
                violations: [
                    `TrafficExtension a4co/lua: apiVersion: extensions.istio.io/v1alpha1 is an alpha version, which Istio may change or drop; ${ALLOWED}`,
                ],
            },
        },
        unknown: {
            "the settings of an EnvoyFilter that somebody answers for": {
                objects: [filter(exemption("2026-12-31"), UNKNOWN)],
                advisories: [EXEMPTED],
            },
            "the settings of one beside": {
                objects: [
                    filter(exemption("2026-12-31"), UNKNOWN),
                    manifest("extensions.istio.io/v1alpha1", "WasmPlugin", "a4co/auth", UNKNOWN),
                ],
                violations: [WASM],
                advisories: [EXEMPTED],
            },
        },
        nearMiss: {
            "an EnvoyFilter that somebody answers for": {
                objects: [filter(exemption("2026-12-31"))],
                advisories: [EXEMPTED],
            },
            "an alpha version of somebody else's": {
                objects: [manifest("example.com/v1alpha1", "VirtualService", "a4co/payment", {})],
                applies: false,
            },
        },
    },
    { anyVersion: false },
);
