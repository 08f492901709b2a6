import { actionOf } from "../../authorization.ts";
import { CANARY, primaryOf } from "../../canary.ts";
import type { Primary } from "../../canary.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, some } from "../../finding.ts";
import { AUTHORIZATION_POLICY, PEER_AUTHENTICATION, SIDECAR, TELEMETRY } from "../../kinds.ts";
import type { Selector } from "../../kubernetes-object.ts";
import { meetsLabels } from "../../labels.ts";
import type { StackRule } from "../../rule.ts";
import type { Stack } from "../../stack.ts";
import { podOf } from "../../workload.ts";

/** Kinds that hold for the pods that they select. */
const SELECTING: readonly Selector[] = [
    AUTHORIZATION_POLICY,
    PEER_AUTHENTICATION,
    { group: "security.istio.io", kind: "RequestAuthentication" },
    SIDECAR,
    TELEMETRY,
];

/** The labels that a policy selects pods by. @throws UnknownValue */
function selectorOf({ root }: KubernetesObject): Field {
    const selector = root.at("spec", "selector", "matchLabels");
    return selector.exists ? selector : root.at("spec", "workloadSelector", "labels");
}

/** Whether labels fit the copy's pods. @throws UnknownValue */
function fitsPrimary({ target, label, value }: Primary, wanted: Field): boolean {
    const labels = podOf(target).at("metadata", "labels");
    return wanted
        .entries()
        .every(([key, field]) => (key === label ? value : labels.at(key).text()) === field.text());
}

/** Whether another policy does for the copy what one does for the target. @throws UnknownValue */
function isTwin(primary: Primary, policy: KubernetesObject, other: KubernetesObject): boolean {
    const isAuthorization = policy.kind === AUTHORIZATION_POLICY.kind;
    const wanted = selectorOf(other);
    if (
        other.kind !== policy.kind ||
        other.namespace !== policy.namespace ||
        (isAuthorization && actionOf(other) !== actionOf(policy))
    ) {
        return false;
    }
    return wanted.entries().length > 0
        ? fitsPrimary(primary, wanted)
        : // One that allows nothing lets nobody in there either.
          !isAuthorization || other.root.at("spec", "rules").items().length > 0;
}

function check(stack: Stack, primary: Primary, policy: KubernetesObject): Finding[] {
    const { canary, label, target, value } = primary;
    const field = selectorOf(policy).at(label);
    if (
        policy.namespace !== canary.namespace ||
        !field.exists ||
        !meetsLabels(podOf(target).at("metadata", "labels"), selectorOf(policy)) ||
        some(stack.in(policy.namespace, ...SELECTING), (other) => isTwin(primary, policy, other))
    ) {
        return [];
    }
    return [
        field.finding(
            `${field.text() ?? ""} leaves out the pods that Flagger makes for ${canary.label}, which carry ${label}: ${value}`,
            `one that selects ${value}, or the whole namespace, is advised as well`,
        ),
    ];
}

/** What holds for a workload holds for the copy that gets its requests. */
export const canaryConfigurePrimaryPolicies: StackRule = {
    name: "istio-canary-configure-primary-policies",
    severity: "high",
    level: "advisory",
    description:
        "Policies that select the target of a Flagger Canary also select its primary. Otherwise the pods that get the requests, whose label Flagger rewrites, meet no DENY, no ALLOW and no PeerAuthentication that was written for them.",
    remediation: [
        "Write each policy of the target once more for the label with -primary behind its value.",
        "Or select by a label that Flagger leaves alone, one that is not among its selector-labels.",
    ],
    url: "https://docs.flagger.app/usage/how-it-works#canary-target",
    exemptible: "everywhere",
    selects: [CANARY, ...SELECTING],
    checkStack: (stack) =>
        each(
            () => stack.of(CANARY),
            (canary) => {
                const primary = primaryOf(stack, canary);
                return primary === undefined
                    ? []
                    : each(
                          () => stack.in(canary.namespace, ...SELECTING),
                          (policy) => check(stack, primary, policy),
                      );
            },
        ),
};
