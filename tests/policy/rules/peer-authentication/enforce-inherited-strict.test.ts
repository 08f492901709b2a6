import { peerAuthenticationEnforceInheritedStrict } from "#policy/rules/peer-authentication/enforce-inherited-strict.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

function policy(place: string, mode?: string, app?: string): Manifest {
    return manifest("security.istio.io/v1", "PeerAuthentication", place, {
        ...(mode !== undefined && { mtls: { mode } }),
        ...(app !== undefined && { selector: { matchLabels: { app } } }),
    });
}

const wrong = (place: string): string =>
    `PeerAuthentication ${place}: spec.mtls.mode: no mode, and no policy above it in this stack is STRICT; STRICT, here or above, is required`;

describeRule(peerAuthenticationEnforceInheritedStrict, {
    compliant: {
        "a workload below its namespace": {
            objects: [policy("a4co/default", "STRICT"), policy("a4co/pay", undefined, "pay")],
        },
        "a namespace below the mesh": {
            objects: [policy("istio-system/default", "STRICT"), policy("a4co/default")],
        },
        "its own mode": { objects: [policy("a4co/default", "STRICT")] },
    },
    violating: {
        "nothing above": { objects: [policy("a4co/default")], violations: [wrong("a4co/default")] },
        "UNSET below PERMISSIVE": {
            objects: [policy("a4co/default", "PERMISSIVE"), policy("a4co/pay", "UNSET", "pay")],
            violations: [wrong("a4co/pay")],
        },
        "STRICT in another namespace": {
            objects: [policy("shop/default", "STRICT"), policy("a4co/pay", undefined, "pay")],
            violations: [wrong("a4co/pay")],
        },
        "STRICT for another workload": {
            objects: [policy("a4co/order", "STRICT", "order"), policy("a4co/pay", "UNSET", "pay")],
            violations: [wrong("a4co/pay")],
        },
    },
    unknown: {
        "the mode above": {
            objects: [policy("a4co/default", UNKNOWN), policy("a4co/pay", undefined, "pay")],
            advisories: [
                "PeerAuthentication a4co/default: spec.mtls.mode: cannot be judged at preview; the value is not known yet",
            ],
        },
        "one mode beside a missing one": {
            objects: [policy("a4co/order", UNKNOWN, "order"), policy("shop/default")],
            violations: [wrong("shop/default")],
            advisories: [
                "PeerAuthentication a4co/order: spec.mtls.mode: cannot be judged at preview; the value is not known yet",
            ],
        },
    },
    nearMiss: {
        "a weak mesh-wide policy, which is another rule's": {
            objects: [policy("istio-system/default", "UNSET")],
        },
        "a RequestAuthentication": {
            objects: [manifest("security.istio.io/v1", "RequestAuthentication", "a4co/jwt", {})],
            applies: false,
        },
    },
});
