import { eachRule, exceptedIn, keyOf, namedIn } from "../../authorization.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements, some } from "../../finding.ts";
import { someSelected } from "../../gateways.ts";
import { ownsAccountsOf } from "../../identity.ts";
import { AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import { nearest } from "../../search.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { fits } from "../../string-match.ts";
import { authenticationsFor, tokensExceptedIn, tokensNamedIn } from "../../token.ts";

/** Whether the stack is the one to say who authenticates the requests of a policy's workloads. */
function isOwn(stack: Stack, policy: KubernetesObject, settings: Settings): boolean {
    const matchLabels = policy.root.at("spec", "selector", "matchLabels");
    return (
        [policy.namespace, settings.rootNamespace].some((namespace) =>
            some(
                stack.in(namespace, REQUEST_AUTHENTICATION),
                (authentication) => authentication.namespace === namespace,
            ),
        ) ||
        ownsAccountsOf(stack, policy.namespace) ||
        (matchLabels.entries().length > 0 &&
            someSelected(stack, policy.namespace, matchLabels, settings, () => true))
    );
}

/** Whether a principal `<issuer>/<subject>`, or a pattern of one, can be of an issuer. */
function canBeOf(principal: string, issuer: string): boolean {
    if (principal.startsWith("*")) {
        return true;
    }
    const text = principal.replace(/\*$/, "");
    return (
        text.startsWith(`${issuer}/`) || (principal.endsWith("*") && `${issuer}/`.startsWith(text))
    );
}

function checkItem(
    item: Field,
    issuers: readonly Field[],
    isOf: (value: string, issuer: string) => boolean,
): Finding[] {
    const text = item.text() ?? "";
    if (some(issuers, (issuer) => isOf(text, issuer.text() ?? ""))) {
        return [];
    }
    const near = nearest(
        text,
        issuers.flatMap((issuer) => issuer.text() ?? []),
    );
    return [
        item.finding(
            `${text} is of no issuer that is accepted here, so no request has it`,
            `the nearest issuer is ${near ?? ""}`,
        ),
    ];
}

function checkIssuers(rule: Field, issuers: readonly Field[]): Finding[] {
    const claims = rule
        .at("when")
        .items()
        .filter((condition) => keyOf(condition) === "request.auth.claims[iss]");
    const checkLists = (
        lists: readonly Field[],
        isOf: (value: string, issuer: string) => boolean,
    ): Finding[] =>
        each(
            () => lists,
            (list) =>
                each(
                    () => list.items(),
                    (item) => checkItem(item, issuers, isOf),
                ),
        );
    return [
        ...checkLists(
            [...namedIn(rule, "requestPrincipals"), ...exceptedIn(rule, "requestPrincipals")],
            canBeOf,
        ),
        ...checkLists(
            claims.flatMap((condition) => [condition.at("values"), condition.at("notValues")]),
            fits,
        ),
    ];
}

function checkPolicy(stack: Stack, policy: KubernetesObject, settings: Settings): Finding[] {
    return eachRule(policy, (rule) => {
        const lists = [...tokensNamedIn(rule), ...tokensExceptedIn(rule)];
        const [first] = lists;
        if (first === undefined) {
            return [];
        }
        const issuers = authenticationsFor(stack, policy, settings).flatMap((authentication) =>
            authentication.root
                .at("spec", "jwtRules")
                .items()
                .map((jwtRule) => jwtRule.at("issuer")),
        );
        if (issuers.length > 0) {
            return judgements(() => checkIssuers(rule, issuers));
        }
        return isOwn(stack, policy, settings)
            ? [
                  first.finding(
                      "no RequestAuthentication of the stack accepts tokens for these workloads, so no request has one",
                      "one with the issuer of these tokens is needed",
                  ),
              ]
            : [];
    });
}

/** Whoever asks for a token has somebody who accepts it. */
export const authorizationPolicyEnforceKnownIssuer: StackRule = {
    name: "istio-authorization-policy-enforce-known-issuer",
    severity: "high",
    level: "mandatory",
    description:
        "A policy that asks what a token says stands beside a RequestAuthentication that accepts tokens of that issuer. Otherwise no request ever has what is asked: an ALLOW lets nobody in, and a DENY denies nobody or everybody.",
    remediation: [
        "Add a RequestAuthentication for the same workloads, with the issuer in jwtRules.",
        "Write requestPrincipals as <issuer>/<subject>, the issuer as it stands in jwtRules.",
    ],
    url: "https://istio.io/latest/docs/reference/config/security/request_authentication/",
    exemptible: "outside production",
    selects: [AUTHORIZATION_POLICY],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(AUTHORIZATION_POLICY),
            (policy) => checkPolicy(stack, policy, settings),
        ),
};
