import {
    actionOf,
    conditionsLike,
    eachRule,
    keyOf,
    SOURCE_FIELDS,
    sourcesOf,
} from "../../authorization.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, some } from "../../finding.ts";
import { isForGateway } from "../../gateways.ts";
import { AUTHORIZATION_POLICY } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";

const ALLOWED = "every ALLOW rule must say who may call";

function namesSomebody(source: Field): boolean {
    return some(source.entries(), ([, field]) => field.items().length > 0);
}

/** Whether a condition of a rule says who calls: in a field of a source, or in a claim of the caller's token. */
function hasCondition(rule: Field): boolean {
    return (
        some(SOURCE_FIELDS, (field) => conditionsLike(rule, field).length > 0) ||
        some(rule.at("when").items(), (condition) => keyOf(condition).startsWith("request.auth."))
    );
}

function checkRule(rule: Field): Finding[] {
    if (hasCondition(rule)) {
        return [];
    }
    return sourcesOf(rule).length === 0
        ? [rule.at("from").finding("no source lets every caller in", ALLOWED)]
        : each(
              () => sourcesOf(rule),
              (source) =>
                  namesSomebody(source)
                      ? []
                      : [source.finding("an empty source lets every caller in", ALLOWED)],
          );
}

function checkPolicy(stack: Stack, policy: KubernetesObject, settings: Settings): Finding[] {
    const findings = actionOf(policy) === "ALLOW" ? eachRule(policy, checkRule) : [];
    return findings.length > 0 && isForGateway(stack, policy, settings) ? [] : findings;
}

/** Nobody is let in without being named. */
export const authorizationPolicyEnforceSource: StackRule = {
    name: "istio-authorization-policy-enforce-source",
    severity: "critical",
    level: "mandatory",
    description:
        "Every rule of an ALLOW policy names its callers. Otherwise everything that reaches the pod may call it, also without an identity, and the deny-by-default of the namespace is gone for this workload.",
    remediation: [
        "Name the callers in spec.rules[].from[].source.principals, each as <trust domain>/ns/<namespace>/sa/<account>.",
        "A policy that denies everything has no rules at all.",
        "Ingress gateways, whose callers have no identity, are those of the stack; those of other stacks are told by the pack's setting gatewayLabels.",
    ],
    url: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Source",
    exemptible: "outside production",
    selects: [AUTHORIZATION_POLICY],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(AUTHORIZATION_POLICY),
            (policy) => checkPolicy(stack, policy, settings),
        ),
};
