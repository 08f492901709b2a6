import { CONTROL_PLANE_KINDS, eachControlPlane } from "../../control-plane.ts";
import type { KubernetesObject } from "../../field.ts";
import { some } from "../../finding.ts";
import { assertAllSeen } from "../../helm.ts";
import { PEER_AUTHENTICATION } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";

/** A policy of the root namespace that selects no workload holds for the whole mesh. */
function isMeshWideStrict({ root, namespace }: KubernetesObject, rootNamespace: string): boolean {
    return (
        namespace === rootNamespace &&
        root.at("spec", "selector", "matchLabels").entries().length === 0 &&
        root.at("spec", "mtls", "mode").text() === "STRICT"
    );
}

/** Workloads that no other policy reaches are STRICT as well. */
export const meshEnforceStrict: StackRule = {
    name: "istio-mesh-enforce-strict",
    severity: "critical",
    level: "mandatory",
    description:
        "A stack that installs Istio also makes mutual TLS STRICT for the whole mesh. Otherwise Istio's own default holds, PERMISSIVE, and every namespace that nobody thought of accepts plaintext.",
    remediation: [
        "Add a PeerAuthentication named default to Istio's root namespace, without a selector, with spec.mtls.mode STRICT.",
        "If the root namespace is not istio-system, name it in the pack's settings.",
    ],
    url: "https://istio.io/latest/docs/tasks/security/authentication/authn-policy/#globally-enabling-istio-mutual-tls-in-strict-mode",
    exemptible: "outside production",
    selects: [PEER_AUTHENTICATION, ...CONTROL_PLANE_KINDS],
    checkStack: (stack, { settings }) =>
        eachControlPlane(stack, settings, ({ object }) => {
            const isStrict = some(stack.of(PEER_AUTHENTICATION), (policy) =>
                isMeshWideStrict(policy, settings.rootNamespace),
            );
            if (isStrict) {
                return [];
            }
            assertAllSeen(stack);
            return [
                object.root.finding(
                    `installs a mesh, and no PeerAuthentication without selector in ${settings.rootNamespace} is STRICT`,
                    "a mesh-wide STRICT is required",
                ),
            ];
        }),
};
