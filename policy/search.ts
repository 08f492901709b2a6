import { some } from "./finding.ts";

/**
 * The first element that meets a condition. One that is known to meet it is taken, whatever is unknown about the others.
 *
 * @throws UnknownValue where none is known to meet it and one is not known
 */
export function firstOf<Element>(
    elements: Iterable<Element>,
    condition: (element: Element) => boolean,
): Element | undefined {
    let first: Element | undefined;
    some(elements, (element) => {
        const met = condition(element);
        first = met ? element : first;
        return met;
    });
    return first;
}

/** How many single-character changes make one text the other. */
function distance(one: string, other: string): number {
    let row = Array.from({ length: other.length + 1 }, (_, index) => index);
    Array.from(one).forEach((character, above) => {
        const next = [above + 1];
        Array.from(other).forEach((otherCharacter, left) => {
            const replaced = (row[left] ?? 0) + (character === otherCharacter ? 0 : 1);
            next.push(Math.min(replaced, (row[left + 1] ?? 0) + 1, (next[left] ?? 0) + 1));
        });
        row = next;
    });
    return row[other.length] ?? 0;
}

/** The text most like the one given; the first of several; `undefined` where there is none to choose from. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
    return candidates
        .map((candidate) => ({ candidate, far: distance(text, candidate) }))
        .reduce<{ candidate: string; far: number } | undefined>(
            (best, next) => (best === undefined || next.far < best.far ? next : best),
            undefined,
        )?.candidate;
}
