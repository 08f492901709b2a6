import { formats } from "@kubernetes-models/validate";
import { Ajv } from "ajv";
import type { ValidateFunction } from "ajv";
import { z } from "zod";
import type { Path } from "./observed.ts";

const PRESERVE = "x-kubernetes-preserve-unknown-fields";
const INT_OR_STRING = "x-kubernetes-int-or-string";
const EMBEDDED = "x-kubernetes-embedded-resource";

/** The part of a structural schema that says which fields there are. */
const schema = z.looseObject({
    properties: z.record(z.string(), z.unknown()).optional(),
    additionalProperties: z.unknown().optional(),
    items: z.unknown().optional(),
});
type Schema = z.infer<typeof schema>;

/** Every object has them, whatever its definition says of them. */
const OF_EVERY_OBJECT = { apiVersion: {}, kind: {}, metadata: {} };

/** What a definition's schema comes to. */
export interface CustomSchema {
    readonly validate: ValidateFunction;
    /** The fields that an object has in a place, sorted. */
    readonly fieldsAt: (path: Path) => readonly string[];
}

const done = new WeakMap<object, CustomSchema | undefined>();

/**
 * The validator that a definition's schema comes to; unlike the API server, which drops them, it refuses fields that are
 * not in it. Rules in CEL are not judged.
 *
 * @returns `undefined` for a schema that is none
 */
export function customSchema(definition: object): CustomSchema | undefined {
    if (!done.has(definition)) {
        const validate = compiled(definition);
        const fieldsAt = (path: Path): readonly string[] => fieldsOf(definition, path);
        done.set(definition, validate && { validate, fieldsAt });
    }
    return done.get(definition);
}

function fieldsOf(definition: unknown, path: Path): readonly string[] {
    const { properties = {}, additionalProperties, items } = schema.parse(definition ?? {});
    const [first, ...rest] = path;
    return first === undefined
        ? Object.keys(properties).sort()
        : fieldsOf(properties[first] ?? items ?? additionalProperties, rest);
}

function compiled(definition: object): ValidateFunction | undefined {
    const ajv = new Ajv({
        strict: false,
        allErrors: true,
        // Most definitions judge a handful of objects, sooner than better code is made.
        code: { optimize: false },
        logger: false,
        unicodeRegExp: false,
        formats,
    });
    try {
        const strict = closed(definition);
        const { properties = {}, ...rest } = schema.parse(strict);
        return ajv.compile({ ...rest, properties: { ...properties, ...OF_EVERY_OBJECT } });
    } catch {
        return undefined;
    }
}

/** A structural schema that takes no field that it does not name, except where it says that it does. */
function closed(value: unknown): unknown {
    const parsed = schema.safeParse(value).data;
    if (parsed === undefined) {
        return value;
    }
    const { properties, additionalProperties, items, ...rest } = parsed;
    return {
        ...typed(rest),
        ...(items !== undefined && { items: closed(items) }),
        ...(properties !== undefined && {
            properties: Object.fromEntries(
                Object.entries(properties).map(([name, inner]) => [name, closed(inner)]),
            ),
        }),
        ...otherFields(parsed, additionalProperties),
    };
}

function otherFields(parsed: Schema, additionalProperties: unknown): object {
    if (additionalProperties !== undefined) {
        return {
            additionalProperties:
                typeof additionalProperties === "boolean"
                    ? additionalProperties
                    : closed(additionalProperties),
        };
    }
    const isOpen = parsed[PRESERVE] === true || parsed[EMBEDDED] === true;
    return parsed.properties === undefined || isOpen ? {} : { additionalProperties: false };
}

/** In Kubernetes' schemas a number or a text is told by a word of its own. */
function typed(rest: Readonly<Record<string, unknown>>): object {
    return rest[INT_OR_STRING] === true ? { ...rest, type: ["integer", "string"] } : rest;
}
