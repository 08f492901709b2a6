import { isDeepStrictEqual } from "node:util";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import type { Change, ObjectRef } from "./change.ts";
import { surroundingsOf, whyWeaker } from "./hardening.ts";
import type { Surroundings } from "./hardening.ts";
import type { Subject } from "./subject.ts";
import { isSecretName, withoutSecrets } from "./secret-names.ts";

/** A field of an object that is not as it was. */
interface FieldChange {
    /** Steps from the object's root; a number is a place in a list. */
    readonly path: readonly (string | number)[];
    /** `undefined` where it was not there. */
    readonly was: unknown;
    /** `undefined` where it is not there. */
    readonly is: unknown;
}

/** Of one object, in its sentence. */
const SHOWN_FIELDS = 4;
const SHOWN_CHARACTERS = 60;

/** Every object that came, went or changed, one sentence each. */
export function compareObjects(before: Subject, after: Subject): Change[] {
    const [was, is] = [byIdentity(before), byIdentity(after)];
    const surroundings = surroundingsOf(before.objects, after.objects);
    return [...new Set([...was.keys(), ...is.keys()])]
        .sort()
        .flatMap((identity) => objectChange(was.get(identity), is.get(identity), surroundings));
}

function byIdentity({ objects }: Subject): ReadonlyMap<string, DeclaredObject> {
    return new Map(objects.map((object) => [identityOf(object), object]));
}

/** The version is left out: the same object may be written in another one. */
function identityOf({ apiVersion, kind, metadata }: DeclaredObject): string {
    const group = apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
    return JSON.stringify([kind, metadata.namespace ?? "", metadata.name, group]);
}

function objectChange(
    was: DeclaredObject | undefined,
    is: DeclaredObject | undefined,
    surroundings: Surroundings,
): Change[] {
    const object = is ?? was;
    if (object === undefined) {
        return [];
    }
    const changed = was !== undefined && is !== undefined ? fieldChanges(was, is) : undefined;
    if (changed?.length === 0) {
        return [];
    }
    const ref = refOf(object);
    const label = labelOf(ref);
    const weaker = whyWeaker(was, is, surroundings);
    const [kind, text] =
        changed !== undefined
            ? ["changed", `${label}: ${fieldsText(changed)}`]
            : was === undefined
              ? ["added", `${label} is new`]
              : ["removed", `${label} is gone`];
    return [
        {
            topic: "objects",
            kind: `objects/${kind}`,
            about: label,
            text,
            objects: [ref],
            ...(weaker !== undefined && { weaker }),
        },
    ];
}

function refOf({ kind, metadata: { name, namespace } }: DeclaredObject): ObjectRef {
    return { kind, name, ...(namespace !== undefined && { namespace }) };
}

function labelOf({ kind, namespace, name }: ObjectRef): string {
    return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/**
 * The fields of which two values differ, as deep as they have the same form. Elements of a list are told apart by their
 * names; a list of others whose length differs counts as one.
 */
function fieldChanges(
    was: unknown,
    is: unknown,
    path: readonly (string | number)[] = [],
): FieldChange[] {
    if (isDeepStrictEqual(was, is)) {
        return [];
    }
    if (Array.isArray(was) && Array.isArray(is)) {
        const [old, now] = [named(was), named(is)];
        if (old !== undefined && now !== undefined) {
            return fieldChanges(old, now, path);
        }
        if (was.length === is.length) {
            return was.flatMap((inner, place) => fieldChanges(inner, is[place], [...path, place]));
        }
    }
    if (isFields(was) && isFields(is)) {
        return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((key) =>
            fieldChanges(was[key], is[key], [...path, key]),
        );
    }
    return [{ path, was, is }];
}

/** The elements of a list by their names, where each has one of its own. */
function named(list: readonly unknown[]): Readonly<Record<string, unknown>> | undefined {
    const names = list.map((element) => (isFields(element) ? element["name"] : undefined));
    const all = names.every((name) => typeof name === "string");
    return all && new Set(names).size === names.length
        ? Object.fromEntries(names.map((name, place) => [name, list[place]]))
        : undefined;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fieldsText(changed: readonly FieldChange[]): string {
    const shown = changed.slice(0, SHOWN_FIELDS).map(fieldText);
    const left = changed.length - shown.length;
    return [...shown, ...(left > 0 ? [`and ${left} more fields`] : [])].join("; ");
}

function fieldText({ path, was, is }: FieldChange): string {
    const field = path.reduce<string>(
        (text, step) =>
            typeof step === "number"
                ? `${text}[${step}]`
                : /^[\w-]+$/.test(step)
                  ? `${text}${text === "" ? "" : "."}${step}`
                  : `${text}[${JSON.stringify(step)}]`,
        "",
    );
    // `Authorization`, or `value` of an environment variable of that name.
    const isHidden = path.slice(-2).some((step) => typeof step === "string" && isSecretName(step));
    const [old, now] = [was, is].map((value) =>
        value === undefined || isHidden ? undefined : valueText(value),
    );
    if (was === undefined) {
        return now === undefined ? `${field} is new` : `${field} is ${now}, was not there`;
    }
    if (is === undefined) {
        return `${field} is gone${old === undefined ? "" : `, was ${old}`}`;
    }
    if (Array.isArray(was) && Array.isArray(is) && (old === undefined || now === undefined)) {
        return `${field} has ${is.length} elements, had ${was.length}`;
    }
    return old === undefined || now === undefined
        ? `${field} is another text`
        : `${field} is ${now}, was ${old}`;
}

/** @returns undefined for what is too long for a sentence */
function valueText(value: unknown): string | undefined {
    const text = typeof value === "string" ? value : JSON.stringify(withoutSecrets(value));
    return text.length > SHOWN_CHARACTERS || text.includes("\n") ? undefined : text;
}
