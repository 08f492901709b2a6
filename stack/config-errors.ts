import { z } from "zod";
import { GONE_KEYS } from "./config-schema.ts";

/** What a value of a type is called where people read it. */
const TYPES: Readonly<Record<string, string>> = {
    array: "a list",
    boolean: "true or false",
    object: "an object",
    record: "an object",
    string: "text",
};

/** What a key may hold, in words, from what the schema found wrong. */
function allowed(issue: z.core.$ZodIssue): string {
    switch (issue.code) {
        case "invalid_type":
            return TYPES[issue.expected] ?? `a ${issue.expected}`;
        case "invalid_value":
            return issue.values.join(", ");
        default:
            return issue.message;
    }
}

function valueAt(values: Readonly<Record<string, unknown>>, path: readonly PropertyKey[]): unknown {
    return path.reduce<unknown>(
        (value, step) =>
            typeof value === "object" && value !== null
                ? (value as Readonly<Record<PropertyKey, unknown>>)[step]
                : undefined,
        values,
    );
}

/** What a field holds, whether or not it may be left out. */
export function withoutDefault(field: unknown): unknown {
    return field instanceof z.ZodDefault ||
        field instanceof z.ZodPrefault ||
        field instanceof z.ZodExactOptional
        ? withoutDefault(field.unwrap())
        : field;
}

/** The keys that the schema allows at a place. */
function keysAt(schema: unknown, path: readonly PropertyKey[]): string[] {
    const held = withoutDefault(schema);
    const [step, ...rest] = path;
    if (held instanceof z.ZodRecord) {
        return keysAt(held.valueType, rest);
    }
    if (!(held instanceof z.ZodObject)) {
        return [];
    }
    return step === undefined
        ? Object.keys(held.shape)
        : keysAt((held.shape as Readonly<Record<PropertyKey, unknown>>)[step], rest);
}

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
    /** Where, for example `images.digests.pilot`. */
    readonly key: string;
    /** What was given and what is allowed. */
    readonly reason: string;
}

/** What the schema finds wrong with a configuration: one problem a value, and one for each unknown key. */
export function findingsIn(
    issues: readonly z.core.$ZodIssue[],
    values: Readonly<Record<string, unknown>>,
    schema: z.ZodObject,
): ConfigProblem[] {
    return issues.flatMap((issue) => {
        const where = issue.path.join(".");
        if (issue.code === "unrecognized_keys") {
            const known = keysAt(schema, issue.path).join(", ");
            return issue.keys.map((key) => {
                const full = where === "" ? key : `${where}.${key}`;
                return {
                    key: full,
                    reason: GONE_KEYS[full] ?? `there is no such key; allowed: ${known}`,
                };
            });
        }
        // An object with a misspelt key also seems to lack the right one: said once is enough.
        const misspelt = issues.some(
            (other) => other.code === "unrecognized_keys" && other.path.join(".") === where,
        );
        if (misspelt) {
            return [];
        }
        const given = valueAt(values, issue.path);
        return given === undefined
            ? [{ key: where, reason: `it is missing; allowed: ${allowed(issue)}` }]
            : [
                  {
                      key: where,
                      reason: `${JSON.stringify(given)} is not allowed; allowed: ${allowed(issue)}`,
                  },
              ];
    });
}
