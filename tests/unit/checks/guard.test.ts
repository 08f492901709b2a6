import assert, { deepStrictEqual, ok } from "node:assert/strict";
import { guard, guardProblems } from "#checks/sections/install/guard.ts";
import type { LiveObject } from "#live/kubernetes/objects.ts";
import type { AdmissionPolicy } from "#model/guard.ts";
import { guardPolicies } from "#model/guard.ts";
import { catalog } from "#services/catalog.ts";
import { guardFrom, meshContext } from "#stack/config.ts";
import { stackConfig } from "#stack/read-stack.ts";

const config = await stackConfig("prod");
const context = meshContext(config);
const [declared] = guardPolicies({ catalog, context }, guardFrom(config, ""));
ok(declared);
const { name, spec, validationActions } = declared;

const objects = (): never => assert.fail("the names of checks need no objects");

function live(kind: string, spec: object): LiveObject {
    return { apiVersion: "admissionregistration.k8s.io/v1", kind, metadata: { name }, spec };
}

function problems(
    changed: Partial<AdmissionPolicy["spec"]> = {},
    binding: object = { policyName: name, validationActions },
): readonly string[] {
    // As it comes from the API server, and with the name of the stack that deployed it.
    const [deployed] = guardPolicies({ catalog, context }, guardFrom(config, "production"));
    const there: unknown = JSON.parse(JSON.stringify({ ...deployed?.spec, ...changed }));
    return guardProblems(
        declared as AdmissionPolicy,
        live("ValidatingAdmissionPolicy", there as object),
        live("ValidatingAdmissionPolicyBinding", binding),
    );
}

const changedField = (field: string) => [`${field} of ${name} is not the declared one`];

describe("install/guard", () => {
    it("is there where the stack has a guard, and there alone", async () => {
        deepStrictEqual(
            guard({ catalog, config, context, objects }).map(({ id }) => id),
            ["install/guard"],
        );
        deepStrictEqual(guard({ catalog, config: await stackConfig("dev"), context, objects }), []);
    });

    it("takes the guard as it was deployed, whatever it says to whom it refuses", () => {
        deepStrictEqual(problems(), []);
    });

    it("misses a policy, and a binding", () => {
        deepStrictEqual(guardProblems(declared, undefined, undefined), [
            `there is no ValidatingAdmissionPolicy ${name}`,
            `there is no ValidatingAdmissionPolicyBinding ${name}`,
        ]);
    });

    it("sees every way to weaken the policy", () => {
        const [, ...conditions] = spec.matchConditions;
        const always = { name: "never", expression: "false" };
        const weakened: readonly (readonly [string, object])[] = [
            ["failurePolicy", { failurePolicy: "Ignore" }],
            [
                "matchConstraints",
                { matchConstraints: { ...spec.matchConstraints, excludeResourceRules: [{}] } },
            ],
            ["matchConstraints", { matchConstraints: { resourceRules: [] } }],
            ["matchConditions", { matchConditions: conditions }],
            ["matchConditions", { matchConditions: [...spec.matchConditions, always] }],
            ["validations", { validations: [{ expression: "true" }] }],
            ["validations", { validations: [] }],
        ];
        for (const [field, change] of weakened) {
            deepStrictEqual(problems(change), changedField(field), JSON.stringify(change));
        }
    });

    it("sees every way to weaken the binding", () => {
        const bindings = [
            { policyName: name, validationActions: ["Audit"] },
            { policyName: "other", validationActions },
            { policyName: name, validationActions, matchResources: { objectSelector: {} } },
            { policyName: name, validationActions, paramRef: { name: "x" } },
        ];
        for (const binding of bindings) {
            deepStrictEqual(problems({}, binding), [
                `the binding ${name} is not the declared one: ${JSON.stringify(binding)}`,
            ]);
        }
    });
});
