import { EnvironmentError } from "#errors.ts";
import type { ConfigDeclaration, Project } from "./project.ts";
import { SECRET_MARK } from "./render/values.ts";
import { shownValue } from "./shown-value.ts";

/**
 * The configuration the program sees, as the CLI would hand it over: full keys, every value a string, objects and
 * lists as JSON. The stack's values win over the defaults of `Pulumi.yaml`. A mark stands for what is encrypted in another
 * namespace than the project's, such as `kubernetes:kubeconfig`: that is for the engine.
 *
 * @throws EnvironmentError for a key without namespace, an encrypted value of the project's, a missing value and a wrong
 * type.
 */
export function mergeConfig(
    project: Pick<Project, "name" | "declarations">,
    stack: string,
    stackConfig: Readonly<Record<string, unknown>>,
): Record<string, string> {
    const merged = new Map<string, unknown>();
    for (const [key, value] of Object.entries(stackConfig)) {
        const clean = stackKey(stack, key);
        if (value === null || value === undefined) {
            throw new EnvironmentError(`Pulumi.${stack}.yaml: ${key} has no value.`);
        }
        if (merged.has(clean)) {
            throw new EnvironmentError(`Pulumi.${stack}.yaml: ${clean} is written twice.`);
        }
        if (clean.startsWith(`${project.name}:`)) {
            refuseEncrypted(stack, key, value);
        }
        merged.set(clean, withMarks(value));
    }
    const missing: string[] = [];
    for (const [declared, declaration] of Object.entries(project.declarations)) {
        const key = declared.includes(":") ? cleanKey(declared) : `${project.name}:${declared}`;
        const given = merged.get(key);
        if (given === undefined) {
            const value = declaration.default ?? declaration.value;
            if (value !== undefined && value !== null) {
                merged.set(key, value);
            } else if (key.startsWith(`${project.name}:`)) {
                missing.push(declared);
            }
        } else {
            checkType(stack, key, declaration, given);
        }
    }
    if (missing.length > 0) {
        throw new EnvironmentError(
            `Stack ${stack} is missing configuration: ${missing.join(", ")} ` +
                `(set in Pulumi.${stack}.yaml or given a default in Pulumi.yaml).`,
        );
    }
    const keys = [...merged.keys()].sort();
    return Object.fromEntries(keys.map((key) => [key, asConfigString(merged.get(key))]));
}

function asConfigString(value: unknown): string {
    return typeof value === "string" ? value : JSON.stringify(value);
}

/** `<namespace>:config:<name>` is an old spelling of `<namespace>:<name>`. */
function cleanKey(key: string): string {
    return key.replace(/^([^:]+):config:/, "$1:");
}

function stackKey(stack: string, key: string): string {
    const clean = cleanKey(key);
    if (!/^[^:]+:[^:]+$/.test(clean)) {
        throw new EnvironmentError(
            `Pulumi.${stack}.yaml: config key "${key}" has no namespace; ` +
                `keys are written <namespace>:<name>.`,
        );
    }
    return clean;
}

function refuseEncrypted(stack: string, key: string, value: unknown): void {
    if (typeof value !== "object" || value === null) {
        return;
    }
    if (isEncrypted(value)) {
        throw new EnvironmentError(
            `Pulumi.${stack}.yaml: ${key} is encrypted, which only the engine can read; ` +
                `without it, values must be plain.`,
        );
    }
    for (const inner of Object.values(value)) {
        refuseEncrypted(stack, key, inner);
    }
}

function isEncrypted(value: object): boolean {
    const keys = Object.keys(value);
    return keys.length === 1 && keys[0] === "secure";
}

function withMarks(value: unknown): unknown {
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if (isEncrypted(value)) {
        return SECRET_MARK;
    }
    return Array.isArray(value)
        ? value.map(withMarks)
        : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withMarks(inner)]));
}

function checkType(
    stack: string,
    key: string,
    declaration: ConfigDeclaration,
    value: unknown,
): void {
    if (declaration.type !== undefined && !hasType(declaration.type, value)) {
        throw new EnvironmentError(
            `Pulumi.${stack}.yaml: ${key} must be of type ${declaration.type}, not ${shownValue(value)}.`,
        );
    }
}

/** The CLI's own rules: it reads every scalar as text, so that any of them is a string. */
function hasType(type: NonNullable<ConfigDeclaration["type"]>, value: unknown): boolean {
    switch (type) {
        case "string":
            return typeof value !== "object";
        case "integer":
            return typeof value === "string"
                ? /^[+-]?\d+$/.test(value)
                : typeof value === "number" && Number.isInteger(value);
        case "boolean":
            return typeof value === "boolean" || value === "true" || value === "false";
        case "array":
            return Array.isArray(value);
        case "object":
            return typeof value === "object" && value !== null && !Array.isArray(value);
    }
}
