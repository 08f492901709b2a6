import { each } from "../../finding.ts";
import { NAMESPACE } from "../../kinds.ts";
import { hasPolicies, isInjected, MEMBERSHIP_KINDS, runsGatewaysOnly } from "../../membership.ts";
import type { StackRule } from "../../rule.ts";

/** Policies of a namespace hold for all of its pods, since all of them have a sidecar. */
export const namespaceEnforceInjection: StackRule = {
    name: "istio-namespace-enforce-injection",
    severity: "critical",
    level: "mandatory",
    description:
        "A namespace for which the stack writes AuthorizationPolicies, PeerAuthentications or Sidecars has injection on. Otherwise its pods run without a sidecar: they accept plaintext from everybody, and none of those policies is enforced.",
    remediation: [
        "Label the namespace istio-injection: enabled, or istio.io/rev with the revision of the control plane. An annotation does nothing.",
        "Restart the pods that are already there.",
    ],
    url: "https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#automatic-sidecar-injection",
    exemptible: "outside production",
    selects: MEMBERSHIP_KINDS,
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(NAMESPACE),
            (namespace) => {
                if (
                    isInjected(namespace) ||
                    !hasPolicies(stack, undefined, settings) ||
                    namespace.name === settings.rootNamespace ||
                    !hasPolicies(stack, namespace.name, settings) ||
                    runsGatewaysOnly(stack, namespace.name, settings)
                ) {
                    return [];
                }
                const label = namespace.root.at("metadata", "labels", "istio-injection");
                return [
                    label.finding(
                        label.exists
                            ? `${label.text() ?? ""} leaves injection off`
                            : "nothing turns injection on",
                        "enabled is required, or a revision in istio.io/rev",
                    ),
                ];
            },
        ),
};
