/**
 * A text from somebody else's files on one line: what would move the cursor, turn the direction of writing or be no
 * character at all is shown as one that cannot be shown.
 */
export function plainText(text: string): string {
    return text
        .replace(/\s+/g, " ")
        .trim()
        .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "\uFFFD");
}

/** {@link plainText} of at most that many characters; one that is cut says so. */
export function cutText(text: string, longest: number): string {
    const plain = plainText(text);
    const characters = Array.from(plain);
    return characters.length <= longest
        ? plain
        : `${characters.slice(0, longest - 1).join("")}\u2026`;
}
