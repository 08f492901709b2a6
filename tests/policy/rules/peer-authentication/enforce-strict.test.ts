import { peerAuthenticationEnforceStrict } from "#policy/rules/peer-authentication/enforce-strict.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

const VERSION = "security.istio.io/v1";

function policy(place: string, spec: unknown, annotations?: Record<string, unknown>): Manifest {
    return manifest(VERSION, "PeerAuthentication", place, spec, {
        ...(annotations && { annotations }),
    });
}

const exemption = JSON.stringify({
    rule: "istio-peer-authentication-enforce-strict",
    owner: "team-payments",
    reason: "a caller without sidecar until it is migrated",
    expires: "2026-12-31",
});

describeRule(peerAuthenticationEnforceStrict, {
    compliant: {
        "STRICT for a namespace": {
            objects: [policy("a4co/default", { mtls: { mode: "STRICT" } })],
        },
        "STRICT for a workload and its port": {
            objects: [
                policy("a4co/payment", {
                    selector: { matchLabels: { app: "payment" } },
                    mtls: { mode: "STRICT" },
                    portLevelMtls: { "3006": { mode: "STRICT" } },
                }),
            ],
        },
    },
    violating: {
        PERMISSIVE: {
            objects: [policy("a4co/default", { mtls: { mode: "PERMISSIVE" } })],
            violations: [
                "PeerAuthentication a4co/default: spec.mtls.mode: PERMISSIVE also accepts plaintext; only STRICT is allowed",
            ],
        },
        DISABLE: {
            objects: [policy("a4co/default", { mtls: { mode: "DISABLE" } })],
            violations: [
                "PeerAuthentication a4co/default: spec.mtls.mode: DISABLE turns mutual TLS off; only STRICT is allowed",
            ],
        },
        "one port of a STRICT workload": {
            objects: [
                policy("a4co/payment", {
                    selector: { matchLabels: { app: "payment" } },
                    mtls: { mode: "STRICT" },
                    portLevelMtls: { "3006": { mode: "DISABLE" }, "3007": { mode: "STRICT" } },
                }),
            ],
            violations: [
                'PeerAuthentication a4co/payment: spec.portLevelMtls["3006"].mode: DISABLE turns mutual TLS off; only STRICT is allowed',
            ],
        },
        "UNSET for the mesh": {
            objects: [policy("istio-system/default", { mtls: { mode: "UNSET" } })],
            violations: [
                "PeerAuthentication istio-system/default: spec.mtls.mode: no mode for the mesh falls back to PERMISSIVE; only STRICT is allowed",
            ],
        },
        "an exemption in production": {
            objects: [
                policy(
                    "a4co/default",
                    { mtls: { mode: "PERMISSIVE" } },
                    { "policy.a4co.dev/exempt": exemption },
                ),
            ],
            violations: [
                "PeerAuthentication a4co/default: spec.mtls.mode: PERMISSIVE also accepts plaintext; only STRICT is allowed",
            ],
        },
    },
    unknown: {
        "the mode": {
            objects: [policy("a4co/default", { mtls: { mode: UNKNOWN } })],
            advisories: [
                "PeerAuthentication a4co/default: spec.mtls.mode: cannot be judged at preview; the value is not known yet",
            ],
        },
        "the mode beside a weak port": {
            objects: [
                policy("a4co/payment", {
                    mtls: { mode: UNKNOWN },
                    portLevelMtls: { "3006": { mode: "DISABLE" } },
                }),
            ],
            violations: [
                'PeerAuthentication a4co/payment: spec.portLevelMtls["3006"].mode: DISABLE turns mutual TLS off; only STRICT is allowed',
            ],
            advisories: [
                "PeerAuthentication a4co/payment: spec.mtls.mode: cannot be judged at preview; the value is not known yet",
            ],
        },
        "the whole spec": {
            objects: [policy("a4co/default", UNKNOWN)],
            advisories: [
                "PeerAuthentication a4co/default: spec: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "no mode below the mesh inherits it": {
            objects: [policy("a4co/default", {})],
        },
        "an exemption outside production": {
            objects: [
                policy(
                    "a4co/default",
                    { mtls: { mode: "PERMISSIVE" } },
                    { "policy.a4co.dev/exempt": exemption },
                ),
            ],
            settings: { production: false },
            advisories: [
                "PeerAuthentication a4co/default: spec.mtls.mode: PERMISSIVE also accepts plaintext; only STRICT is allowed (exempted by team-payments until 2026-12-31: a caller without sidecar until it is migrated)",
            ],
        },
        "the same kind of another API group": {
            objects: [
                manifest("authentication.example/v1", "PeerAuthentication", "a4co/default", {
                    mtls: { mode: "DISABLE" },
                }),
            ],
            applies: false,
        },
    },
});
