/** Which requests or callers are meant, in words, so that what was declared and what a proxy holds can be compared. */
export type Condition =
    | string
    | { readonly all: readonly Condition[] }
    | { readonly any: readonly Condition[] }
    | { readonly not: Condition };

/** Without any condition. */
export const ALWAYS = "anything";
/** A condition that nothing fulfils. */
export const NEVER: Condition = { not: ALWAYS };

/** The same text for whatever means the same: in order, without what is said twice and without needless nesting. */
export function conditionText(condition: Condition): string {
    if (typeof condition === "string") {
        return condition;
    }
    if ("not" in condition) {
        return condition.not === ALWAYS ? "nothing" : `not (${conditionText(condition.not)})`;
    }
    return "all" in condition
        ? joined(condition.all, " with ", ALWAYS)
        : joined(condition.any, " or ", conditionText(NEVER));
}

function joined(parts: readonly Condition[], word: string, none: string): string {
    const texts = [...new Set(parts.map(conditionText))].sort();
    const [only] = texts;
    if (only === undefined) {
        return none;
    }
    return texts.length === 1
        ? only
        : texts.map((text) => (/ (or|with) /.test(text) ? `(${text})` : text)).join(word);
}
