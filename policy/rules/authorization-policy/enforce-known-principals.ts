import { eachRule, exceptedIn, namedIn } from "../../authorization.ts";
import { CONTROL_PLANE_KINDS } from "../../control-plane.ts";
import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import {
    IDENTITY_KINDS,
    isDeclared,
    isUsed,
    mayComeFromElsewhere,
    ownsAccountsOf,
    principalFrom,
    principalsOf,
    trustDomainsOf,
} from "../../identity.ts";
import type { Account } from "../../identity.ts";
import { AUTHORIZATION_POLICY } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import { nearest } from "../../search.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";

const FORM = "<trust domain>/ns/<namespace>/sa/<account> is needed";

function suggestion(stack: Stack, settings: Settings, { namespace, name }: Account): string {
    const wanted = `${settings.trustDomain}/ns/${namespace}/sa/${name}`;
    const near = nearest(wanted, principalsOf(stack, settings));
    return near === undefined
        ? "no workload of the stack has an identity"
        : `the nearest that a workload has is ${near}`;
}

/** An account of another stack's namespace is that stack's affair. */
function checkAccount(stack: Stack, settings: Settings, field: Field, account: Account): Finding[] {
    if (!ownsAccountsOf(stack, account.namespace) || mayComeFromElsewhere(stack, account)) {
        return [];
    }
    const text = field.text() ?? "";
    if (!isDeclared(stack, account)) {
        return [
            field.finding(
                `${text} belongs to no ServiceAccount of the stack`,
                suggestion(stack, settings, account),
            ),
        ];
    }
    return isUsed(stack, account)
        ? []
        : [
              field.finding(
                  `${text} belongs to a ServiceAccount that no workload uses`,
                  suggestion(stack, settings, account),
              ),
          ];
}

function checkPrincipal(stack: Stack, settings: Settings, field: Field): Finding[] {
    const text = field.text() ?? "";
    // A pattern names nobody: another rule's finding.
    if (text.includes("*") || settings.externalPrincipals.includes(text)) {
        return [];
    }
    const principal = principalFrom(text);
    if (principal === undefined) {
        return [field.finding(`${text} is no principal, so it fits nobody`, FORM)];
    }
    const { trustDomain, namespace } = principal;
    if (
        ownsAccountsOf(stack, namespace) &&
        !trustDomainsOf(stack, settings).includes(trustDomain)
    ) {
        return [
            field.finding(
                `${trustDomain} is not the trust domain of the mesh, so it fits nobody`,
                suggestion(stack, settings, principal),
            ),
        ];
    }
    return checkAccount(stack, settings, field, principal);
}

/** A source's account is `<account>` of the policy's own namespace, or `<namespace>/<account>`. */
function checkServiceAccount(stack: Stack, settings: Settings, field: Field): Finding[] {
    const parts = (field.text() ?? "").split("/");
    const [namespace = "", name = ""] =
        parts.length > 1 ? parts : [field.object.namespace, ...parts];
    return name.includes("*") ? [] : checkAccount(stack, settings, field, { namespace, name });
}

/** Whoever a policy names exists. */
export const authorizationPolicyEnforceKnownPrincipals: StackRule = {
    name: "istio-authorization-policy-enforce-known-principals",
    severity: "high",
    level: "mandatory",
    description:
        "Each principal of an AuthorizationPolicy belongs to a ServiceAccount of the stack that a workload runs as. Otherwise an ALLOW lets nobody in or, when somebody makes that account later, a stranger, and a DENY denies nobody.",
    remediation: [
        "Write the principal of the caller's own ServiceAccount; best derived from that object, not typed.",
        "List callers of other stacks that live in this stack's namespaces in the pack's setting externalPrincipals.",
        "If the mesh's trust domain is not cluster.local, say so in the setting trustDomain.",
    ],
    url: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Source-principals",
    exemptible: "outside production",
    selects: [AUTHORIZATION_POLICY, ...IDENTITY_KINDS, ...CONTROL_PLANE_KINDS],
    checkStack: (stack, { settings }) => {
        const checkLists = (
            lists: () => readonly Field[],
            check: (stack: Stack, settings: Settings, field: Field) => Finding[],
        ): Finding[] =>
            each(lists, (list) =>
                each(
                    () => list.items(),
                    (item) => check(stack, settings, item),
                ),
            );
        return each(
            () => stack.of(AUTHORIZATION_POLICY),
            (policy) =>
                eachRule(policy, (rule) =>
                    judgements(
                        () => checkLists(() => namedIn(rule, "principals"), checkPrincipal),
                        () => checkLists(() => exceptedIn(rule, "principals"), checkPrincipal),
                        () =>
                            checkLists(() => namedIn(rule, "serviceAccounts"), checkServiceAccount),
                        () =>
                            checkLists(
                                () => exceptedIn(rule, "serviceAccounts"),
                                checkServiceAccount,
                            ),
                    ),
                ),
        );
    },
};
