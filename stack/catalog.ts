import { EnvironmentError } from "#errors.ts";
import type { Catalog } from "#model/intents.ts";
import { backingServiceSchema, catalogSchema, serviceSchema } from "#model/intents.ts";
import { plainCopy } from "#model/plain.ts";
import { catalogProblems } from "#model/problems.ts";
import { findingsIn } from "./config-errors.ts";

/** A catalogue as it is declared, read as untrusted: types are checked by nobody at a deployment. */
export interface CatalogReading {
    /** Complete and plain data; `undefined` where a value by itself is not sound. */
    readonly catalog: Catalog | undefined;
    /** One sentence a problem, with the service, the field, the value and what is allowed. */
    readonly problems: readonly string[];
}

/** Reads what `services/catalog.ts` exports. */
export function readCatalog(declared: unknown): CatalogReading {
    const { copy, faults } = plainCopy(declared);
    if (faults.length > 0) {
        return {
            catalog: undefined,
            problems: faults.map(({ path, reason }) => sentence(path, reason, copy)),
        };
    }
    if (typeof copy !== "object" || copy === null || Array.isArray(copy)) {
        return {
            catalog: undefined,
            problems: ["catalog: it is none; allowed: what defineCatalog gives"],
        };
    }
    const parsed = catalogSchema.safeParse(copy);
    if (parsed.success) {
        const left = leftOut(copy, parsed.data, []);
        return {
            catalog: left.length === 0 ? parsed.data : undefined,
            problems: left.length === 0 ? catalogProblems(parsed.data) : left,
        };
    }
    const values = copy as Readonly<Record<string, unknown>>;
    const findings = findingsIn(parsed.error.issues, values, catalogSchema.unwrap());
    return {
        catalog: undefined,
        problems: [
            ...findings.map(({ path, reason }) => sentence(path, reason, copy)),
            ...problemsOfTheRest(values),
        ],
    };
}

/** What is wrong between the services that are sound by themselves, where others are not. */
function problemsOfTheRest({ services, backing }: Readonly<Record<string, unknown>>): string[] {
    if (!Array.isArray(services) || !Array.isArray(backing)) {
        return [];
    }
    return catalogProblems(
        {
            services: services.flatMap((one) => serviceSchema.safeParse(one).data ?? []),
            backing: backing.flatMap((one) => backingServiceSchema.safeParse(one).data ?? []),
        },
        { services: namesOf(services), backing: namesOf(backing) },
    );
}

function namesOf(workloads: readonly unknown[]): string[] {
    return workloads
        .map((workload) => at(workload, "name"))
        .filter((name) => typeof name === "string");
}

/**
 * The catalogue of this checkout, as it is declared.
 *
 * @throws EnvironmentError where a file of it does not even run
 */
export async function declaredCatalog(): Promise<Catalog> {
    try {
        return (await import("#services/catalog.ts")).catalog;
    } catch (error) {
        const [reason = ""] = (error instanceof Error ? error.message : "it throws").split("\n");
        throw new EnvironmentError(`services/catalog.ts cannot be loaded: ${reason.slice(0, 200)}`);
    }
}

/** A problem, under the name of the service that it is about. */
function sentence(path: readonly PropertyKey[], reason: string, catalog: unknown): string {
    const [list, index, ...field] = path;
    const where = (steps: readonly PropertyKey[]): string => steps.map(String).join(".");
    const name = at(at(at(catalog, list), index), "name");
    return typeof name === "string" && field.length > 0
        ? `service ${name.slice(0, NAMED)}: ${where(field)}: ${reason}`
        : `${where(path) || "catalog"}: ${reason}`;
}

/** Characters of a service's name that are shown, however long it is. */
const NAMED = 100;

function at(value: unknown, step: PropertyKey | undefined): unknown {
    return typeof value === "object" &&
        value !== null &&
        step !== undefined &&
        Object.hasOwn(value, step)
        ? (value as Readonly<Record<PropertyKey, unknown>>)[step]
        : undefined;
}

/** What only `defineService` fills in: nobody who was handed the catalogue would find it. */
function leftOut(
    given: object,
    complete: object,
    path: readonly PropertyKey[],
    root: unknown = given,
): string[] {
    return Object.entries(complete).flatMap(([key, value]: [string, unknown]) => {
        const place = [...path, Array.isArray(complete) ? Number(key) : key];
        const own = at(given, key);
        if (own === undefined) {
            return [
                sentence(
                    place,
                    "it is missing; allowed: what defineService, or defineBackingService, gives",
                    root,
                ),
            ];
        }
        if (typeof value === "object" && value !== null) {
            return typeof own === "object" && own !== null ? leftOut(own, value, place, root) : [];
        }
        return own === value
            ? []
            : [
                  sentence(
                      place,
                      `${JSON.stringify(own)} is not allowed; allowed: ${JSON.stringify(value)}, as defineService gives it`,
                      root,
                  ),
              ];
    });
}
