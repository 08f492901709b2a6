import { expression } from "#policy/request-match.ts";
import type { Expression } from "#policy/request-match.ts";
import { ANYTHING, sampleOf } from "./sample.ts";

/** How a text of a request is compared; `segments` is a prefix of whole segments of a path. */
export interface TextMatch {
    readonly how: "exact" | "prefix" | "present" | "regex" | "segments";
    readonly text: string;
    readonly ignoreCase?: true;
}

/** One condition on a request or connection. */
export interface Condition {
    /** What of it: `path`, `method`, `header x-canary`, `source app`, ... */
    readonly attribute: string;
    readonly match: TextMatch;
    /** Whether it must not be so. */
    readonly negated: boolean;
}

/** All of them have to be met; none takes everything. */
export type Match = readonly Condition[];

/** A request, or connection, by its attributes; those that are absent it does not have. */
export type Request = ReadonlyMap<string, string>;

/** The text that stands for all that an expression takes of which no sample was found. */
function opaque(regex: string): string {
    return `(${regex})`;
}

/** A text that is taken. */
export function sampleFor({ how, text }: TextMatch): string {
    switch (how) {
        case "present":
            return ANYTHING;
        case "regex":
            return sampleOf(text) ?? opaque(text);
        default:
            return text;
    }
}

const expressions = new Map<string, Expression | undefined>();

/** {@link expression}, of which each is made once. */
function known(text: string): Expression | undefined {
    if (!expressions.has(text)) {
        expressions.set(text, expression(text));
    }
    return expressions.get(text);
}

function isTaken({ how, text, ignoreCase }: TextMatch, given: string): boolean {
    const fold = (value: string): string => (ignoreCase === true ? value.toLowerCase() : value);
    const [wanted, actual] = [fold(text), fold(given)];
    switch (how) {
        case "exact":
            return actual === wanted;
        case "prefix":
            return actual.startsWith(wanted);
        case "segments": {
            const stem = wanted.replace(/\/$/, "");
            return actual === stem || actual.startsWith(`${stem}/`);
        }
        case "present":
            return true;
        case "regex":
            return given === opaque(text) || known(text)?.test(given) === true;
    }
}

/** Whether a match takes a request. */
export function takes(match: Match, request: Request): boolean {
    return match.every(({ attribute, match: text, negated }) => {
        const given = request.get(attribute);
        return (given !== undefined && isTaken(text, given)) !== negated;
    });
}

/** Whether a match takes everything that comes, whatever it is. */
export function takesEverything(match: Match): boolean {
    return match.every(
        ({ attribute, match: { how, text }, negated }) =>
            !negated &&
            ((attribute === "path" &&
                ((["prefix", "segments"].includes(how) && text === "/") ||
                    (how === "regex" && [".*", "/.*"].includes(text)))) ||
                (attribute === "authority" && how === "regex" && [".*", ".+"].includes(text))),
    );
}
