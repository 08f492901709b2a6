import type { ErrorObject } from "ajv";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import type { CustomKind } from "./custom-resources.ts";
import { customKinds } from "./custom-resources.ts";
import { Observation } from "./schemas/observed.ts";
import { isNewer, packagedSchema } from "./schemas/packaged.ts";
import { pathOf, problemsOf, unknownField } from "./schemas/problem.ts";
import type { SchemaProblem } from "./schemas/problem.ts";

/** A kind whose schema nobody knows. */
interface UnjudgedKind {
    readonly apiVersion: string;
    readonly kind: string;
    /** Number of its objects. */
    readonly count: number;
}

/** What schemas say to some objects. */
export interface SchemaFindings {
    readonly problems: readonly SchemaProblem[];
    /** Sorted; what is among them may be right or wrong. */
    readonly unjudged: readonly UnjudgedKind[];
}

/** What is wrong with an object; undefined where nobody knows its kind. */
type Judge = (object: DeclaredObject) => readonly SchemaProblem[];

/**
 * Holds objects against the schemas of their kinds, without a cluster: what they define themselves, else Kubernetes',
 * Istio's and the Gateway API's. A field that a kind does not have is a problem as well. What is secret or not known yet
 * fits.
 *
 * @param objects of one cluster, with those that charts make: they may bring definitions
 */
export async function schemaFindings(objects: readonly DeclaredObject[]): Promise<SchemaFindings> {
    const custom = new Map(
        customKinds(objects).map((kind) => [`${kind.group}/${kind.version} ${kind.kind}`, kind]),
    );
    const judges = new Map<string, Judge | undefined>();
    const unjudged = new Map<string, UnjudgedKind>();
    const problems: SchemaProblem[] = [];
    for (const object of objects) {
        const { apiVersion, kind } = object;
        const key = `${apiVersion} ${kind}`;
        if (!judges.has(key)) {
            judges.set(key, await judgeOf(object, custom.get(key)));
        }
        const judge = judges.get(key);
        if (judge === undefined) {
            const { count } = unjudged.get(key) ?? { count: 0 };
            unjudged.set(key, { apiVersion, kind, count: count + 1 });
        } else {
            problems.push(...judge(object));
        }
    }
    return {
        problems,
        unjudged: [...unjudged]
            .sort(([one], [other]) => (one < other ? -1 : 1))
            .map(([, it]) => it),
    };
}

async function judgeOf(
    object: DeclaredObject,
    custom: CustomKind | undefined,
): Promise<Judge | undefined> {
    return (await bySchema(custom)) ?? (await byPackage(object));
}

async function bySchema(custom: CustomKind | undefined): Promise<Judge | undefined> {
    if (custom?.schema === undefined) {
        return undefined;
    }
    // Loaded here, because most subjects bring no definition.
    const { customSchema } = await import("./schemas/custom.ts");
    const schema = customSchema(custom.schema);
    return (
        schema &&
        ((object) => {
            const errors = schema.validate(object) ? [] : (schema.validate.errors ?? []);
            return [
                ...errors.filter(isUnnamed).map(({ instancePath, params }) => {
                    const path = pathOf(instancePath);
                    const field = String(params[ADDITIONAL.param]);
                    return unknownField(object, path, field, schema.fieldsAt(path));
                }),
                ...problemsOf(
                    object,
                    errors.filter((error) => !isUnnamed(error)),
                ),
            ];
        })
    );
}

/** How the validator says that a field is not in its schema. */
const ADDITIONAL = { keyword: "additionalProperties", param: "additionalProperty" };

function isUnnamed({ keyword }: ErrorObject): boolean {
    return keyword === ADDITIONAL.keyword;
}

async function byPackage(object: DeclaredObject): Promise<Judge | undefined> {
    const validate = await packagedSchema(object);
    return (
        validate &&
        ((one) => {
            const observation = new Observation();
            const errors = validate(observation.watched(one));
            return [
                ...observation
                    .unaskedIn(one)
                    .filter(({ field }) => !isNewer(one, field))
                    .map(({ path, field, known }) => unknownField(one, path, field, known)),
                ...problemsOf(one, errors),
            ];
        })
    );
}
