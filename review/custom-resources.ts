import { z } from "zod";
import type { DeclaredObject } from "#stack/declared-objects.ts";

const CRD = "CustomResourceDefinition";

/** Handed on as it is: whoever judges by it knows it again. */
const schema = z.custom<object>((value) => typeof value === "object" && value !== null);

/** The part of a CustomResourceDefinition that says what it brings. */
const definition = z.object({
    metadata: z.object({ name: z.string() }),
    spec: z.object({
        group: z.string(),
        scope: z.string().optional(),
        names: z.object({ kind: z.string() }),
        versions: z.array(
            z.object({
                name: z.string(),
                served: z.boolean().optional(),
                schema: z.object({ openAPIV3Schema: schema.optional() }).optional(),
            }),
        ),
    }),
});

/** A version of a kind that a CustomResourceDefinition brings. */
export interface CustomKind {
    /** Name of its definition, for example `gateways.networking.istio.io`. */
    readonly definition: string;
    /** For example `networking.istio.io`. */
    readonly group: string;
    readonly kind: string;
    /** `Namespaced` or `Cluster`. */
    readonly scope: string;
    readonly version: string;
    readonly served: boolean;
    /** Absent where there is none. */
    readonly schema?: object;
}

/** The group of an object; the core's is empty. */
export function groupOf({ apiVersion }: Pick<DeclaredObject, "apiVersion">): string {
    return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

/** Every version of every kind that the definitions among some objects bring. */
export function customKinds(objects: readonly DeclaredObject[]): readonly CustomKind[] {
    return objects.flatMap((object) => {
        const parsed = object.kind === CRD ? definition.safeParse(object).data : undefined;
        if (parsed === undefined) {
            return [];
        }
        const { group, names, versions, scope = "Namespaced" } = parsed.spec;
        return versions.map(({ name, served = true, schema }) => ({
            definition: parsed.metadata.name,
            group,
            kind: names.kind,
            scope,
            version: name,
            served,
            ...(schema?.openAPIV3Schema !== undefined && { schema: schema.openAPIV3Schema }),
        }));
    });
}

/** What a cluster serves because of definitions, as `group/version` and `group/version/Kind`, sorted. */
export function servedVersions(kinds: readonly CustomKind[]): readonly string[] {
    const served = kinds
        .filter((kind) => kind.served)
        .flatMap(({ group, version, kind }) => [
            `${group}/${version}`,
            `${group}/${version}/${kind}`,
        ]);
    return [...new Set(served)].sort();
}
