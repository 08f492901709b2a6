/** Where two texts differ: what is left when their common beginning and end are taken away. */
function differenceOf(one: string, other: string): readonly [string, string] {
    let start = 0;
    while (start < Math.min(one.length, other.length) && one[start] === other[start]) {
        start += 1;
    }
    let end = 0;
    while (
        end < Math.min(one.length, other.length) - start &&
        one.at(-1 - end) === other.at(-1 - end)
    ) {
        end += 1;
    }
    return [one.slice(start, one.length - end), other.slice(start, other.length - end)];
}

/** What a text shares with each of its misspellings: itself, or itself without one of its letters. */
export function slipsOf(text: string): readonly string[] {
    return [text, ...Array.from(text, (_, at) => text.slice(0, at) + text.slice(at + 1))];
}

/**
 * Whether a text is clearly meant to be another: two neighbouring letters swapped, or one letter too many, too few or
 * wrong within. What differs at an end, in a digit or in a part of one letter is a sibling: `shop2`, `team-b`.
 */
export function isMisspelling(text: string, meant: string): boolean {
    if (text === meant || text.length < 4 || meant.length < 4) {
        return false;
    }
    const [there, wanted] = differenceOf(text, meant);
    const isSwap =
        there.length === 2 &&
        wanted.length === 2 &&
        there === `${wanted[1] ?? ""}${wanted[0] ?? ""}`;
    const isInner = text[0] === meant[0] && text.at(-1) === meant.at(-1);
    const parts = [text, meant].flatMap((whole) => whole.split(/[-.]/));
    return (
        !/[\d.-]/.test(there + wanted) &&
        (isSwap ||
            (isInner &&
                there.length <= 1 &&
                wanted.length <= 1 &&
                parts.every((part) => part.length > 1)))
    );
}
