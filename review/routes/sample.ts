import { expression } from "#policy/request-match.ts";

/** Stands for a text that nobody mentions. */
export const ANYTHING = "~";

/** A text that an expression takes, built piece by piece: of alternatives the first, of repetitions the fewest. */
class Sampler {
    readonly #text: string;
    #at = 0;

    constructor(text: string) {
        this.#text = text;
    }

    get #next(): string {
        return this.#text[this.#at] ?? "";
    }

    #take(): string {
        const taken = this.#next;
        this.#at += 1;
        return taken;
    }

    alternatives(): string {
        const [first = ""] = this.#all();
        return first;
    }

    #all(): readonly string[] {
        const found = [this.#sequence()];
        while (this.#next === "|") {
            this.#take();
            found.push(this.#sequence());
        }
        return found;
    }

    #sequence(): string {
        let text = "";
        while (!["", "|", ")"].includes(this.#next)) {
            text += this.#repeated(this.#piece());
        }
        return text;
    }

    #repeated(piece: string): string {
        const [quantifier, least] = /^(?:[*+?]|\{(\d+)(?:,\d*)?\})/.exec(
            this.#text.slice(this.#at),
        ) ?? [""];
        this.#at += quantifier.length;
        if (quantifier !== "" && this.#next === "?") {
            this.#take();
        }
        return quantifier === "*" || quantifier === "?" ? "" : piece.repeat(Number(least ?? 1));
    }

    #piece(): string {
        const taken = this.#take();
        switch (taken) {
            case "(":
                return this.#group();
            case "[":
                return this.#class();
            case "\\":
                return this.#escape();
            case ".":
                return ANYTHING;
            case "^":
            case "$":
                return "";
            default:
                return taken;
        }
    }

    #group(): string {
        const opening = /^\?(?::|P?<\w+>)/.exec(this.#text.slice(this.#at));
        this.#at += opening?.[0].length ?? 0;
        const text = this.alternatives();
        this.#take();
        return text;
    }

    #class(): string {
        const end = this.#text.indexOf("]", this.#at + 1);
        const members = this.#text.slice(this.#at, end);
        this.#at = end + 1;
        const candidates = [ANYTHING, "a", "A", "0", "-", "_", "/", ".", " "];
        const own = expression(`[${members}]`);
        return candidates.find((candidate) => own?.test(candidate)) ?? "";
    }

    #escape(): string {
        const taken = this.#take();
        return { d: "0", w: "a", s: " ", S: ANYTHING, D: ANYTHING, W: ANYTHING }[taken] ?? taken;
    }
}

/** Longest expression that is taken apart, piece by piece. */
const LONGEST_SAMPLED = 2000;

/** A text that a regular expression takes; `undefined` where none was found. */
export function sampleOf(regex: string): string | undefined {
    const whole = expression(regex);
    if (whole === undefined || regex.length > LONGEST_SAMPLED) {
        return undefined;
    }
    const sample = new Sampler(regex.replace(/^\(\?i\)/, "")).alternatives();
    return whole.test(sample) ? sample : undefined;
}
