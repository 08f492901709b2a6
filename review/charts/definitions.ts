import { z } from "zod";
import type { Change } from "../change.ts";
import type { CustomKind } from "../custom-resources.ts";
import { customKinds } from "../custom-resources.ts";
import type { ChartRelease, Subject } from "../subject.ts";
import { handful } from "./release.ts";

/** A CustomResourceDefinition, as far as it is compared. */
interface Definition {
    readonly name: string;
    readonly group: string;
    readonly kind: string;
    /** The served versions, and every field of each, as `spec.host`. */
    readonly versions: ReadonlyMap<string, ReadonlySet<string>>;
    /** The release whose chart brings it; absent where the program itself does. */
    readonly release?: ChartRelease | undefined;
}

/** Kinds that let less happen: what goes with their definition was protection. */
const PROTECTING = new Set(["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"]);

/**
 * How the definitions of kinds change, whichever chart brings them. Of a chart that was rendered on one side alone nothing
 * is said.
 */
export function definitionChanges(before: Subject, after: Subject): readonly Change[] {
    const [earlier, later] = [definitionsOf(before), definitionsOf(after)];
    const names = [...new Set([...earlier.keys(), ...later.keys()])].sort();
    return names.flatMap((name) => {
        const [one, other] = [earlier.get(name), later.get(name)];
        if (one === undefined) {
            return other === undefined || !isKnown(other, before) ? [] : [added(other)];
        }
        if (other === undefined) {
            return isKnown(one, after) ? [removed(one)] : [];
        }
        return [...versionChanges(one, other), ...fieldChanges(one, other)];
    });
}

/** Whether the other side was seen: its release was rendered, or is not there. */
function isKnown({ release }: Definition, { releases }: Subject): boolean {
    const same = releases.find(
        ({ name, namespace }) => name === release?.name && namespace === release.namespace,
    );
    return same === undefined || same.objects !== undefined;
}

function definitionsOf({ objects, releases }: Subject): ReadonlyMap<string, Definition> {
    const definitions = new Map<string, Definition>();
    const note = (kinds: readonly CustomKind[], release?: ChartRelease): void => {
        for (const { definition: name, group, kind, version, served, schema } of kinds) {
            const { versions = new Map<string, ReadonlySet<string>>() } =
                definitions.get(name) ?? {};
            const all = served ? [...versions, [version, fieldsOf(schema)] as const] : versions;
            definitions.set(name, { name, group, kind, versions: new Map(all), release });
        }
    };
    note(customKinds(objects));
    for (const release of releases) {
        note(customKinds(release.objects ?? []), release);
    }
    return definitions;
}

const schemaPart = z.object({
    properties: z.record(z.string(), z.unknown()).optional(),
    additionalProperties: z.unknown().optional(),
    items: z.unknown().optional(),
});

/** The paths of all fields that a schema names. */
function fieldsOf(schema: unknown): ReadonlySet<string> {
    const fields = new Set<string>();
    const walk = (value: unknown, path: string): void => {
        const part = schemaPart.safeParse(value).data;
        for (const [name, inner] of Object.entries(part?.properties ?? {})) {
            const field = path === "" ? name : `${path}.${name}`;
            fields.add(field);
            walk(inner, field);
        }
        for (const inner of [part?.items, part?.additionalProperties]) {
            if (inner !== undefined) {
                walk(inner, path);
            }
        }
    };
    walk(schema, "");
    return fields;
}

function change(definition: Definition, what: string, text: string, weaker?: string): Change {
    const { name } = definition;
    return {
        topic: "charts",
        kind: `charts/definition-${what}`,
        about: name,
        text,
        ...(weaker !== undefined && { weaker }),
        objects: [{ kind: "CustomResourceDefinition", name }],
    };
}

function added(definition: Definition): Change {
    const { name, versions } = definition;
    const served = handful([...versions.keys()]);
    return change(definition, "added", `${name} is a new kind, served as ${served}`);
}

function removed(definition: Definition): Change {
    const { name, group, kind } = definition;
    return change(
        definition,
        "removed",
        `the definition ${name} goes, and every ${kind} in the cluster with it`,
        group === "security.istio.io" && PROTECTING.has(kind)
            ? `what each ${kind} refused is refused no longer`
            : undefined,
    );
}

function versionChanges(before: Definition, after: Definition): readonly Change[] {
    const gone = [...before.versions.keys()].filter((version) => !after.versions.has(version));
    const come = [...after.versions.keys()].filter((version) => !before.versions.has(version));
    const says = [
        ...(gone.length > 0 ? [`is no longer served as ${gone.join(", ")}`] : []),
        ...(come.length > 0 ? [`is now served as ${come.join(", ")}`] : []),
    ];
    return says.length === 0
        ? []
        : [change(after, "versions", `${after.name} ${says.join(" and ")}`)];
}

function fieldChanges(before: Definition, after: Definition): readonly Change[] {
    return [...before.versions].flatMap(([version, fields]) => {
        const later = after.versions.get(version);
        const gone = [...fields].filter((field) => later?.has(field) === false);
        // With a field everything in it goes.
        const roots = gone.filter((field) => !gone.some((other) => field.startsWith(`${other}.`)));
        return roots.length === 0
            ? []
            : [
                  change(
                      after,
                      "fields",
                      `${after.kind} ${version} no longer has ${handful(roots.sort())}`,
                  ),
              ];
    });
}
