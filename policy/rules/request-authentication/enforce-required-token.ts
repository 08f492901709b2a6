import { actionOf, dryRunOf, operationsOf, sourcesOf } from "../../authorization.ts";
import { fieldsNamed } from "../../field-walk.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, some } from "../../finding.ts";
import { AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION, VIRTUAL_SERVICE } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { candidatesBeside, mayMeet, tokensExceptedIn, tokensNamedIn } from "../../token.ts";

function rulesOf({ root }: KubernetesObject): readonly Field[] {
    return root.at("spec", "rules").items();
}

/** Whether a policy turns some requests away for want of a token. What an external authorizer does is its own affair. */
function requiresToken(policy: KubernetesObject): boolean {
    switch (actionOf(policy)) {
        case "ALLOW":
            return some(rulesOf(policy), (rule) => tokensNamedIn(rule).length > 0);
        case "DENY":
            return some(rulesOf(policy), (rule) => tokensExceptedIn(rule).length > 0);
        default:
            return actionOf(policy) === "CUSTOM";
    }
}

/** Whether a rule opens some paths to everybody, each by its name, as one does for health and sign-in. */
function isPublic(rule: Field): boolean {
    const operations = operationsOf(rule);
    return (
        sourcesOf(rule).length === 0 &&
        operations.length > 0 &&
        operations.every((operation) => {
            const paths = operation.at("paths").texts();
            return paths.length > 0 && !paths.some((path) => /[*{]/.test(path));
        })
    );
}

/** Whether all that ALLOW policies let in is open to everybody by name; then nothing that needs a token is reached. */
function letInPublicOnly(policies: readonly KubernetesObject[]): boolean {
    const allows = policies.filter((policy) => actionOf(policy) === "ALLOW");
    return allows.length > 0 && !some(allows.flatMap(rulesOf), (rule) => !isPublic(rule));
}

/** Whether some route of the stack is taken only with a claim. */
function routesByClaim(stack: Stack): boolean {
    return stack.once(routesByClaim, () =>
        some(
            stack.of(VIRTUAL_SERVICE),
            ({ root }) =>
                fieldsNamed(root.at("spec", "http"), (key) =>
                    key.startsWith("@request.auth.claims"),
                ).length > 0,
        ),
    );
}

function checkAuthentication(
    stack: Stack,
    authentication: KubernetesObject,
    settings: Settings,
): Finding[] {
    const jwtRules = authentication.root.at("spec", "jwtRules");
    if (jwtRules.items().length === 0) {
        return [];
    }
    const policies = candidatesBeside(stack, AUTHORIZATION_POLICY, authentication, settings).filter(
        (policy) => mayMeet(authentication, policy, settings) && dryRunOf(policy) === undefined,
    );
    return some(policies, requiresToken) || letInPublicOnly(policies) || routesByClaim(stack)
        ? []
        : [
              jwtRules.finding(
                  "a request without a token is let in as before, since nothing requires one",
                  'an ALLOW with requestPrincipals, or a DENY with notRequestPrincipals: ["*"], is needed for these workloads',
              ),
          ];
}

/** Whoever accepts tokens also requires one. */
export const requestAuthenticationEnforceRequiredToken: StackRule = {
    name: "istio-request-authentication-enforce-required-token",
    severity: "high",
    level: "mandatory",
    description:
        "A RequestAuthentication goes with an AuthorizationPolicy that requires the token. Otherwise only requests with a bad token are turned away: whoever leaves it out is let in as if nothing were asked.",
    remediation: [
        'Add a DENY with notRequestPrincipals: ["*"] for the same workloads, and with notPaths for what is open to everybody.',
        "Or name requestPrincipals, or a claim of the token, in the ALLOW policies of these workloads.",
    ],
    url: "https://istio.io/latest/docs/tasks/security/authentication/authn-policy/#require-a-valid-token",
    exemptible: "outside production",
    selects: [REQUEST_AUTHENTICATION, AUTHORIZATION_POLICY],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(REQUEST_AUTHENTICATION),
            (authentication) => checkAuthentication(stack, authentication, settings),
        ),
};
