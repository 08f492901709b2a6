/** What is known of one subject, field by field, in words that can be compared. */
export type Facts = Readonly<Record<string, string>>;

/** One field that is not as it should be, and of what. */
export interface Difference {
    readonly subject: string;
    readonly field: string;
    readonly wanted: string;
    readonly held: string;
}

/** Said of a field that is not there. */
export const NONE = "none";

/** The fields of `wanted` that `held` does not hold as they are. */
export function differences(subject: string, wanted: Facts, held: Facts): Difference[] {
    return Object.entries(wanted).flatMap(([field, value]) =>
        held[field] === value ? [] : [{ subject, field, wanted: value, held: held[field] ?? NONE }],
    );
}

/** Differences as two texts that name the same fields in the same order; what several subjects share is said once. */
export function describe(found: readonly Difference[]): { expected: string; seen: string } {
    const groups = new Map<string, { difference: Difference; subjects: string[] }>();
    for (const difference of found) {
        const { subject, field, wanted, held } = difference;
        const key = JSON.stringify([field, wanted, held]);
        const group = groups.get(key) ?? { difference, subjects: [] };
        groups.set(key, { difference, subjects: [...group.subjects, subject] });
    }
    const texts = [...groups.values()].map(({ difference, subjects }) => ({
        of: `${difference.field} (${subjects.join(", ")})`,
        ...difference,
    }));
    return {
        expected: texts.map(({ of, wanted }) => `${of} = ${wanted}`).join("; "),
        seen: texts.map(({ of, held }) => `${of} = ${held}`).join("; "),
    };
}

/** A length of time in one way of writing, whoever wrote it. */
export function durationText(milliseconds: number): string {
    return milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;
}

/** A duration of Envoy's: seconds, with up to nine decimals. */
export function envoyDuration(duration: string | undefined): string {
    return duration === undefined
        ? NONE
        : durationText(Math.round(Number(duration.replace(/s$/, "")) * 1e6) / 1000);
}
