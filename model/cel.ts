/** A text as a literal of the Common Expression Language, in which the API server's admission policies are written. */
export function celText(text: string): string {
    return JSON.stringify(text);
}

/** A list of texts as a literal. */
export function celTexts(texts: readonly string[]): string {
    return `[${texts.map(celText).join(", ")}]`;
}
