import { gatewayApiConfigureJudgedKinds } from "#policy/rules/gateway-api/configure-judged-kinds.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import { describeRule } from "../../support.ts";

const API = "gateway.networking.k8s.io/v1";
const EXEMPTION = {
    rule: "istio-gateway-api-configure-judged-kinds",
    owner: "edge",
    reason: "looked at",
    expires: "2026-12-31",
};
const LOOK = "somebody should look at what it does";

describeRule(gatewayApiConfigureJudgedKinds, {
    compliant: {
        "what rules look at": {
            objects: ["Gateway", "HTTPRoute", "GRPCRoute", "TLSRoute", "ReferenceGrant"].map(
                (kind) => manifest(API, kind, "shop/edge", {}),
            ),
        },
    },
    violating: {
        "what Istio does not read, and what no rule looks at": {
            objects: [
                manifest(API, "UDPRoute", "shop/dns", {}),
                manifest(API, "BackendTLSPolicy", "shop/bank", {}),
                manifest(
                    "gateway.networking.x-k8s.io/v1alpha1",
                    "XBackendTrafficPolicy",
                    "shop/cart",
                    {},
                ),
            ],
            violations: [
                `UDPRoute shop/dns: Istio reads no UDPRoute; ${LOOK}`,
                `BackendTLSPolicy shop/bank: BackendTLSPolicy is judged by no rule; ${LOOK}`,
                `XBackendTrafficPolicy shop/cart: XBackendTrafficPolicy is judged by no rule; ${LOOK}`,
            ],
        },
    },
    unknown: {
        "what a kind that somebody answers for says": {
            objects: [
                manifest(API, "UDPRoute", "shop/dns", UNKNOWN, {
                    annotations: { "policy.a4co.dev/exempt": JSON.stringify(EXEMPTION) },
                }),
            ],
            advisories: [
                `UDPRoute shop/dns: Istio reads no UDPRoute; ${LOOK} (exempted by edge until 2026-12-31: looked at)`,
            ],
        },
    },
    nearMiss: {
        "a set of listeners that is still tried out": {
            objects: [
                manifest("gateway.networking.x-k8s.io/v1alpha1", "XListenerSet", "shop/more", {}),
            ],
        },
    },
});
