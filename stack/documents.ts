import type { Document } from "yaml";
import { CST, isAlias, isCollection, isNode, Lexer, parseDocument, visit } from "yaml";
import { EnvironmentError } from "#errors.ts";
import { MOST_BYTES, readText, shownName } from "#files.ts";

/** No configuration and no object of Kubernetes is nested as deep, and everything that reads one calls itself. */
const MOST_LEVELS = 250;
/** References that one document may make, counted with what they lead to: more are an attack. */
const MOST_ALIASES = 10_000;
/** Nodes times aliases of one document: the parser looks through all of them for each alias. */
const MOST_STEPS = 50_000_000;
/** Values for each character of a text, with everything that references repeat. */
const MOST_GROWTH = 10;

/**
 * The value in a file of YAML that somebody named.
 *
 * @throws EnvironmentError with the file and one sentence, which quotes nothing of it
 */
export async function readYaml(file: string): Promise<unknown> {
    return parseYaml(file, await readText(file, MOST_BYTES.configuration));
}

/**
 * The value in a file of JSON that somebody named.
 *
 * @param most bytes that are read
 * @throws EnvironmentError as {@link readYaml}
 */
export async function readJson(file: string, most: number): Promise<unknown> {
    const text = await readText(file, most);
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch (error) {
        // The message quotes the text.
        throw new EnvironmentError(`${shownName(file)} is not JSON${lineIn(text, error)}.`);
    }
    return bounded(file, value, text.length);
}

/**
 * The one document in a text of YAML.
 *
 * @param name of the file
 * @throws EnvironmentError as {@link readYaml}
 */
export function parseYaml(name: string, text: string): unknown {
    assertShallow(name, text);
    const document = parseDocument(text);
    const [error] = document.errors;
    if (error !== undefined) {
        throw notYaml(name, error.linePos?.[0].line ?? 1, error.code);
    }
    return valueOf(document, name, text);
}

/**
 * Parsers call themselves for each level, and a process whose stack is full may end on the spot: so the levels are counted
 * in what a text is made of, before it is parsed.
 *
 * @throws EnvironmentError for a text that is nested too deep
 */
export function assertShallow(name: string, text: string): void {
    let flow = 0;
    /** Columns at which blocks began that have not ended. */
    let blocks: number[] = [];
    let column = 0;
    let isFirst = true;
    let isScalar = false;
    for (const lexeme of new Lexer().lex(text)) {
        const type: ReturnType<typeof CST.tokenType> | undefined = isScalar
            ? undefined
            : CST.tokenType(lexeme);
        isScalar = type === "scalar";
        if (type === "newline") {
            [column, isFirst] = [0, true];
            continue;
        }
        if (type === "flow-map-start" || type === "flow-seq-start") {
            flow += 1;
        } else if (type === "flow-map-end" || type === "flow-seq-end") {
            flow = Math.max(0, flow - 1);
        } else if (type !== "space" && flow === 0) {
            const isItem = type === "seq-item-ind" || type === "explicit-key-ind";
            if (isFirst || isItem) {
                blocks = blocks.filter((before) => before < column);
                blocks.push(column);
            }
            isFirst = isItem;
        }
        column += isScalar ? 0 : lexeme.length;
        if (flow + blocks.length > MOST_LEVELS) {
            throw tooDeep(name);
        }
        if (lexeme.includes("\n")) {
            [column, isFirst] = [0, true];
        }
    }
}

/** What is said of a text that is not YAML: its line and what the parser calls it, and nothing of what stands there. */
export function notYaml(name: string, line: number, code: string, hint = ""): EnvironmentError {
    return code === "RESOURCE_EXHAUSTION"
        ? tooDeep(name)
        : new EnvironmentError(`${shownName(name)}:${line} is not YAML (${code})${hint}.`);
}

/**
 * The plain value of a document without errors.
 *
 * @param text that the document is in
 * @throws EnvironmentError where its references lead to themselves or make it grow, and where it is nested too deep
 */
export function valueOf(document: Document.Parsed, name: string, text: string): unknown {
    assertReferences(document, name, text);
    let value: unknown;
    try {
        value = document.toJS({ maxAliasCount: MOST_ALIASES });
    } catch {
        throw growing(name);
    }
    return bounded(name, value, text.length);
}

/** Each alias is looked for in all that stands before it, and may name nothing, or what it is in. */
function assertReferences(document: Document.Parsed, name: string, text: string): void {
    const anchors = new Set<string | undefined>();
    let nodes = 0;
    let aliases = 0;
    visit(document, (_, node, path) => {
        nodes += 1;
        if (isAlias(node)) {
            aliases += 1;
            const { source, range } = node;
            if (!anchors.has(source)) {
                throw notYaml(name, lineAt(text, range?.[0] ?? 0), "BAD_ALIAS");
            }
            if (path.some((around) => isCollection(around) && around.anchor === source)) {
                throw growing(name);
            }
        } else if (isNode(node)) {
            anchors.add(node.anchor);
        }
    });
    if (nodes * aliases > MOST_STEPS) {
        throw growing(name);
    }
}

/** A value that everything which calls itself can walk through. */
function bounded(name: string, value: unknown, length: number): unknown {
    let left = 1000 + MOST_GROWTH * length;
    const open: [inner: unknown, level: number][] = [[value, 0]];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
        const [inner, level] = next;
        if (typeof inner !== "object" || inner === null) {
            continue;
        }
        if (level > MOST_LEVELS) {
            throw tooDeep(name);
        }
        const below = Object.values(inner) as readonly unknown[];
        left -= below.length;
        if (left < 0) {
            throw growing(name);
        }
        for (const one of below) {
            open.push([one, level + 1]);
        }
    }
    return value;
}

function tooDeep(name: string): EnvironmentError {
    return new EnvironmentError(
        `${shownName(name)} cannot be read: it is nested more than ${MOST_LEVELS} levels deep.`,
    );
}

function growing(name: string): EnvironmentError {
    return new EnvironmentError(
        `${shownName(name)} grows without end: its aliases lead to themselves, or repeat too much.`,
    );
}

/** Where JSON ends to be JSON, as far as it is known. */
function lineIn(text: string, error: unknown): string {
    const [, position] = /at position (\d+)/.exec(String(error)) ?? [];
    return position === undefined ? "" : ` (line ${lineAt(text, Number(position))})`;
}

function lineAt(text: string, position: number): number {
    return text.slice(0, position).split("\n").length;
}
