/** A duration as Istio writes it: a number and a unit, for example `2s`, `500ms`, `1m`. */
export type Duration = `${number}${"ms" | "s" | "m" | "h"}`;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const SHAPE = /^(\d{1,12}(?:\.\d{1,9})?)(ms|s|m|h)$/;

/** More than a day is nothing that a request or a breaker waits for, but a unit too large. */
const LONGEST_HOURS = 24;

/** What {@link isDuration} takes, in words. */
export const DURATIONS = `a duration such as 500ms, 5s or 1m, of whole milliseconds from 1ms to ${LONGEST_HOURS}h`;

function lengthOf(text: string): number | undefined {
    const [, amount, unit] = SHAPE.exec(text) ?? [];
    const factor = UNITS[unit ?? ""];
    // 1.001 s is 1000.9999999999999 ms in floating point.
    return amount === undefined || factor === undefined
        ? undefined
        : Number((Number(amount) * factor).toFixed(6));
}

/** Whether a text is a duration as Istio accepts it: whole milliseconds, one or more, and a day at most. */
export function isDuration(text: string): boolean {
    const length = lengthOf(text);
    return (
        length !== undefined &&
        Number.isInteger(length) &&
        length >= 1 &&
        length <= LONGEST_HOURS * 3_600_000
    );
}

/**
 * Length of a duration in milliseconds.
 *
 * @throws RangeError for a text that is not a duration
 */
export function milliseconds(duration: Duration): number {
    const length = lengthOf(duration);
    if (length === undefined) {
        throw new RangeError(
            `"${duration}" is not a duration; allowed: a number and ms, s, m or h`,
        );
    }
    return length;
}
