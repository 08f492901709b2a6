import type { KubernetesObject } from "../../field.ts";
import { each, some } from "../../finding.ts";
import { PEER_AUTHENTICATION } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";

function modeOf({ root }: KubernetesObject): string {
    const mode = root.at("spec", "mtls", "mode").text() ?? "";
    return mode === "" ? "UNSET" : mode;
}

function selectsWorkload({ root }: KubernetesObject): boolean {
    return root.at("spec", "selector", "matchLabels").entries().length > 0;
}

/** A policy without a mode takes that of its namespace, and a namespace that of the mesh. */
function isParent(
    parent: KubernetesObject,
    child: KubernetesObject,
    rootNamespace: string,
): boolean {
    return (
        parent !== child &&
        !selectsWorkload(parent) &&
        (parent.namespace === rootNamespace ||
            (parent.namespace === child.namespace && selectsWorkload(child)))
    );
}

/** A mode that is left out is STRICT only where somebody above says so. */
export const peerAuthenticationEnforceInheritedStrict: StackRule = {
    name: "istio-peer-authentication-enforce-inherited-strict",
    severity: "critical",
    level: "mandatory",
    description:
        "A PeerAuthentication without a mode stands below one of the same stack that is STRICT. Otherwise it takes whatever the mesh happens to be set to, by Istio's default PERMISSIVE.",
    remediation: [
        "Set spec.mtls.mode to STRICT.",
        "Or add a STRICT policy without selector to the namespace, or to Istio's root namespace.",
    ],
    url: "https://istio.io/latest/docs/reference/config/security/peer_authentication/#PeerAuthentication-MutualTLS-Mode",
    exemptible: "outside production",
    selects: [PEER_AUTHENTICATION],
    checkStack: (stack, { settings: { rootNamespace } }) => {
        const policies = stack.of(PEER_AUTHENTICATION);
        return each(
            () => policies,
            (policy) =>
                modeOf(policy) !== "UNSET" ||
                // A weak root policy is another rule's finding.
                (policy.namespace === rootNamespace && !selectsWorkload(policy)) ||
                some(
                    policies,
                    (parent) =>
                        isParent(parent, policy, rootNamespace) && modeOf(parent) === "STRICT",
                )
                    ? []
                    : [
                          policy.root
                              .at("spec", "mtls", "mode")
                              .finding(
                                  "no mode, and no policy above it in this stack is STRICT",
                                  "STRICT, here or above, is required",
                              ),
                      ],
        );
    },
};
