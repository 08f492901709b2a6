import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements, some } from "../../finding.ts";
import { ADMISSION_POLICY, ADMISSION_POLICY_BINDING } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import type { Stack } from "../../stack.ts";

/** Groups that the API server puts everybody into, or every program of the cluster. */
const EVERYBODY = /["'](system:(?:authenticated|unauthenticated|serviceaccounts))["']/;
const REQUESTER = "request.userInfo";
const PROXY = "istio-proxy";

function resourceRules({ root }: KubernetesObject): readonly Field[] {
    return root.at("spec", "matchConstraints", "resourceRules").items();
}

/** Whether an expression of a policy speaks of something. @throws UnknownValue */
function mentions({ root }: KubernetesObject, what: string): boolean {
    return ["matchConditions", "variables", "validations"]
        .flatMap((list) => root.at("spec", list).items())
        .some((item) => item.at("expression").text()?.includes(what) === true);
}

/** Whether a policy says who may write Istio's objects, or keeps pods without a proxy out. @throws UnknownValue */
function isGuard(policy: KubernetesObject): boolean {
    const groups = resourceRules(policy).flatMap((rule) => rule.at("apiGroups").texts());
    return (
        (groups.some((group) => group.endsWith(".istio.io")) && mentions(policy, REQUESTER)) ||
        mentions(policy, PROXY)
    );
}

/** What a policy is about, as one text. @throws UnknownValue */
function subjectOf(policy: KubernetesObject): string {
    const where = policy.root.at("spec", "matchConstraints", "namespaceSelector");
    return JSON.stringify([
        resourceRules(policy).map((rule) =>
            ["apiGroups", "resources", "operations"].map((key) => [...rule.at(key).texts()].sort()),
        ),
        where
            .at("matchLabels")
            .entries()
            .map(([key, value]) => [key, value.text()]),
        where
            .at("matchExpressions")
            .items()
            .map((one) => [
                one.at("key").text(),
                one.at("operator").text(),
                [...one.at("values").texts()].sort(),
            ]),
    ]);
}

/** Whether something binds a policy so that it refuses. @throws UnknownValue */
function isBoundToDeny(policy: KubernetesObject, stack: Stack): boolean {
    return some(
        stack.of(ADMISSION_POLICY_BINDING),
        ({ root }) =>
            root.at("spec", "policyName").text() === policy.name &&
            root.at("spec", "validationActions").texts().includes("Deny"),
    );
}

/** A policy that records what another one refuses need not refuse it again. @throws UnknownValue */
function checkBinding(policy: KubernetesObject, stack: Stack): Finding[] {
    const refused = some(
        stack.of(ADMISSION_POLICY),
        (other) => subjectOf(other) === subjectOf(policy) && isBoundToDeny(other, stack),
    );
    return refused
        ? []
        : [
              policy.root.finding(
                  `guards the mesh, and no binding of ${policy.name} refuses anything`,
                  "a binding with validationActions Deny is required",
              ),
          ];
}

function checkFailure({ root }: KubernetesObject): Finding[] {
    const failure = root.at("spec", "failurePolicy");
    return failure.exists && failure.text() !== "Fail"
        ? [failure.finding("lets pass whatever cannot be judged", "Fail is required")]
        : [];
}

/** Whom a condition that is negated leaves out. */
function checkCondition(condition: Field): Finding[] {
    const expression = condition.at("expression");
    const text = expression.text() ?? "";
    const everybody = EVERYBODY.exec(text)?.[1];
    return /^\s*!/.test(text) && everybody !== undefined
        ? [
              expression.finding(
                  `leaves ${everybody} out, which is everybody`,
                  "groups that somebody chose the members of are allowed",
              ),
          ]
        : [];
}

function checkGuard(policy: KubernetesObject, stack: Stack): Finding[] {
    return judgements(() =>
        isGuard(policy)
            ? judgements(
                  () => checkFailure(policy),
                  () => checkBinding(policy, stack),
                  () =>
                      each(() => policy.root.at("spec", "matchConditions").items(), checkCondition),
              )
            : [],
    );
}

/** What guards the mesh at the API server refuses, and refuses nearly everybody. */
export const admissionPolicyEnforceDenial: StackRule = {
    name: "istio-admission-policy-enforce-denial",
    severity: "high",
    level: "mandatory",
    description:
        "In production a ValidatingAdmissionPolicy about who may write Istio's objects, or about pods without a proxy, fails closed, is bound with Deny and leaves out no group that everybody is in. Otherwise whoever may write in the namespace turns off mutual TLS, takes over routes or starts pods beside the mesh, and the guard only looks as if it were there.",
    remediation: [
        "Set spec.failurePolicy to Fail, and Deny among validationActions of a binding that names the policy.",
        "Name deployers by groups whose members somebody chose, never system:authenticated, system:unauthenticated or system:serviceaccounts.",
    ],
    url: "https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#validation-actions",
    exemptible: "outside production",
    selects: [ADMISSION_POLICY],
    checkStack: (stack, { settings }) =>
        settings.production
            ? each(
                  () => stack.of(ADMISSION_POLICY),
                  (policy) => checkGuard(policy, stack),
              )
            : [],
};
