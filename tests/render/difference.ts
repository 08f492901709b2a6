/** One place at which two values differ; `undefined` on the side that has nothing there. */
export interface Change {
    /** Steps joined by dots; a list's element by its `name` where all of them have one, else by its index. */
    readonly path: string;
    readonly before: unknown;
    readonly after: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Lists of named things are compared by name, so that one more of them is one change. */
function byName(list: readonly unknown[]): Fields {
    const names = list.map((element) => (isFields(element) ? element["name"] : undefined));
    const named =
        names.every((name) => typeof name === "string") && new Set(names).size === names.length;
    return Object.fromEntries(
        list.map((element, index) => [named ? String(names[index]) : String(index), element]),
    );
}

/** Every place at which two plain values differ, as deep as both sides have the same shape. */
export function difference(before: unknown, after: unknown, path = ""): Change[] {
    if (Array.isArray(before) && Array.isArray(after)) {
        return difference(byName(before), byName(after), path);
    }
    if (isFields(before) && isFields(after)) {
        return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
            difference(before[key], after[key], path === "" ? key : `${path}.${key}`),
        );
    }
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}

function text(value: unknown): string {
    return value === undefined ? "nothing" : JSON.stringify(value);
}

/** A change as one line of a failed check. */
export function describeChange({ path, before, after }: Change): string {
    return `${path}: ${text(before)} -> ${text(after)}`;
}
