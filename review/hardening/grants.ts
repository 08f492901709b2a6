import type { DeclaredObject } from "#stack/declared-objects.ts";
import { entriesOf, fields, listed, text } from "./object.ts";
import type { Fields, Judge } from "./object.ts";

/** One verb on one resource, or on one path that is none. */
interface Grant {
    readonly verb: string;
    readonly group: string;
    readonly resource: string;
    /** Absent for all of that resource. */
    readonly names?: readonly string[];
}

function grantsOf(role: DeclaredObject | undefined): readonly Grant[] {
    return entriesOf(role ?? {}, "rules").flatMap((rule) =>
        listed(rule, "verbs").flatMap((verb) => [
            ...listed(rule, "apiGroups").flatMap((group) =>
                listed(rule, "resources").map((resource) => {
                    const names = listed(rule, "resourceNames").map(String);
                    return {
                        verb: String(verb),
                        group: String(group),
                        resource: String(resource),
                        ...(names.length > 0 && { names }),
                    };
                }),
            ),
            ...listed(rule, "nonResourceURLs").map((url) => ({
                verb: String(verb),
                group: "path",
                resource: String(url),
            })),
        ]),
    );
}

/** Whether a text that may be a star, alone or at one of its ends, stands for another one. */
function standsFor(wide: string, text: string): boolean {
    return (
        wide === "*" ||
        wide === text ||
        (wide.endsWith("*") && text.startsWith(wide.slice(0, -1))) ||
        (wide.startsWith("*/") && text.endsWith(wide.slice(1)))
    );
}

function covers(wide: Grant, grant: Grant): boolean {
    const { names } = wide;
    return (
        standsFor(wide.verb, grant.verb) &&
        standsFor(wide.group, grant.group) &&
        standsFor(wide.resource, grant.resource) &&
        (names === undefined || grant.names?.every((name) => names.includes(name)) === true)
    );
}

function isMore(grants: readonly Grant[], had: readonly Grant[]): boolean {
    return grants.some((grant) => !had.some((wide) => covers(wide, grant)));
}

const AGGREGATED = "rbac.authorization.k8s.io/aggregate-to-";

/** A role that grants more than it did. One that is new grants by its bindings alone, unless others take it up. */
export const moreRules: Judge = (was, is) => {
    if (is === undefined || !isMore(grantsOf(is), grantsOf(was))) {
        return undefined;
    }
    const into = Object.entries(is.metadata.labels ?? {}).flatMap(([label, value]) =>
        label.startsWith(AGGREGATED) && value === "true" ? [label.slice(AGGREGATED.length)] : [],
    );
    return into.length > 0
        ? `whoever has the role ${into.join(" or ")} may do more by it`
        : was === undefined
          ? undefined
          : "it grants more";
};

function isBinding({ kind }: DeclaredObject): boolean {
    return kind === "RoleBinding" || kind === "ClusterRoleBinding";
}

/** Where a binding grants; absent for the whole cluster. */
function scopeOf({ kind, metadata }: DeclaredObject): string | undefined {
    return kind === "RoleBinding" ? (metadata.namespace ?? "") : undefined;
}

function roleRefOf(binding: DeclaredObject): Fields {
    return fields(Reflect.get(binding, "roleRef"));
}

/** The role of a binding, where it is there. */
function roleOf(
    binding: DeclaredObject,
    objects: readonly DeclaredObject[],
): DeclaredObject | undefined {
    const { kind, name } = roleRefOf(binding);
    return objects.find(
        ({ kind: own, metadata }) =>
            own === kind &&
            metadata.name === name &&
            (kind === "ClusterRole" || metadata.namespace === binding.metadata.namespace),
    );
}

/** A subject of a binding, told by its kind and names alone. */
function subjectKey({ kind, name, namespace }: Fields, binding: DeclaredObject): string {
    const place = kind === "ServiceAccount" ? (namespace ?? binding.metadata.namespace) : undefined;
    return text([kind, name, place]);
}

function hasSubject(binding: DeclaredObject, key: string): boolean {
    return entriesOf(binding, "subjects").some((subject) => subjectKey(subject, binding) === key);
}

/** A binding by which somebody who was there may do what no other binding let them do. */
export const moreSubjects: Judge = (_was, is, { before, after, passing }) => {
    if (is === undefined) {
        return undefined;
    }
    const { kind, name } = roleRefOf(is);
    const grants = grantsOf(roleOf(is, after));
    const isMoreFor = (subject: Fields): boolean => {
        const key = subjectKey(subject, is);
        const had = before.filter(
            (binding) =>
                isBinding(binding) &&
                hasSubject(binding, key) &&
                [undefined, scopeOf(is)].includes(scopeOf(binding)),
        );
        const isSameRole = had.some((binding) => text(roleRefOf(binding)) === text(roleRefOf(is)));
        return (
            !isSameRole &&
            (roleOf(is, after) === undefined ||
                isMore(
                    grants,
                    had.flatMap((binding) => grantsOf(roleOf(binding, before))),
                ))
        );
    };
    const gaining = entriesOf(is, "subjects").filter(
        (subject) => !passing.includes(String(subject["name"])) && isMoreFor(subject),
    );
    const named = gaining.map((subject) => `${String(subject["kind"])} ${String(subject["name"])}`);
    return named.length === 0
        ? undefined
        : `${named.join(" and ")} may do what ${String(kind)} ${String(name)} grants, and could not before`;
};
