/** Somebody answers for an object, for a reason, up to a day: the form of every exemption. */
export interface Answer {
    /** Who answers for it. */
    readonly owner: string;
    readonly reason: string;
    /** Last day on which it holds, `YYYY-MM-DD`. */
    readonly expires: string;
}

export const ANSWER_FIELDS = ["owner", "reason", "expires"] as const satisfies (keyof Answer)[];

/** What an annotation holds, element by element; `undefined` for what is no JSON. */
export function elementsOf(text: string): readonly unknown[] | undefined {
    try {
        const value: unknown = JSON.parse(text);
        return Array.isArray(value) ? (value as unknown[]) : [value];
    } catch {
        return undefined;
    }
}

/** The fields that an element has no text in. */
export function missingFields(element: unknown, wanted: readonly string[]): readonly string[] {
    const fields = (typeof element === "object" && element !== null ? element : {}) as Readonly<
        Record<string, unknown>
    >;
    return wanted.filter((key) => {
        const value = fields[key];
        return typeof value !== "string" || value.trim() === "";
    });
}

/**
 * Why a last day does not hold; nothing where it does.
 *
 * @param today as `YYYY-MM-DD`
 */
export function dayProblem(expires: string, today: string): string | undefined {
    if (!isDay(expires)) {
        return `expires on ${expires}, which is no day written as YYYY-MM-DD`;
    }
    return expires < today ? `expired on ${expires}` : undefined;
}

function isDay(text: string): boolean {
    const time = Date.parse(`${text}T00:00:00Z`);
    return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
