import { deepStrictEqual, throws } from "node:assert/strict";
import { mergeConfig } from "#stack/project-config.ts";
import type { ConfigDeclaration } from "#stack/project.ts";
import { defaultProgram, readProject, readStackConfig } from "#stack/project.ts";
import { stackConfig } from "../../render/stack-config.ts";

const merge = (
    declarations: Record<string, ConfigDeclaration>,
    stack: Record<string, unknown>,
): Record<string, string> => mergeConfig({ name: "mesh", declarations }, "dev", stack);

describe("config of a program that runs without the engine", () => {
    for (const stack of ["dev", "prod", "local"]) {
        it(`is for ${stack} what the goldens are rendered from`, async () => {
            const project = await readProject(defaultProgram());
            const written = await readStackConfig(project, stack);
            deepStrictEqual(mergeConfig(project, stack, written), stackConfig(stack));
        });
    }

    it("takes the stack's value over the default and hands everything over as text", () => {
        const merged = merge(
            {
                environment: { type: "string", default: "prod" },
                "mesh:replicas": { type: "integer", default: 2 },
                faults: { type: "boolean", default: false },
                services: { type: "object", default: { order: { replicas: 2 } } },
                addons: { type: "array", default: ["jaeger"] },
                "kubernetes:context": { value: "local" },
            },
            { "mesh:environment": "dev", "mesh:services": { order: { replicas: 1 } } },
        );
        deepStrictEqual(merged, {
            "kubernetes:context": "local",
            "mesh:addons": '["jaeger"]',
            "mesh:environment": "dev",
            "mesh:faults": "false",
            "mesh:replicas": "2",
            "mesh:services": '{"order":{"replicas":1}}',
        });
    });

    it("keeps a key nobody declared and the old spelling of a key", () => {
        deepStrictEqual(merge({}, { "aws:region": "x", "mesh:config:sampling": 100 }), {
            "aws:region": "x",
            "mesh:sampling": "100",
        });
    });

    it("marks what only the engine can read in another namespace than the project's", () => {
        const secure = { secure: "v1:abc" };
        deepStrictEqual(
            merge({}, { "kubernetes:kubeconfig": secure, "aws:tags": { a: [secure], b: "c" } }),
            {
                "kubernetes:kubeconfig": "[secret]",
                "aws:tags": JSON.stringify({ a: ["[secret]"], b: "c" }),
            },
        );
    });

    it("takes a false, a zero and an empty text for values", () => {
        deepStrictEqual(
            merge(
                { a: { type: "boolean", default: true }, b: { type: "integer", default: 1 } },
                { "mesh:a": false, "mesh:b": 0, "mesh:c": "" },
            ),
            { "mesh:a": "false", "mesh:b": "0", "mesh:c": "" },
        );
    });

    const faulty: [string, Record<string, ConfigDeclaration>, Record<string, unknown>, string][] = [
        [
            "a key without namespace",
            {},
            { sampling: 1 },
            'Pulumi.dev.yaml: config key "sampling" has no namespace; keys are written <namespace>:<name>.',
        ],
        [
            "an encrypted value",
            {},
            { "mesh:token": { secure: "v1:abc" } },
            "Pulumi.dev.yaml: mesh:token is encrypted, which only the engine can read; " +
                "without it, values must be plain.",
        ],
        [
            "an encrypted value deep inside",
            {},
            { "mesh:auth": { users: [{ password: { secure: "v1:abc" } }] } },
            "Pulumi.dev.yaml: mesh:auth is encrypted, which only the engine can read; " +
                "without it, values must be plain.",
        ],
        [
            "a key without a value",
            { environment: { type: "string", default: "prod" } },
            { "mesh:environment": null },
            "Pulumi.dev.yaml: mesh:environment has no value.",
        ],
        [
            "a key in both its spellings",
            {},
            { "mesh:environment": "dev", "mesh:config:environment": "prod" },
            "Pulumi.dev.yaml: mesh:environment is written twice.",
        ],
        [
            "values that are missing, all at once",
            { b: { type: "string" }, a: { type: "integer" }, c: { type: "string", default: "" } },
            {},
            "Stack dev is missing configuration: b, a (set in Pulumi.dev.yaml or given a default in Pulumi.yaml).",
        ],
        [
            "a number that is none",
            { replicas: { type: "integer" } },
            { "mesh:replicas": "two" },
            'Pulumi.dev.yaml: mesh:replicas must be of type integer, not "two".',
        ],
        [
            "a fraction for a whole number",
            { replicas: { type: "integer" } },
            { "mesh:replicas": 1.5 },
            "Pulumi.dev.yaml: mesh:replicas must be of type integer, not 1.5.",
        ],
        [
            "a list for an object",
            { services: { type: "object" } },
            { "mesh:services": [] },
            "Pulumi.dev.yaml: mesh:services must be of type object, not [].",
        ],
        [
            "a word for a boolean",
            { faults: { type: "boolean" } },
            { "mesh:faults": "yes" },
            'Pulumi.dev.yaml: mesh:faults must be of type boolean, not "yes".',
        ],
    ];
    for (const [what, declarations, stack, message] of faulty) {
        it(`refuses ${what}`, () => {
            throws(() => merge(declarations, stack), { name: "EnvironmentError", message });
        });
    }
});
