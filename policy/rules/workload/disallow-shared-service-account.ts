import type { KubernetesObject } from "../../field.ts";
import { each } from "../../finding.ts";
import { accountField, accountOf, usersAs, usersOf } from "../../identity.ts";
import { isMeshed, MEMBERSHIP_KINDS } from "../../membership.ts";
import type { StackRule } from "../../rule.ts";
import { firstOf } from "../../search.ts";
import { podOf } from "../../workload.ts";

/** Labels by which Istio tells workloads apart, first to last. Versions of one workload have the same. */
const CANONICAL = ["service.istio.io/canonical-name", "app.kubernetes.io/name", "app"];

function canonicalName(user: KubernetesObject): string {
    if (user.group === "helm.sh") {
        return user.name;
    }
    const labels = podOf(user).at("metadata", "labels");
    return CANONICAL.flatMap((label) => labels.at(label).text() ?? [])[0] ?? user.name;
}

/** Whether two workloads that are not one have the same identity. */
function share(one: KubernetesObject, other: KubernetesObject): boolean {
    return (
        one.namespace === other.namespace &&
        accountOf(one) === accountOf(other) &&
        canonicalName(one) !== canonicalName(other)
    );
}

/** No two workloads have one name. */
export const workloadDisallowSharedServiceAccount: StackRule = {
    name: "istio-workload-disallow-shared-service-account",
    severity: "high",
    level: "mandatory",
    description:
        "Every workload of the mesh has a ServiceAccount of its own; versions of one workload share theirs. Otherwise a policy cannot let in the one without the other, and whoever takes over either has the rights of both.",
    remediation: [
        "Add a ServiceAccount for each workload, and name it in the pod's serviceAccountName.",
        "Name both principals where a policy let in both.",
        "If the two are versions of one workload, give their pods the same label app.",
    ],
    url: "https://istio.io/latest/docs/concepts/security/#istio-identity",
    exemptible: "outside production",
    selects: MEMBERSHIP_KINDS,
    checkStack: (stack, { settings }) =>
        each(
            () => usersOf(stack),
            (user) => {
                // The default account is another rule's finding.
                if (!isMeshed(stack, user, settings) || accountOf(user) === "default") {
                    return [];
                }
                const { namespace } = user;
                const mates = usersAs(stack, { namespace, name: accountOf(user) });
                const other = firstOf(
                    mates.slice(0, mates.indexOf(user)),
                    (earlier) => share(user, earlier) && isMeshed(stack, earlier, settings),
                );
                return other === undefined
                    ? []
                    : [
                          accountField(user).finding(
                              `${accountOf(user)} is also the identity of ${other.label}`,
                              "a ServiceAccount of its own is required",
                          ),
                      ];
            },
        ),
};
