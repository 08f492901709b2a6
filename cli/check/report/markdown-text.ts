import { cutText } from "#review/plain-text.ts";

/** Nobody reads more of one sentence; the whole is in the other reports. */
const LONGEST_TEXT = 1000;
/** Nor of what stands in a title. */
const LONGEST_NAME = 200;

/** Stands between two characters that would mean something together, and is not seen. */
const JOINER = "&#8203;";

/** After these signs a name, a number or an address would become a link on GitHub or GitLab, or call somebody. */
const CALLING = /[@#!~%&$](?=\S)|:(?=\/\/)|:(?=[\w+-]+:)|(?:www|GH)(?=[.-])/giu;

/**
 * Somebody's text as Markdown shows it, letter for letter: it ends no cell, element or fence, links to nothing and calls
 * nobody. What it means to Markdown is written as the numbers of its characters, which Markdown takes for no structure.
 */
export function markdownText(text: string): string {
    return escaped(text, LONGEST_TEXT);
}

/** {@link markdownText} of what stands in a title. */
export function markdownName(text: string): string {
    return escaped(text, LONGEST_NAME);
}

function escaped(text: string, longest: number): string {
    return cutText(text, longest)
        .replace(CALLING, (sign) => `${sign}\u200B`)
        .replace(/[^\p{L}\p{N} ,.;/()-]|^[\d-]/gu, encoded);
}

function encoded(character: string): string {
    switch (character) {
        case "\u200B":
            return JOINER;
        case "$":
            // GitHub takes two of them for a formula, unless each is an element of its own.
            return "<span>&#36;</span>";
        default:
            return /[\u0080-\u{10FFFF}]/u.test(character)
                ? character
                : `&#${character.codePointAt(0) ?? 0};`;
    }
}

/** An address as the target of a link; undefined for what is no plain web address. */
export function linkTarget(url: string): string | undefined {
    if (!/^https:\/\//i.test(url) || !URL.canParse(url)) {
        return undefined;
    }
    return new URL(url).href.replace(
        /[()<>[\]\\`*_~|'"]/g,
        (character) => `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}`,
    );
}
