/** What is known of one subject, field by field, in words that can be compared. */
export type Facts = Readonly<Record<string, string>>;

/** One field that is not as it should be, and of what. */
export interface Difference {
    readonly subject: string;
    /** Said before the subject; subjects that differ in it alone are said together. */
    readonly method?: string;
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
    const groups = new Map<string, Difference[]>();
    for (const difference of found) {
        const key = JSON.stringify([difference.field, difference.wanted, difference.held]);
        groups.set(key, [...(groups.get(key) ?? []), difference]);
    }
    const texts = [...groups.values()].flatMap((group) =>
        group
            .slice(0, 1)
            .map((first) => ({ ...first, of: `${first.field} (${subjectsText(group)})` })),
    );
    return {
        expected: texts.map(({ of, wanted }) => `${of} = ${wanted}`).join("; "),
        seen: texts.map(({ of, held }) => `${of} = ${held}`).join("; "),
    };
}

/** For example `GET|HEAD /orders, POST|PATCH /orders with Idempotency-Key`. */
function subjectsText(group: readonly Difference[]): string {
    const methods = new Map<string, string[]>();
    for (const { subject, method } of group) {
        methods.set(subject, [
            ...(methods.get(subject) ?? []),
            ...(method === undefined ? [] : [method]),
        ]);
    }
    return [...methods]
        .map(([subject, names]) => [names.join("|"), subject].filter(Boolean).join(" "))
        .join(", ");
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

/** Facts in one phrase. */
export function factsText(facts: Facts): string {
    return Object.entries(facts)
        .map(([field, value]) => `${field} ${value}`)
        .join(", ");
}
