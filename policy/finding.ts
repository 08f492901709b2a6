import { UnknownValue } from "./field.ts";
import type { Finding } from "./field.ts";

/**
 * Makes independent judgements. One that meets an unknown value becomes a finding that says so; the others are made
 * all the same, so that what is known to be wrong is never hidden by what is not known.
 */
export function judgements(...checks: readonly (() => readonly Finding[])[]): Finding[] {
    return checks.flatMap((check) => {
        try {
            return check();
        } catch (error) {
            if (error instanceof UnknownValue) {
                return [error.field.undecided(error.why)];
            }
            throw error;
        }
    });
}

/** {@link judgements} about each element of a list. */
export function each<Element>(
    elements: () => Iterable<Element>,
    check: (element: Element) => readonly Finding[],
): Finding[] {
    return judgements(() =>
        judgements(...Array.from(elements(), (element) => () => check(element))),
    );
}

/**
 * Whether a condition holds of some element. One that holds decides, whatever is unknown about the others.
 *
 * @throws UnknownValue where none is known to meet it and one is not known
 */
export function some<Element>(
    elements: Iterable<Element>,
    condition: (element: Element) => boolean,
): boolean {
    let unknown: UnknownValue | undefined;
    for (const element of elements) {
        try {
            if (condition(element)) {
                return true;
            }
        } catch (error) {
            if (!(error instanceof UnknownValue)) {
                throw error;
            }
            unknown ??= error;
        }
    }
    if (unknown !== undefined) {
        throw unknown;
    }
    return false;
}
