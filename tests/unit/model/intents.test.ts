import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import ts from "typescript";

const ROOT = resolve(import.meta.dirname, "../../..");
const SNIPPET = join(ROOT, "services", "snippet-of-a-test.ts");

const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
};

/** A file of `services/` with this text. */
function compiled(text: string): { program: ts.Program; source: ts.SourceFile } {
    const disk = ts.createCompilerHost(options);
    const host: ts.CompilerHost = {
        ...disk,
        fileExists: (file) => file === SNIPPET || disk.fileExists(file),
        readFile: (file) => (file === SNIPPET ? text : disk.readFile(file)),
        getSourceFile: (file, language, ...rest) =>
            file === SNIPPET
                ? ts.createSourceFile(file, text, language)
                : disk.getSourceFile(file, language, ...rest),
    };
    const program = ts.createProgram([SNIPPET], options, host);
    const source = program.getSourceFile(SNIPPET);
    assert.ok(source);
    return { program, source };
}

function symbolOf(checker: ts.TypeChecker, source: ts.SourceFile): ts.Symbol {
    const symbol = checker.getSymbolAtLocation(source);
    assert.ok(symbol);
    return symbol;
}

/** What the compiler says about it. */
function diagnostics(text: string): string[] {
    const { program, source } = compiled(text);
    return ts
        .getPreEmitDiagnostics(program, source)
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
}

interface Snippet {
    readonly callers?: string;
    readonly method?: string;
    readonly timeout?: string;
    readonly backing?: string;
    readonly path?: string;
    readonly listed?: string;
}

/** A catalogue of order, payment and one more service, `shipping`. */
function catalogWith(change: Snippet): string {
    const {
        callers = "order-service",
        method = "POST",
        timeout = "5s",
        path: allowed = "/ship",
    } = change;
    return `
        import { defineCatalog, defineService } from "../model/catalog.ts";
        import { nats } from "./nats.ts";
        import { order } from "./order.ts";
        import { payment } from "./payment.ts";
        const shipping = defineService({
            name: "shipping-service",
            port: 3007,
            image: "ghcr.io/a4co/shipping-service:1.0.0",
            routes: [{ prefix: "/ship", timeout: "${timeout}" }],
            callers: { "${callers}": [{ methods: ["${method}"], paths: ["${allowed}"] }] },
            ${change.backing === undefined ? "" : `backing: ["${change.backing}"],`}
            connectionPool: { maxConnections: 1, http1MaxPendingRequests: 1, http2MaxRequests: 1 },
            outlierDetection: {
                consecutive5xxErrors: 5,
                interval: "30s",
                baseEjectionTime: "30s",
                maxEjectionPercent: 50,
            },
        });
        export const catalog = defineCatalog({
            services: [${change.listed ?? "order, payment, shipping"}],
            backing: [nats],
        });
    `;
}

/** What does not compile, and what the compiler says about it. */
const REFUSED: readonly (readonly [string, Snippet, RegExp])[] = [
    [
        "a caller that is not in the catalogue",
        { callers: "warehouse-service" },
        /not in the catalogue.*"warehouse-service"/s,
    ],
    [
        "a caller that exists but is not listed",
        { listed: "payment, shipping" },
        /not in the catalogue.*"order-service"/s,
    ],
    [
        "a backing service that is not in the catalogue",
        { backing: "redis" },
        /not in the catalogue.*"redis"/s,
    ],
    ["a method that HTTP does not have", { method: "FETCH" }, /"FETCH"' is not assignable/],
    ["a duration without its unit", { timeout: "5" }, /"5"' is not assignable/],
    ["a path that does not begin with a slash", { path: "ship" }, /"ship"' is not assignable/],
];

describe("a declaration", () => {
    it("compiles with callers and backing services that are in the catalogue", () => {
        assert.deepEqual(diagnostics(catalogWith({})), []);
        assert.deepEqual(
            diagnostics(catalogWith({ callers: "ingress-gateway", backing: "nats" })),
            [],
        );
    });

    it("has a word for people on each of its fields, down to the last", () => {
        const text = `
            import type { BackingServiceDeclaration, ServiceDeclaration } from "../model/intents.ts";
            export declare const declared: { a: ServiceDeclaration; b: BackingServiceDeclaration };
        `;
        const { program, source } = compiled(text);
        const checker = program.getTypeChecker();
        const found: string[] = [];
        const look = (type: ts.Type, path: string): void => {
            for (const part of type.isUnion() ? type.types : [type]) {
                const item = checker.getIndexTypeOfType(part, ts.IndexKind.Number);
                if (item !== undefined && !(part.flags & ts.TypeFlags.StringLike)) {
                    look(item, `${path}[]`);
                } else if (part.flags & ts.TypeFlags.Object) {
                    part.getProperties().forEach((field) => {
                        const place = `${path}.${field.name}`;
                        const words = field.getDocumentationComment(checker);
                        found.push(words.length > 0 || path === "" ? place : `${place}: no word`);
                        look(checker.getTypeOfSymbolAtLocation(field, source), place);
                    });
                }
            }
        };
        const [declared] = checker.getExportsOfModule(symbolOf(checker, source));
        assert.ok(declared);
        look(checker.getTypeOfSymbolAtLocation(declared, source), "");
        assert.ok(found.includes(".a.routes[].retries.perTryTimeout"), found.join(" "));
        assert.deepEqual(
            found.filter((place) => place.endsWith("no word")),
            [],
        );
    });

    for (const [what, change, message] of REFUSED) {
        it(`does not compile with ${what}`, () => {
            const found = diagnostics(catalogWith(change));
            assert.equal(found.length, 1, found.join("\n"));
            assert.match(found[0] ?? "", message);
        });
    }
});
