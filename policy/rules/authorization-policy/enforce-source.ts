import {
    actionOf,
    conditionsLike,
    eachRule,
    isForGateway,
    SOURCE_FIELDS,
    sourcesOf,
} from "../../authorization.ts";
import type { Field, Finding } from "../../field.ts";
import { each, some } from "../../finding.ts";
import { AUTHORIZATION_POLICY } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

const ALLOWED = "every ALLOW rule must say who may call";

function namesSomebody(source: Field): boolean {
    return some(source.entries(), ([, field]) => field.items().length > 0);
}

function checkRule(rule: Field): Finding[] {
    if (some(SOURCE_FIELDS, (field) => conditionsLike(rule, field).length > 0)) {
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

/** Nobody is let in without being named. */
export const authorizationPolicyEnforceSource: ObjectRule = {
    name: "istio-authorization-policy-enforce-source",
    severity: "critical",
    level: "mandatory",
    description:
        "Every rule of an ALLOW policy names its callers. Otherwise everything that reaches the pod may call it, also without an identity, and the deny-by-default of the namespace is gone for this workload.",
    remediation: [
        "Name the callers in spec.rules[].from[].source.principals, each as <trust domain>/ns/<namespace>/sa/<account>.",
        "A policy that denies everything has no rules at all.",
        "Ingress gateways, whose callers have no identity, are told by the pack's setting gatewayLabels.",
    ],
    url: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Source",
    exemptible: "outside production",
    selects: [AUTHORIZATION_POLICY],
    checkObject: (policy, { settings }) =>
        actionOf(policy) !== "ALLOW" || isForGateway(policy, settings)
            ? []
            : eachRule(policy, checkRule),
};
