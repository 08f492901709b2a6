import type { ErrorObject } from "ajv";
import { GENERATED_MARK } from "#stack/charts/generated.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { SECRET_MARK, UNKNOWN_MARK } from "#stack/render/values.ts";
import type { ObjectRef } from "../change.ts";
import type { Path } from "./observed.ts";

/** A field that its kind's schema does not take. */
export interface SchemaProblem {
    readonly object: ObjectRef;
    /** For example `spec.template.spec.containers[0].image`. */
    readonly field: string;
    /** What is there, and what is allowed: one sentence without its full stop. */
    readonly text: string;
}

type Errors = readonly ErrorObject[];

const MARKS = [SECRET_MARK, UNKNOWN_MARK, GENERATED_MARK];
/** Longest text of a value that a sentence shows. */
const SHOWN = 60;
/** How many fields a sentence lists. */
const LISTED = 12;
/** What formats are called among people. */
const FORMATS: Readonly<Record<string, string>> = {
    byte: "base64",
    quantity: "a quantity such as 500m or 1Gi",
    "date-time": "a time such as 2026-01-31T12:00:00Z",
};
const INDEX = /^\d+$/;

/** An object by its name. */
function refOf({ kind, metadata }: DeclaredObject): ObjectRef {
    const { name, namespace } = metadata;
    return { kind, ...(namespace !== undefined && { namespace }), name };
}

/** What is wrong with a field that nobody knows. */
export function unknownField(
    object: DeclaredObject,
    path: Path,
    field: string,
    known: readonly string[],
): SchemaProblem {
    const where = path.length === 0 ? object.kind : fieldOf(path);
    return {
        object: refOf(object),
        field: fieldOf([...path, field]),
        text: `${field} is no field of ${where}; ${suggestion(field, known)}`,
    };
}

/** What validators found, each field once; what is masked or not known yet may be anything. */
export function problemsOf(object: DeclaredObject, errors: Errors): readonly SchemaProblem[] {
    const byPath = new Map<string, ErrorObject[]>();
    for (const error of errors) {
        byPath.set(error.instancePath, [...(byPath.get(error.instancePath) ?? []), error]);
    }
    return [...byPath].flatMap(([pointer, found]) => {
        const path = pathOf(pointer);
        const value = valueAt(object, path);
        return isMarked(value, found) ? [] : sentences(object, path, value, found);
    });
}

function sentences(
    object: DeclaredObject,
    path: Path,
    value: unknown,
    errors: Errors,
): readonly SchemaProblem[] {
    const problem = (field: Path, text: string): SchemaProblem => ({
        object: refOf(object),
        field: fieldOf(field),
        text,
    });
    const types = [
        ...new Set(
            errors
                .filter(({ keyword }) => keyword === "type")
                .flatMap(({ params }) => params["type"] as string | readonly string[]),
        ),
    ];
    const given = object.kind === "Secret" ? SECRET_MARK : shown(value);
    const name = fieldOf(path);
    const format = errors.find(({ keyword }) => keyword === "format");
    if (format !== undefined) {
        return [problem(path, `${name} is ${given}, and ${demandOf(format)}`)];
    }
    if (types.length > 0) {
        return [
            problem(
                path,
                `${name} is ${given}, and has to be ${types.map(withArticle).join(" or ")}`,
            ),
        ];
    }
    const either = errors.some(({ keyword }) => ["anyOf", "oneOf", "not"].includes(keyword));
    if (either) {
        return [
            problem(
                path,
                `${name} leaves out a field that is needed, or has two of which one is allowed`,
            ),
        ];
    }
    return errors.map((error) => {
        if (error.keyword === "required") {
            const missing = String(error.params["missingProperty"]);
            return problem(
                [...path, missing],
                `${fieldOf([...path, missing])} is needed, and is not there`,
            );
        }
        return problem(path, `${name} is ${given}, and ${demandOf(error)}`);
    });
}

/** What an error demands of a value, as the end of a sentence. */
function demandOf({ keyword, params, message = "is refused" }: ErrorObject): string {
    switch (keyword) {
        case "enum":
            return `has to be one of ${(params["allowedValues"] as unknown[]).map(String).join(", ")}`;
        case "const":
            return `has to be ${String(params["allowedValue"])}`;
        case "format":
            return `has to be ${FORMATS[String(params["format"])] ?? String(params["format"])}`;
        case "pattern":
            return `has to match ${String(params["pattern"])}`;
        default:
            return message.replace(/^must\b/, "has to");
    }
}

function withArticle(type: string): string {
    return type === "null" ? type : `${/^[aeio]/.test(type) ? "an" : "a"} ${type}`;
}

/** Whether an error is about what cannot be seen. */
function isMarked(value: unknown, errors: Errors): boolean {
    if (typeof value === "object" && value !== null) {
        const aboutWhole = errors.some(({ keyword }) =>
            ["anyOf", "oneOf", "not"].includes(keyword),
        );
        return aboutWhole && Object.values(value).some((inner) => isMarked(inner, errors));
    }
    return typeof value === "string" && MARKS.some((mark) => value.includes(mark));
}

/** The field that was meant, or those that there are. */
function suggestion(field: string, known: readonly string[]): string {
    const far = (name: string): number => distance(field.toLowerCase(), name.toLowerCase());
    const [near] = known
        .filter((name) => field.length > 2 && far(name) <= 2)
        .sort((one, other) => far(one) - far(other));
    if (near !== undefined) {
        return `${near} is one`;
    }
    const rest = known.length > LISTED ? " and others" : "";
    return `there are ${known.slice(0, LISTED).join(", ")}${rest}`;
}

/** How many letters have to be changed to get from one word to another. */
function distance(one: string, other: string): number {
    let row = Array.from({ length: other.length + 1 }, (_, index) => index);
    for (const [index, letter] of Array.from(one).entries()) {
        const next = [index + 1];
        for (const [place, match] of Array.from(other).entries()) {
            next.push(
                Math.min(
                    (row[place] ?? 0) + (letter === match ? 0 : 1),
                    (row[place + 1] ?? 0) + 1,
                    (next[place] ?? 0) + 1,
                ),
            );
        }
        row = next;
    }
    return row.at(-1) ?? 0;
}

/** The keys in a JSON pointer. */
export function pathOf(pointer: string): Path {
    return pointer
        .split("/")
        .slice(1)
        .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function valueAt(value: unknown, path: Path): unknown {
    return path.reduce<unknown>(
        (inner, key) =>
            typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined,
        value,
    );
}

/** A path as people write it. */
function fieldOf(path: Path): string {
    return path
        .map((key) => {
            if (INDEX.test(key)) {
                return `[${key}]`;
            }
            return /^[\w-]+$/.test(key) ? `.${key}` : `["${key}"]`;
        })
        .join("")
        .replace(/^\./, "");
}

function shown(value: unknown): string {
    const text = value === undefined ? "nothing" : JSON.stringify(value);
    return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
