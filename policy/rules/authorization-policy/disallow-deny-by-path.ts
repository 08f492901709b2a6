import { actionOf, eachRule, namedIn } from "../../authorization.ts";
import type { Field, Finding } from "../../field.ts";
import { each } from "../../finding.ts";
import { AUTHORIZATION_POLICY } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

/** Patterns that no spelling of a path escapes. */
const EVERY_PATH: readonly string[] = ["*", "/*", "/{**}"];

function checkPath(field: Field): Finding[] {
    const text = field.text() ?? "";
    return EVERY_PATH.includes(text)
        ? []
        : [
              field.finding(
                  `${text} can be reached by another spelling of the path, which is not denied`,
                  "an ALLOW of the paths that are meant, or notPaths, is allowed",
              ),
          ];
}

/** No path is closed by naming it. */
export const authorizationPolicyDisallowDenyByPath: ObjectRule = {
    name: "istio-authorization-policy-disallow-deny-by-path",
    severity: "high",
    level: "mandatory",
    description:
        "No DENY policy matches by path. Otherwise the path is reached all the same: measured, a trailing slash, upper case and ;x=1 pass a DENY in every path normalization, %2F and // in Istio's default, while an exact ALLOW lets none of them in.",
    remediation: [
        "Deny by default, and ALLOW the paths that are meant.",
        "Or DENY everything but the paths that are meant, with notPaths.",
    ],
    url: "https://istio.io/latest/docs/ops/best-practices/security/#understand-path-normalization-in-authorization-policy",
    exemptible: "outside production",
    selects: [AUTHORIZATION_POLICY],
    checkObject: (policy) =>
        actionOf(policy) !== "DENY"
            ? []
            : eachRule(policy, (rule) =>
                  each(
                      () => namedIn(rule, "paths"),
                      (list) => each(() => list.items(), checkPath),
                  ),
              ),
};
