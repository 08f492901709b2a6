import type { Mutation } from "./mutation.ts";

/** How what went red compares with what should. */
export interface Mismatch {
    /** Checks that should have gone red; a pattern that matches no check stands for itself. */
    readonly missing: readonly string[];
    /** Checks that should not have. */
    readonly unexpected: readonly string[];
}

/** Whether a check's id is meant by a pattern, in which `*` stands for any text. */
export function matches(pattern: string, id: string): boolean {
    const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${parts.join(".*")}$`).test(id);
}

/**
 * Compares the checks that went red with those that a mutation must, and may, turn red.
 *
 * @param ids of all checks
 * @param red ids of the checks that are red
 */
export function compareRed(
    { breaks, mayBreak = [] }: Pick<Mutation, "breaks" | "mayBreak">,
    ids: readonly string[],
    red: ReadonlySet<string>,
): Mismatch {
    const missing = breaks.flatMap((pattern) => {
        const meant = ids.filter((id) => matches(pattern, id));
        return meant.length === 0 ? [pattern] : meant.filter((id) => !red.has(id));
    });
    const expected = [...breaks, ...mayBreak];
    return {
        missing: [...new Set(missing)],
        unexpected: [...red].filter((id) => !expected.some((pattern) => matches(pattern, id))),
    };
}

/** Whether exactly the intended checks went red. */
export function isExact({ missing, unexpected }: Mismatch): boolean {
    return missing.length === 0 && unexpected.length === 0;
}
