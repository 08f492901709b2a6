import { actionOf, dryRunOf, isNamespaceWide } from "../../authorization.ts";
import type { KubernetesObject } from "../../field.ts";
import { each, some } from "../../finding.ts";
import { AUTHORIZATION_POLICY, NAMESPACE } from "../../kinds.ts";
import { isMeshedNamespace, MEMBERSHIP_KINDS, runsGatewaysOnly } from "../../membership.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";

/** Where an ALLOW policy holds, whatever no such policy lets in is denied. One that is only tried out denies nothing. */
function deniesByDefault(policy: KubernetesObject): boolean {
    const { root } = policy;
    return (
        actionOf(policy) === "ALLOW" &&
        isNamespaceWide(policy) &&
        dryRunOf(policy) === undefined &&
        !some(
            root.at("spec", "rules").items(),
            (rule) => !some(["from", "to", "when"], (field) => rule.at(field).items().length > 0),
        )
    );
}

/** Whether a policy of the namespace, or one for the whole mesh, denies by default. */
function isDenied(stack: Stack, namespace: string, { rootNamespace }: Settings): boolean {
    const places = [...new Set([namespace, rootNamespace])];
    return some(
        places.flatMap((place) => stack.in(place, AUTHORIZATION_POLICY)),
        (policy) => places.includes(policy.namespace) && deniesByDefault(policy),
    );
}

/** Nobody may call a workload of the mesh unless somebody has said so. */
export const namespaceEnforceDenyByDefault: StackRule = {
    name: "istio-namespace-enforce-deny-by-default",
    severity: "critical",
    level: "mandatory",
    description:
        "Every namespace with workloads of the mesh denies by default. Otherwise a workload that nobody has written a policy for answers everybody, and so does each one that is added.",
    remediation: [
        "Add an AuthorizationPolicy with an empty spec to the namespace: it allows nothing, so what no other policy allows is denied.",
        "If another stack has one in the root namespace, say so in the pack's setting meshDeniesByDefault.",
    ],
    url: "https://istio.io/latest/docs/ops/best-practices/security/#use-default-deny-patterns",
    exemptible: "outside production",
    selects: MEMBERSHIP_KINDS,
    checkStack: (stack, { settings }) =>
        settings.meshDeniesByDefault
            ? []
            : each(
                  () => stack.of(NAMESPACE),
                  (namespace) =>
                      !isMeshedNamespace(stack, namespace) ||
                      namespace.name === settings.rootNamespace ||
                      isDenied(stack, namespace.name, settings) ||
                      // A gateway's callers are everybody.
                      runsGatewaysOnly(stack, namespace.name, settings)
                          ? []
                          : [
                                namespace.root.finding(
                                    "has pods of the mesh, and nothing denies by default",
                                    "an AuthorizationPolicy without selector that allows nothing is required",
                                ),
                            ],
              ),
};
