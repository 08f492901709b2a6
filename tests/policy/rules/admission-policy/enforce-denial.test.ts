import { admissionPolicyEnforceDenial } from "#policy/rules/admission-policy/enforce-denial.ts";
import type { Manifest } from "../../manifests.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import { unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const VERSION = "admissionregistration.k8s.io/v1";
const ISTIO = {
    apiGroups: ["security.istio.io"],
    apiVersions: ["*"],
    operations: ["CREATE"],
    resources: ["*"],
};
const PODS = { ...ISTIO, apiGroups: [""], resources: ["pods"] };

function policy(name: string, spec: object = {}, rule: object = ISTIO): Manifest {
    return manifest(VERSION, "ValidatingAdmissionPolicy", name, {
        failurePolicy: "Fail",
        matchConstraints: { resourceRules: [rule] },
        validations: [{ expression: '"deployers" in request.userInfo.groups' }],
        ...spec,
    });
}

function binding(policyName: unknown, ...validationActions: readonly unknown[]): Manifest {
    const spec = { policyName, validationActions };
    return manifest(VERSION, "ValidatingAdmissionPolicyBinding", `b-${String(policyName)}`, spec);
}

const except = (groups: string) => ({
    matchConditions: [{ name: "x", expression: `!(${groups} in request.userInfo.groups)` }],
});
const LABEL = "ValidatingAdmissionPolicy guard";
const NO_DENIAL = `${LABEL}: guards the mesh, and no binding of guard refuses anything; a binding with validationActions Deny is required`;
const LEAVES_OUT = (group: string) =>
    `${LABEL}: spec.matchConditions[0].expression: leaves ${group} out, which is everybody; groups that somebody chose the members of are allowed`;
const FAILS_OPEN = `${LABEL}: spec.failurePolicy: lets pass whatever cannot be judged; Fail is required`;

describeRule(admissionPolicyEnforceDenial, {
    compliant: {
        "one that refuses": { objects: [policy("guard"), binding("guard", "Deny", "Audit")] },
        "one that says nothing of failures, and fails closed by default": {
            objects: [policy("guard", { failurePolicy: undefined }), binding("guard", "Deny")],
        },
        "one that leaves chosen deployers out": {
            objects: [policy("guard", except('"a4co:mesh-deployers"')), binding("guard", "Deny")],
        },
        "one that records what another one refuses": {
            objects: [
                policy("guard"),
                binding("guard", "Deny"),
                policy("record"),
                binding("record", "Audit", "Warn"),
            ],
        },
    },
    violating: {
        "one that lets pass what it cannot judge": {
            objects: [policy("guard", { failurePolicy: "Ignore" }), binding("guard", "Deny")],
            violations: [FAILS_OPEN],
        },
        "one that only warns": {
            objects: [policy("guard"), binding("guard", "Warn", "Audit")],
            violations: [NO_DENIAL],
        },
        "one that nothing binds": {
            objects: [policy("guard"), binding("another", "Deny")],
            violations: [NO_DENIAL],
        },
        "one beside another that refuses something else": {
            objects: [
                policy("guard"),
                binding("guard", "Audit"),
                policy("other", {}, { ...ISTIO, apiGroups: ["networking.istio.io"] }),
                binding("other", "Deny"),
            ],
            violations: [NO_DENIAL],
        },
        "one beside another that refuses elsewhere": {
            objects: [
                policy("guard"),
                binding("guard", "Audit"),
                policy("other", {
                    matchConstraints: {
                        resourceRules: [ISTIO],
                        namespaceSelector: { matchLabels: { team: "other" } },
                    },
                }),
                binding("other", "Deny"),
            ],
            violations: [NO_DENIAL],
        },
        "one for pods without a proxy": {
            objects: [
                policy(
                    "guard",
                    {
                        validations: [
                            {
                                expression:
                                    "object.spec.containers.exists(c, c.name == 'istio-proxy')",
                            },
                        ],
                    },
                    PODS,
                ),
                binding("guard", "Audit"),
            ],
            violations: [NO_DENIAL],
        },
        ...Object.fromEntries(
            ["system:authenticated", "system:unauthenticated", "system:serviceaccounts"].map(
                (group) => [
                    `one that leaves ${group} out`,
                    {
                        objects: [policy("guard", except(`"${group}"`)), binding("guard", "Deny")],
                        violations: [LEAVES_OUT(group)],
                    },
                ],
            ),
        ),
        "everything at once": {
            objects: [
                policy("guard", {
                    ...except("'system:authenticated'"),
                    failurePolicy: "Ignore",
                }),
            ],
            violations: [FAILS_OPEN, NO_DENIAL, LEAVES_OUT("system:authenticated")],
        },
    },
    unknown: {
        "what a binding does": {
            objects: [
                policy("guard"),
                manifest(VERSION, "ValidatingAdmissionPolicyBinding", "b", {
                    policyName: "guard",
                    validationActions: UNKNOWN,
                }),
            ],
            advisories: [unknownAt("ValidatingAdmissionPolicyBinding b: spec.validationActions")],
        },
    },
    nearMiss: {
        "one outside production": {
            objects: [policy("guard", { failurePolicy: "Ignore" })],
            settings: { production: false },
        },
        "one that advises how to write": {
            objects: [
                policy("guard", { validations: [{ expression: "has(object.spec.hosts)" }] }),
                binding("guard", "Warn"),
            ],
        },
        "one about something else": {
            objects: [policy("guard", { failurePolicy: "Ignore" }, PODS)],
        },
        "one that is for the cluster's programs alone": {
            objects: [
                policy("guard", {
                    matchConditions: [
                        {
                            name: "x",
                            expression: '"system:serviceaccounts" in request.userInfo.groups',
                        },
                    ],
                }),
                binding("guard", "Deny"),
            ],
        },
        "a group of one namespace's ServiceAccounts": {
            objects: [
                policy("guard", except('"system:serviceaccounts:ci"')),
                binding("guard", "Deny"),
            ],
        },
    },
});
