import { z } from "zod";
import { GONE_KEYS } from "./config-schema.ts";
import { shownValue } from "./shown-value.ts";

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
            typeof value === "object" && value !== null && Object.hasOwn(value, step)
                ? (value as Readonly<Record<PropertyKey, unknown>>)[step]
                : undefined,
        values,
    );
}

/** What a field holds, whether or not it may be left out. */
export function withoutDefault(field: unknown): unknown {
    return field instanceof z.ZodDefault ||
        field instanceof z.ZodPrefault ||
        field instanceof z.ZodReadonly ||
        field instanceof z.ZodExactOptional
        ? withoutDefault(field.unwrap())
        : field;
}

/** Of an object where something else would do as well: what is wrong in it, as no other alternative takes one. */
function within(
    issue: z.core.$ZodIssue,
    values: Readonly<Record<string, unknown>>,
): readonly z.core.$ZodIssue[] {
    if (issue.code !== "invalid_union" || typeof valueAt(values, issue.path) !== "object") {
        return [issue];
    }
    const ofObject = issue.errors.find((errors) => errors.every((inner) => !isOfWhole(inner)));
    return (
        ofObject?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })) ?? [issue]
    );
}

/** Whether a value is of another type altogether. */
function isOfWhole({ code, path }: z.core.$ZodIssue): boolean {
    return code === "invalid_type" && path.length === 0;
}

/** The keys that the schema allows at a place. */
function keysAt(schema: unknown, path: readonly PropertyKey[]): string[] {
    const field = withoutDefault(schema);
    const held =
        field instanceof z.ZodUnion
            ? field.options.find((option) => option instanceof z.ZodObject)
            : field;
    const [step, ...rest] = path;
    if (held instanceof z.ZodRecord) {
        return keysAt(held.valueType, rest);
    }
    if (held instanceof z.ZodArray) {
        return keysAt(held.element, rest);
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

/** A problem of one value. */
export interface Finding extends ConfigProblem {
    readonly path: readonly PropertyKey[];
}

/** What a schema finds wrong with values: one problem a value, and one for each unknown key. */
export function findingsIn(
    issues: readonly z.core.$ZodIssue[],
    values: Readonly<Record<string, unknown>>,
    schema: z.ZodObject,
): Finding[] {
    const found = issues.flatMap((issue) => within(issue, values));
    const misspelt = new Set(
        found.flatMap(({ code, path }) => (code === "unrecognized_keys" ? [path.join(".")] : [])),
    );
    return found.flatMap((issue) => {
        const where = issue.path.join(".");
        if (issue.code === "unrecognized_keys") {
            const known = keysAt(schema, issue.path).join(", ");
            return issue.keys.map((key) => {
                const full = where === "" ? key : `${where}.${key}`;
                return {
                    path: [...issue.path, key],
                    key: full,
                    reason:
                        (Object.hasOwn(GONE_KEYS, full) ? GONE_KEYS[full] : undefined) ??
                        `there is no such key; allowed: ${known}`,
                };
            });
        }
        // An object with a misspelt key also seems to lack the right one: said once is enough.
        const given = valueAt(values, issue.path);
        const object = given === undefined ? issue.path.slice(0, -1).join(".") : where;
        if (misspelt.has(object)) {
            return [];
        }
        const what = given === undefined ? "it is missing" : `${shownValue(given)} is not allowed`;
        return [{ path: issue.path, key: where, reason: `${what}; allowed: ${allowed(issue)}` }];
    });
}
