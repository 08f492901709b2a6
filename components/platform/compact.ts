/**
 * The same value without the properties that are undefined, at any depth.
 *
 * Chart values write a conditional property as `x: condition ? value : undefined`: a spread would escape the compiler's
 * check for misspelt properties, and a chart swallows those.
 */
export function compact<T>(value: T): T {
    return strip(value) as T;
}

function strip(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(strip);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    return Object.fromEntries(
        Object.entries(value)
            .filter(([, property]) => property !== undefined)
            .map(([key, property]) => [key, strip(property)]),
    );
}
