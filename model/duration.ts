import type { Duration } from "./intents.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const SHAPE = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/** Whether a text is a duration as Istio accepts it: a positive number and one of `ms`, `s`, `m`, `h`. */
export function isDuration(text: string): boolean {
    const match = SHAPE.exec(text);
    return match !== null && Number(match[1]) > 0;
}

/**
 * Length of a duration in milliseconds.
 *
 * @throws RangeError for a text that is not a duration
 */
export function milliseconds(duration: Duration): number {
    const [, amount, unit] = SHAPE.exec(duration) ?? [];
    const factor = UNITS[unit ?? ""];
    if (amount === undefined || factor === undefined) {
        throw new RangeError(
            `"${duration}" is not a duration; allowed: a number and ms, s, m or h`,
        );
    }
    return Number(amount) * factor;
}
