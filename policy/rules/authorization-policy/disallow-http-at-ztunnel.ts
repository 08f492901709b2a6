import { actionOf, eachRule, operationsOf, sourcesOf } from "../../authorization.ts";
import { ztunnelShare } from "../../enforcement.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION } from "../../kinds.ts";
import { isSelected } from "../../kubernetes-object.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";

const ALLOWED =
    "in ambient a policy by labels names identities, addresses and ports; what is of HTTP belongs to targetRefs, at a waypoint";

/** What only a proxy of HTTP can compare. */
const HTTP_FIELD = /^(not)?(hosts|methods|paths|requestPrincipals|remoteIpBlocks)$/i;
const HTTP_CONDITION = /^(request\.|remote\.ip$|connection\.sni$|experimental\.)/;

function outcomeOf(policy: KubernetesObject): string {
    return actionOf(policy) === "DENY"
        ? "so it denies without looking at it"
        : "so this rule lets nobody in";
}

function checkFields(policy: KubernetesObject, holder: Field): Finding[] {
    return each(
        () => holder.entries(),
        ([name, field]) =>
            HTTP_FIELD.test(name) && field.items().length > 0
                ? [field.finding(`ztunnel cannot read ${name}, ${outcomeOf(policy)}`, ALLOWED)]
                : [],
    );
}

function checkCondition(policy: KubernetesObject, condition: Field): Finding[] {
    const field = condition.at("key");
    const key = field.text() ?? "";
    return HTTP_CONDITION.test(key)
        ? [field.finding(`ztunnel cannot read ${key}, ${outcomeOf(policy)}`, ALLOWED)]
        : [];
}

function checkContent(policy: KubernetesObject): Finding[] {
    if (isSelected(policy, [REQUEST_AUTHENTICATION])) {
        const jwtRules = policy.root.at("spec", "jwtRules");
        return jwtRules.items().length > 0
            ? [jwtRules.finding("ztunnel reads no tokens, so nobody checks them", ALLOWED)]
            : [];
    }
    const action = policy.root.at("spec", "action");
    if (!["ALLOW", "DENY"].includes(actionOf(policy))) {
        return [action.finding(`ztunnel never enforces ${action.text() ?? ""}`, ALLOWED)];
    }
    return eachRule(policy, (rule) =>
        judgements(
            () =>
                each(
                    () => [...sourcesOf(rule), ...operationsOf(rule)],
                    (holder) => checkFields(policy, holder),
                ),
            () =>
                each(
                    () => rule.at("when").items(),
                    (condition) => checkCondition(policy, condition),
                ),
        ),
    );
}

function checkPolicy(stack: Stack, policy: KubernetesObject, settings: Settings): Finding[] {
    const findings = checkContent(policy);
    return findings.length > 0 && ztunnelShare(stack, policy, settings) === "none" ? [] : findings;
}

/** Whoever enforces a policy can read all of it. */
export const authorizationPolicyDisallowHttpAtZtunnel: StackRule = {
    name: "istio-authorization-policy-disallow-http-at-ztunnel",
    severity: "high",
    level: "mandatory",
    description:
        "No policy that ztunnel enforces asks about HTTP. Otherwise an ALLOW lets nobody in and a DENY denies more than it says, since ztunnel knows connections alone, and AUDIT, CUSTOM and RequestAuthentications do nothing at all.",
    remediation: [
        "Name principals, namespaces, addresses and ports alone in a policy by labels.",
        "Attach what asks about methods, paths, hosts, headers or tokens to a Service or a waypoint by targetRefs.",
    ],
    url: "https://istio.io/latest/docs/ambient/usage/l4-policy/",
    exemptible: "outside production",
    selects: [AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(AUTHORIZATION_POLICY, REQUEST_AUTHENTICATION),
            (policy) => checkPolicy(stack, policy, settings),
        ),
};
