import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type typescript from "typescript";
import type { DeclaredPlace, SourcePlace } from "../change.ts";
import type { Lines } from "./lines.ts";

type TypeScript = typeof typescript;
type Step = DeclaredPlace["path"][number];

/** Folder of the declarations below a checkout, and the file among them that lists all. */
const FOLDER = "services";
const CATALOG = "catalog.ts";
/** The functions that declare a workload, and the one that lists them. */
const DEFINES = /^define(?:\w*)Service$/;
const LISTS = "defineCatalog";

/** Where a part of a declaration is written: its first line, and all that belong to it. */
export interface DeclaredLines extends SourcePlace, Lines {}

/** The declarations of a checkout's workloads, as they are written. */
export class Declarations {
    readonly #ts: TypeScript;
    readonly #workloads = new Map<string, Literal>();
    #catalog: DeclaredLines | undefined;

    private constructor(ts: TypeScript) {
        this.#ts = ts;
    }

    /**
     * Reads the declarations; nothing is run and no type is checked.
     *
     * @param checkout where `services/` is
     * @returns without any where there is no such folder
     */
    static async read(checkout: string): Promise<Declarations> {
        // Loaded here: a check without a finding needs none of it. Required, because an import looks for the names that nine
        // megabytes of CommonJS export, which takes longer than to run them.
        const ts = createRequire(import.meta.url)("typescript") as TypeScript;
        const declarations = new Declarations(ts);
        const names = await readdir(join(checkout, FOLDER)).catch(() => []);
        for (const name of names.filter((one) => one.endsWith(".ts")).sort()) {
            const file = `${FOLDER}/${name}`;
            declarations.#add(file, await readFile(join(checkout, file), "utf8"));
        }
        return declarations;
    }

    /**
     * Where a part of a declaration is written. What is not there any more is where it was: at the longest part of its
     * path that is left, and for a workload that is gone at the list of all.
     */
    placeOf({ workload, path }: DeclaredPlace): DeclaredLines | undefined {
        const literal = this.#workloads.get(workload);
        return literal === undefined ? this.#catalog : literal.placeOf(path);
    }

    #add(file: string, text: string): void {
        const ts = this.#ts;
        const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
        const visit = (node: typescript.Node): void => {
            if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
                this.#addCall(source, node.expression.text, node);
            }
            ts.forEachChild(node, visit);
        };
        visit(source);
    }

    #addCall(source: typescript.SourceFile, called: string, call: typescript.CallExpression): void {
        const ts = this.#ts;
        const [argument] = call.arguments;
        const object = argument === undefined ? undefined : resolved(ts, source, argument);
        if (object === undefined || !ts.isObjectLiteralExpression(object)) {
            return;
        }
        const literal = new Literal(ts, source, object);
        if (called === LISTS && source.fileName.endsWith(`/${CATALOG}`)) {
            this.#catalog = literal.placeOf(["services"]);
        } else if (DEFINES.test(called)) {
            const name = literal.name;
            if (name !== undefined) {
                this.#workloads.set(name, literal);
            }
        }
    }
}

/** An object as it is written in a file. */
class Literal {
    readonly #ts: TypeScript;
    readonly #source: typescript.SourceFile;
    readonly #object: typescript.ObjectLiteralExpression;

    constructor(
        ts: TypeScript,
        source: typescript.SourceFile,
        object: typescript.ObjectLiteralExpression,
    ) {
        this.#ts = ts;
        this.#source = source;
        this.#object = object;
    }

    get name(): string | undefined {
        const written = propertyOf(this.#ts, this.#object, "name");
        return written === undefined ? undefined : this.#text(written);
    }

    /** The longest part of a path that is there; for none of it the name. */
    placeOf(path: readonly Step[]): DeclaredLines {
        const name = propertyOf(this.#ts, this.#object, "name");
        let place: typescript.Node = name ?? this.#object;
        let value: typescript.Node = this.#object;
        for (const step of path) {
            const next = this.#below(value, step);
            if (next === undefined) {
                break;
            }
            place = next;
            value = next;
        }
        return this.#linesOf(place);
    }

    /** What a step leads to: a property, or an element of a list by its value, its place or what it holds. */
    #below(node: typescript.Node, step: Step): typescript.Node | undefined {
        const ts = this.#ts;
        const value = this.#valueOf(node);
        if (ts.isArrayLiteralExpression(value)) {
            return value.elements.find((element, index) =>
                typeof step === "string"
                    ? this.#text(element) === step || String(index) === step
                    : this.#holds(element, step),
            );
        }
        return ts.isObjectLiteralExpression(value) && typeof step === "string"
            ? propertyOf(ts, value, step)
            : undefined;
    }

    #holds(node: typescript.Node, fields: Readonly<Record<string, string>>): boolean {
        const value = this.#valueOf(node);
        return (
            this.#ts.isObjectLiteralExpression(value) &&
            Object.entries(fields).every(([key, text]) => {
                const property = propertyOf(this.#ts, value, key);
                return property !== undefined && this.#text(property) === text;
            })
        );
    }

    #text(node: typescript.Node): string | undefined {
        const value = this.#valueOf(node);
        return this.#ts.isStringLiteralLike(value) || this.#ts.isNumericLiteral(value)
            ? value.text
            : undefined;
    }

    #valueOf(node: typescript.Node): typescript.Node {
        const value = this.#ts.isPropertyAssignment(node) ? node.initializer : node;
        return resolved(this.#ts, this.#source, value);
    }

    #linesOf(node: typescript.Node): DeclaredLines {
        const line = (position: number): number =>
            this.#source.getLineAndCharacterOfPosition(position).line + 1;
        const from = line(node.getStart(this.#source));
        return { file: this.#source.fileName, line: from, from, to: line(node.getEnd()) };
    }
}

function propertyOf(
    ts: TypeScript,
    object: typescript.ObjectLiteralExpression,
    name: string,
): typescript.ObjectLiteralElementLike | undefined {
    return object.properties.find(
        (property) =>
            property.name !== undefined &&
            (ts.isIdentifier(property.name) || ts.isStringLiteralLike(property.name)) &&
            property.name.text === name,
    );
}

/** How many names are followed to what they stand for. */
const MOST_NAMES = 8;

/** What an expression says without its assertions; a name stands for the constant of the same file. */
function resolved(
    ts: TypeScript,
    source: typescript.SourceFile,
    expression: typescript.Node,
    left = MOST_NAMES,
): typescript.Node {
    if (
        ts.isAsExpression(expression) ||
        ts.isSatisfiesExpression(expression) ||
        ts.isParenthesizedExpression(expression)
    ) {
        return resolved(ts, source, expression.expression, left);
    }
    if (!ts.isIdentifier(expression) || left === 0) {
        return expression;
    }
    const constant = source.statements
        .filter((statement) => ts.isVariableStatement(statement))
        .flatMap(({ declarationList }) => [...declarationList.declarations])
        .find(({ name }) => ts.isIdentifier(name) && name.text === expression.text);
    return constant?.initializer === undefined
        ? expression
        : resolved(ts, source, constant.initializer, left - 1);
}
