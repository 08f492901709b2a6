import { Field } from "./field.ts";
import { Unknown } from "./known.ts";

/** Where a text stops being YAML that can be read here. */
class Unreadable extends Error {}

/** What stands behind an anchor, an alias or a tag. */
function notRead(line: number): Unknown {
    return new Unknown(`cannot be judged; line ${line} of the text is YAML that no policy reads`);
}

interface Line {
    readonly number: number;
    readonly indent: number;
    /** Without indentation and comment. */
    readonly text: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
    "0": "\0",
    a: "\u0007",
    b: "\b",
    e: "\u001b",
    f: "\f",
    n: "\n",
    r: "\r",
    t: "\t",
    v: "\v",
};

function unescaped(text: string): string {
    return text.replace(
        /\\(?:u([\da-fA-F]{4})|x([\da-fA-F]{2})|([\s\S]))/g,
        (_, four?: string, two?: string, one?: string) =>
            four !== undefined || two !== undefined
                ? String.fromCharCode(parseInt(four ?? two ?? "", 16))
                : (ESCAPES[one ?? ""] ?? one ?? ""),
    );
}

/** A plain scalar, as Go's YAML reads it: yes, no, on and off are booleans, too. */
function scalarOf(text: string): unknown {
    if (text === "" || /^(~|null|Null|NULL)$/.test(text)) {
        return null;
    }
    if (/^(true|yes|on)$/i.test(text)) {
        return true;
    }
    if (/^(false|no|off)$/i.test(text)) {
        return false;
    }
    return /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : text;
}

/** Text without a comment at its end, which is none within quotes. */
function withoutComment(text: string): string {
    const end =
        /^(?:"(?:\\.|[^"\\])*"|'(?:''|[^'])*'|[^"'#]|(?<=[^\s])#|(?<![\s,[{:-])["'])*/.exec(
            text,
        )?.[0] ?? "";
    return (text.slice(end.length).startsWith("#") ? end : text).trimEnd();
}

/** Reads `{...}`, `[...]` and quoted texts, JSON among them, from the start of a text. */
class Flow {
    readonly #text: string;
    readonly #line: number;
    #at = 0;

    constructor(text: string, line: number) {
        this.#text = text;
        this.#line = line;
    }

    /** How much of the text has been read. */
    get end(): number {
        return this.#at;
    }

    value(): unknown {
        this.#skip();
        const start = this.#text[this.#at];
        switch (start) {
            case "{":
                return this.#map();
            case "[":
                return this.#list();
            case '"':
            case "'":
                return this.quoted();
            case "&":
            case "*":
            case "!":
                this.#plain();
                return notRead(this.#line);
            default:
                return scalarOf(this.#plain());
        }
    }

    quoted(): string {
        const rest = this.#text.slice(this.#at);
        const [whole] = /^"(?:\\[\s\S]|[^"\\])*"|^'(?:''|[^'])*'/.exec(rest) ?? [];
        if (whole === undefined) {
            throw new Unreadable();
        }
        this.#at += whole.length;
        const inner = whole.slice(1, -1);
        return whole.startsWith('"') ? unescaped(inner) : inner.replaceAll("''", "'");
    }

    #skip(): void {
        this.#at += /^(?:\s|#.*)*/.exec(this.#text.slice(this.#at))?.[0].length ?? 0;
    }

    #plain(): string {
        const [whole] = /^(?:[^,[\]{}:#]|:(?=[^\s,[\]{}])|(?<=\S)#)+/.exec(
            this.#text.slice(this.#at),
        ) ?? [""];
        this.#at += whole.length;
        return whole.trim();
    }

    /** Whether this stands next; it is read then. */
    #takes(mark: string): boolean {
        this.#skip();
        const isNext = this.#text.startsWith(mark, this.#at);
        this.#at += isNext ? mark.length : 0;
        return isNext;
    }

    #list(): unknown[] {
        const items: unknown[] = [];
        this.#takes("[");
        while (!this.#takes("]")) {
            items.push(this.value());
            this.#separated("]");
        }
        return items;
    }

    #map(): unknown {
        const entries: [string, unknown][] = [];
        this.#takes("{");
        while (!this.#takes("}")) {
            this.#skip();
            const key = /^["']/.test(this.#text.slice(this.#at)) ? this.quoted() : this.#plain();
            entries.push([key, this.#takes(":") ? this.value() : null]);
            this.#separated("}");
        }
        return entries.some(([key]) => key === "<<")
            ? notRead(this.#line)
            : Object.fromEntries(entries);
    }

    #separated(end: string): void {
        if (this.#takes(",")) {
            return;
        }
        this.#skip();
        if (!this.#text.startsWith(end, this.#at)) {
            throw new Unreadable();
        }
    }
}

const KEY =
    /^("(?:\\.|[^"\\])*"|'(?:''|[^'])*'|[^\s"'#&*!|>%@`{}[\],?-](?:[^:#]|:(?=\S)|(?<=\S)#)*?|[-?](?=\S)(?:[^:#]|:(?=\S))*?)\s*:(?:\s+(.*))?$/;

function indentOf(line: string): number {
    return line.length - line.trimStart().length;
}

/** Reads the lines of block YAML. */
class Blocks {
    readonly #raw: string[];
    #at = 0;

    constructor(text: string) {
        this.#raw = text.split(/\r?\n/);
    }

    get line(): number {
        return Math.min(this.#at + 1, this.#raw.length);
    }

    document(): unknown {
        if (/^(---|%)/.test(this.#peek()?.text ?? "")) {
            this.#start();
        }
        const value = this.#block(0);
        const rest = this.#peek();
        if (rest !== undefined && rest.text !== "...") {
            throw new Unreadable();
        }
        return value;
    }

    #start(): void {
        while (/^%/.test(this.#peek()?.text ?? "")) {
            this.#at++;
        }
        if (this.#peek()?.text !== "---") {
            throw new Unreadable();
        }
        this.#at++;
    }

    /** The next line that says something; it stays the next. */
    #peek(): Line | undefined {
        for (; this.#at < this.#raw.length; this.#at++) {
            const raw = this.#raw[this.#at] ?? "";
            const [space = ""] = /^\s*/.exec(raw) ?? [];
            const text = withoutComment(raw.slice(space.length));
            if (text !== "") {
                if (space.includes("\t")) {
                    throw new Unreadable();
                }
                return { number: this.#at + 1, indent: space.length, text };
            }
        }
        return undefined;
    }

    #block(least: number): unknown {
        const line = this.#peek();
        if (line === undefined || line.indent < least) {
            return null;
        }
        if (/^-(\s|$)/.test(line.text)) {
            return this.#list(line.indent);
        }
        return KEY.test(line.text) ? this.#map(line.indent) : this.#rest(line.text, least - 1);
    }

    #list(indent: number): unknown[] {
        const items: unknown[] = [];
        for (let line = this.#peek(); line?.indent === indent; line = this.#peek()) {
            const [, space = "", text = ""] = /^-(\s+|$)(.*)$/.exec(line.text) ?? [];
            if (!/^-(\s|$)/.test(line.text)) {
                break;
            }
            if (text === "") {
                this.#at++;
                items.push(this.#block(indent + 1));
            } else if (/^-\s/.test(text) || KEY.test(text)) {
                // What follows the dash stands in its own column.
                this.#raw[this.#at] = " ".repeat(indent + 1 + space.length) + text;
                items.push(this.#block(indent + 1));
            } else {
                items.push(this.#rest(text, indent));
            }
        }
        return items;
    }

    #map(indent: number): unknown {
        const entries: [string, unknown][] = [];
        const first = this.line;
        for (let line = this.#peek(); line?.indent === indent; line = this.#peek()) {
            const [, key = "", text = ""] = KEY.exec(line.text) ?? [];
            if (key === "") {
                break;
            }
            entries.push([
                /^["']/.test(key) ? new Flow(key, line.number).quoted() : key,
                text === "" ? this.#nested(indent) : this.#rest(text, indent),
            ]);
        }
        const next = this.#peek();
        if (next !== undefined && next.indent > indent) {
            throw new Unreadable();
        }
        return entries.some(([key]) => key === "<<") ? notRead(first) : Object.fromEntries(entries);
    }

    /** What stands below a key; a list may stand in the key's own column. */
    #nested(indent: number): unknown {
        this.#at++;
        const next = this.#peek();
        return next?.indent === indent && /^-(\s|$)/.test(next.text)
            ? this.#list(indent)
            : this.#block(indent + 1);
    }

    /** A value that begins behind a key or a dash, and may go on in deeper lines. */
    #rest(text: string, indent: number): unknown {
        const number = this.#at + 1;
        if (/^[|>]/.test(text)) {
            return this.#literal(text, indent);
        }
        this.#at++;
        if (/^[&*!]/.test(text)) {
            this.#skipDeeper(indent);
            return notRead(number);
        }
        if (/^["'{[]/.test(text)) {
            return this.#flow(text, number, indent);
        }
        if (/^([%@`]|[?-]\s)|:(\s|$)/.test(text)) {
            throw new Unreadable();
        }
        return scalarOf([text, ...this.#deeper(indent)].join(" "));
    }

    /** A value in quotes or brackets, with as many more lines as it takes. */
    #flow(first: string, number: number, indent: number): unknown {
        let text = first;
        for (;;) {
            try {
                const flow = new Flow(text, number);
                const value = flow.value();
                if (text.slice(flow.end).trim() !== "") {
                    throw new Unreadable();
                }
                return value;
            } catch (error) {
                const next = this.#peek();
                if (!(error instanceof Unreadable) || next === undefined) {
                    throw error;
                }
                // Brackets may be closed in the column of their key.
                if (next.indent <= indent && !/^[\]}]/.test(next.text)) {
                    throw error;
                }
                text += `${/^["']/.test(first) ? " " : "\n"}${next.text}`;
                this.#at++;
            }
        }
    }

    #deeper(indent: number): string[] {
        const texts: string[] = [];
        for (let line = this.#peek(); line && line.indent > indent; line = this.#peek()) {
            if (KEY.test(line.text)) {
                throw new Unreadable();
            }
            texts.push(line.text);
            this.#at++;
        }
        return texts;
    }

    #skipDeeper(indent: number): void {
        for (let line = this.#peek(); line && line.indent > indent; line = this.#peek()) {
            this.#at++;
        }
    }

    /** The lines below `|` or `>`, as they are or folded. */
    #literal(header: string, indent: number): string {
        this.#at++;
        const lines: string[] = [];
        for (; this.#at < this.#raw.length; this.#at++) {
            const raw = this.#raw[this.#at] ?? "";
            if (raw.trim() !== "" && indentOf(raw) <= indent) {
                break;
            }
            lines.push(raw);
        }
        const said = /[1-9]/.exec(header)?.[0];
        const column =
            said === undefined
                ? Math.min(...lines.filter((line) => line.trim() !== "").map(indentOf))
                : Math.max(indent, 0) + Number(said);
        const text = lines.map((line) => line.slice(column)).join("\n");
        const folded = header.startsWith(">") ? text.replace(/(\S)\n(?=\S)/g, "$1 ") : text;
        return header.includes("-") ? folded.trimEnd() : `${folded.trimEnd()}\n`;
    }
}

/**
 * Reads the YAML that istioctl, Helm and people write: maps, lists, scalars, quotes, comments, literal texts, flow
 * maps and JSON. An {@link Unknown} stands for whatever else there is, so that it is never taken for absent.
 */
export function readYaml(text: string): unknown {
    const blocks = new Blocks(text);
    try {
        return /^\s*[[{]/.test(text) ? (jsonOf(text) ?? blocks.document()) : blocks.document();
    } catch (error) {
        if (error instanceof Unreadable) {
            return notRead(blocks.line);
        }
        throw error;
    }
}

/** What JSON says; `undefined` for what is none. */
function jsonOf(text: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return undefined;
    }
}

/** What a text says, as fields below the text's own. @throws UnknownValue */
export function yamlIn(field: Field): Field {
    const text = field.text();
    return new Field(field.object, field.path, text === undefined ? undefined : readYaml(text));
}
