import type { z } from "zod";

/** What a key may hold, in words, from what the schema found wrong. */
function allowed(issue: z.core.$ZodIssue): string {
    switch (issue.code) {
        case "invalid_type":
            return issue.expected === "record" || issue.expected === "object"
                ? "an object"
                : `a ${issue.expected === "int" ? "whole number" : issue.expected}`;
        case "invalid_value":
            return issue.values.join(", ");
        case "too_small":
            return `${issue.minimum} or more`;
        case "too_big":
            return `${issue.maximum} or less`;
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

/**
 * What is wrong with one value: where it is, what was given, what is allowed.
 *
 * @param keys every key of the schema, for a key that does not exist
 * @returns a sentence, or one for each unknown key
 */
export function describeIssue(
    issue: z.core.$ZodIssue,
    values: Readonly<Record<string, unknown>>,
    keys: readonly string[],
): string[] {
    const where = issue.path.join(".");
    if (issue.code === "unrecognized_keys") {
        return issue.keys.map((key) =>
            where === ""
                ? `${key}: there is no such key; allowed: ${keys.join(", ")}`
                : `${where}.${key}: there is no such key`,
        );
    }
    const given = valueAt(values, issue.path);
    const shown = given === undefined ? "nothing" : JSON.stringify(given);
    return [`${where}: ${shown} is not allowed; allowed: ${allowed(issue)}`];
}
