/** What stands in for a value that a chart makes up each time it is rendered. */
export const GENERATED_MARK = "[generated]";

/**
 * What two renderings of the same have in common; where they differ, there is a mark, so that every rendering of it
 * gives the same. A time that is written as a day alone does not differ within one.
 */
export function steady(first: unknown, second: unknown): unknown {
    if (Array.isArray(first) && Array.isArray(second) && first.length === second.length) {
        return first.map((element: unknown, index) => steady(element, second[index]));
    }
    if (isFields(first) && isFields(second) && sameKeys(first, second)) {
        return Object.fromEntries(
            Object.entries(first).map(([key, value]) => [key, steady(value, second[key])]),
        );
    }
    return Object.is(first, second) ? first : GENERATED_MARK;
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sameKeys(first: Fields, second: Fields): boolean {
    const keys = Object.keys(first);
    return keys.length === Object.keys(second).length && keys.every((key) => key in second);
}
