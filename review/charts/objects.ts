import type { DeclaredObject } from "#stack/declared-objects.ts";
import type { ObjectRef } from "../change.ts";
import { groupOf } from "../custom-resources.ts";
import type { Subject } from "../subject.ts";
import { textOf } from "./release.ts";

/** Labels that change with every version of a chart, and nothing with them. */
const OF_THE_VERSION = new Set([
    "helm.sh/chart",
    "chart",
    "app.kubernetes.io/version",
    "operator.istio.io/version",
]);

/** What of a release's objects is different. */
export interface ObjectChanges {
    readonly changed: readonly ObjectRef[];
    readonly added: readonly ObjectRef[];
    readonly removed: readonly ObjectRef[];
}

/** Every object of a subject by its name, and what it is apart from its chart's version. */
export type ObjectTexts = ReadonlyMap<string, string>;

/** The objects of a subject, its charts' as well. */
export function objectTexts({ objects, releases }: Subject): ObjectTexts {
    const all = [...objects, ...releases.flatMap(({ objects: made = [] }) => made)];
    return new Map(all.filter(isNoDefinition).map((object) => [keyOf(object), essence(object)]));
}

/**
 * How the objects of one release change. An object that another release or the program itself takes over unchanged has
 * not changed.
 */
export function objectChanges(
    before: readonly DeclaredObject[],
    after: readonly DeclaredObject[],
    texts: { readonly before: ObjectTexts; readonly after: ObjectTexts },
): ObjectChanges {
    const isIn = (all: ObjectTexts, object: DeclaredObject): boolean => all.has(keyOf(object));
    const later = after.filter(isNoDefinition);
    return {
        changed: refsOf(
            later.filter(
                (object) =>
                    isIn(texts.before, object) &&
                    texts.before.get(keyOf(object)) !== essence(object),
            ),
        ),
        added: refsOf(later.filter((object) => !isIn(texts.before, object))),
        removed: refsOf(
            before.filter(isNoDefinition).filter((object) => !isIn(texts.after, object)),
        ),
    };
}

/** Definitions of kinds are compared by what they bring. */
function isNoDefinition({ kind }: DeclaredObject): boolean {
    return kind !== "CustomResourceDefinition";
}

function keyOf(object: DeclaredObject): string {
    const { kind, metadata } = object;
    return [groupOf(object), kind, metadata.namespace ?? "", metadata.name].join(" ");
}

function refsOf(objects: readonly DeclaredObject[]): readonly ObjectRef[] {
    return objects
        .map(({ kind, metadata: { name, namespace } }) => ({
            kind,
            ...(namespace !== undefined && { namespace }),
            name,
        }))
        .sort((one, other) => (textOf(one) < textOf(other) ? -1 : 1));
}

function essence(object: DeclaredObject): string {
    return textOf(withoutVersions(object));
}

function withoutVersions(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(withoutVersions);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    return Object.fromEntries(
        Object.entries(value).map(([key, inner]: [string, unknown]) => [
            key,
            key === "labels" && typeof inner === "object" && inner !== null
                ? Object.fromEntries(
                      Object.entries(inner).filter(([label]) => !OF_THE_VERSION.has(label)),
                  )
                : withoutVersions(inner),
        ]),
    );
}
