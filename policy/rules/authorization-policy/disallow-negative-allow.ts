import { actionOf, eachRule, operationsOf, sourcesOf } from "../../authorization.ts";
import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { AUTHORIZATION_POLICY } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

function checkNegative(field: Field): Finding[] {
    return field.items().length > 0
        ? [
              field.finding(
                  "lets in everything but what it names",
                  "an ALLOW may only name what it lets in; exceptions belong in a DENY",
              ),
          ]
        : [];
}

/** The fields of a source or an operation that match what they do not name. */
function checkFields(holder: Field): Finding[] {
    return each(
        () => holder.entries().filter(([key]) => /^not[A-Z]/.test(key)),
        ([, field]) => checkNegative(field),
    );
}

/** What is let in is named, not what is left out. */
export const authorizationPolicyDisallowNegativeAllow: ObjectRule = {
    name: "istio-authorization-policy-disallow-negative-allow",
    severity: "high",
    level: "mandatory",
    description:
        "An ALLOW policy matches by what it names, never by what it leaves out. Otherwise every caller, path and method that comes later is let in unseen, and a path written another way is no longer the one that was left out.",
    remediation: [
        "Name the callers, paths and methods that are let in.",
        "Move exceptions to a DENY policy of their own, which may match by what it leaves out.",
    ],
    url: "https://istio.io/latest/docs/ops/best-practices/security/#use-allow-with-positive-matching-and-deny-with-negative-match-patterns",
    exemptible: "outside production",
    selects: [AUTHORIZATION_POLICY],
    checkObject: (policy) =>
        actionOf(policy) !== "ALLOW"
            ? []
            : eachRule(policy, (rule) =>
                  judgements(
                      () => each(() => sourcesOf(rule), checkFields),
                      () => each(() => operationsOf(rule), checkFields),
                      () =>
                          each(
                              () => rule.at("when").items(),
                              (condition) => checkNegative(condition.at("notValues")),
                          ),
                  ),
              ),
};
