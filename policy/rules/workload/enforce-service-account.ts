import { each } from "../../finding.ts";
import { accountField, accountOf, usersOf } from "../../identity.ts";
import { isMeshed, MEMBERSHIP_KINDS } from "../../membership.ts";
import type { StackRule } from "../../rule.ts";

/** Whoever is in the mesh has a name there. */
export const workloadEnforceServiceAccount: StackRule = {
    name: "istio-workload-enforce-service-account",
    severity: "high",
    level: "mandatory",
    description:
        "Every workload of the mesh runs as a ServiceAccount that it names, and never as default. Otherwise its identity is that of every other pod without one, and a policy that lets it in lets all of them in.",
    remediation: [
        "Add a ServiceAccount of the workload's name to its namespace.",
        "Name it in the pod's serviceAccountName.",
    ],
    url: "https://istio.io/latest/docs/concepts/security/#istio-identity",
    exemptible: "outside production",
    selects: MEMBERSHIP_KINDS,
    checkStack: (stack, { settings }) =>
        each(
            () => usersOf(stack),
            (user) =>
                isMeshed(stack, user, settings) && accountOf(user) === "default"
                    ? [
                          accountField(user).finding(
                              accountField(user).exists
                                  ? "default is the identity of every pod that names none"
                                  : "without a ServiceAccount the pods run as default",
                              "a ServiceAccount of its own is required",
                          ),
                      ]
                    : [],
        ),
};
