import type { LiveObject } from "./objects.ts";

/** A place in an object: names of fields and indices of lists. */
export type Path = readonly (string | number)[];

type Fields = Readonly<Record<string, unknown>>;

/** A Secret's texts are stored as its data, and an object of the whole cluster has no namespace. */
const NOT_STORED = new Set(["stringData", "metadata.namespace"]);

/**
 * Places at which a live object is not what was declared. What was not declared is nobody's business here: the API server
 * fills in defaults, and others may write fields of their own.
 */
export function differingPaths(declared: unknown, live: unknown, path: Path = []): Path[] {
    if (isEmpty(declared)) {
        return [];
    }
    if (Array.isArray(declared)) {
        if (!Array.isArray(live) || live.length < declared.length) {
            return [path];
        }
        return declared.flatMap((item, index) =>
            differingPaths(item, live[placeOf(item, index, live)], [...path, index]),
        );
    }
    if (isFields(declared)) {
        if (!isFields(live)) {
            return [path];
        }
        return Object.entries(declared)
            .filter(([key]) => !NOT_STORED.has([...path, key].join(".")))
            .flatMap(([key, value]) => differingPaths(value, live[key], [...path, key]));
    }
    return isSame(declared, live) ? [] : [path];
}

/** Whether something was declared at a place of the live object; items of a list are known by their names. */
export function isDeclared(declared: unknown, live: unknown, path: Path): boolean {
    const [step, ...rest] = path;
    if (step === undefined) {
        return declared !== undefined;
    }
    if (Array.isArray(declared) && Array.isArray(live)) {
        const item: unknown = live[Number(step)];
        const own: unknown =
            nameOf(item) === undefined
                ? declared[Number(step)]
                : declared[namedPlace(item, Number(step), declared)];
        return isDeclared(own, item, rest);
    }
    if (!isFields(declared) || !isFields(live)) {
        return false;
    }
    return isDeclared(declared[step], live[step], rest);
}

/** A live object with everything that was declared as it was declared. */
export function laidOver(declared: LiveObject, live: LiveObject): LiveObject {
    return over(declared, live) as LiveObject;
}

function over(declared: unknown, live: unknown): unknown {
    if (isEmpty(declared)) {
        return live ?? declared;
    }
    if (Array.isArray(declared) && Array.isArray(live)) {
        return declared.map((item, index) => over(item, live[placeOf(item, index, live)]));
    }
    if (!isFields(declared) || !isFields(live)) {
        return declared;
    }
    const laid = Object.entries(declared).map(([key, value]) => [key, over(value, live[key])]);
    return { ...live, ...(Object.fromEntries(laid) as Fields) };
}

/** The API server does not store what says nothing. */
function isEmpty(value: unknown): boolean {
    if (value === null || value === undefined || value === "" || value === false || value === 0) {
        return true;
    }
    return typeof value === "object" && Object.keys(value).length === 0;
}

function isFields(value: unknown): value is Fields {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Where a declared item of a list is in the live one: by its name where it has one. */
function placeOf(item: unknown, index: number, live: readonly unknown[]): number {
    const found = nameOf(item) === undefined ? -1 : namedPlace(item, index, live);
    return found < 0 ? index : found;
}

/** Where an item of the same name is: at the same place, as some lists have a name several times, or the first; -1 without. */
function namedPlace(item: unknown, index: number, others: readonly unknown[]): number {
    const name = nameOf(item);
    return nameOf(others[index]) === name
        ? index
        : others.findIndex((each) => nameOf(each) === name);
}

function nameOf(item: unknown): unknown {
    return isFields(item) ? item["name"] : undefined;
}

/** The API server rewrites quantities: `0.5` is `500m`. */
function isSame(declared: unknown, live: unknown): boolean {
    if (declared === live || String(declared) === String(live)) {
        return true;
    }
    const [a, b] = [quantity(declared), quantity(live)];
    return a !== undefined && a === b;
}

const UNITS: Readonly<Record<string, number>> = {
    "": 1,
    m: 1e-3,
    ...Object.fromEntries(
        ["k", "M", "G", "T", "P", "E"].map((unit, index) => [unit, 1000 ** (index + 1)]),
    ),
    ...Object.fromEntries(
        ["K", "M", "G", "T", "P", "E"].map((unit, index) => [`${unit}i`, 1024 ** (index + 1)]),
    ),
};

/** The amount of a Kubernetes quantity; undefined for what is none. */
function quantity(value: unknown): number | undefined {
    const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)([a-zA-Z]*)$/.exec(String(value)) ?? [];
    const factor = UNITS[unit];
    return amount === undefined || factor === undefined ? undefined : Number(amount) * factor;
}
