import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DeclaredPlace } from "#review/change.ts";
import { Declarations } from "#review/source/declarations.ts";
import { catalog } from "#services/catalog.ts";

const CHECKOUT = fileURLToPath(new URL("../../../../", import.meta.url));

async function lineOf(checkout: string, declared: DeclaredPlace): Promise<string> {
    const place = (await Declarations.read(checkout)).placeOf(declared);
    assert.ok(place);
    const text = await readFile(join(checkout, place.file), "utf8");
    return `${place.file}: ${text.split("\n")[place.line - 1]?.trim()}`;
}

describe("the place of a part of a declaration", () => {
    const cases: readonly (readonly [
        workload: string,
        path: DeclaredPlace["path"],
        expected: string,
    ])[] = [
        [
            "payment-service",
            ["callers", "order-service"],
            'services/payment.ts: "order-service": [',
        ],
        ["payment-service", ["routes", { prefix: "/payments" }, "timeout"], 'timeout: "15s",'],
        ["payment-service", ["routes", { prefix: "/payments" }, "retries", "attempts"], "retries:"],
        ["payment-service", ["connectionPool", "maxConnections"], "connectionPool: {"],
        ["payment-service", ["outlierDetection", "interval"], 'interval: "20s",'],
        ["payment-service", ["replicas"], "replicas: 4,"],
        ["order-service", ["backing", "nats"], 'services/order.ts: backing: ["nats"],'],
        ["nats", ["tcpConnectionPool", "connectTimeout"], "services/nats.ts: tcpConnectionPool:"],
        // What is gone, at what is left of it.
        ["payment-service", ["callers", "legacy-service"], "services/payment.ts: callers: {"],
        ["payment-service", ["routes", { prefix: "/gone" }, "timeout"], "routes: ["],
        ["payment-service", ["env", "LEVEL"], 'services/payment.ts: name: "payment-service",'],
        ["payment-service", [], 'services/payment.ts: name: "payment-service",'],
        ["gone-service", ["callers"], "services/catalog.ts: export const catalog = defineCatalog("],
    ];
    for (const [workload, path, expected] of cases) {
        it(`${workload} ${JSON.stringify(path)}`, async () => {
            const line = await lineOf(CHECKOUT, { workload, path });
            assert.ok(line.includes(expected), line);
        });
    }

    it("is known of every workload of the catalogue", async () => {
        for (const { name } of [...catalog.services, ...catalog.backing]) {
            const line = await lineOf(CHECKOUT, { workload: name, path: ["port"] });
            assert.match(line, /: port: \d+,$/, name);
        }
    });

    describe("of what is written in another way", () => {
        let folder = "";
        before(async () => {
            folder = await mkdtemp(join(tmpdir(), "mesh-declarations-"));
            await mkdir(join(folder, "services"));
            await writeFile(
                join(folder, "services/odd.ts"),
                [
                    'const NAME = "odd-service" as const;',
                    "const CALLERS = {",
                    '    "a-service": [],',
                    "};",
                    "const DECLARATION = ({",
                    "    'name': NAME,",
                    "    callers: CALLERS,",
                    "    routes: [{ prefix: '/a' }, {",
                    "        prefix: `/b`,",
                    "        timeout: '1s',",
                    "    }],",
                    "} satisfies object);",
                    "export const odd = defineService(DECLARATION);",
                    'const other = somethingElse({ name: "other-service" });',
                ].join("\n"),
            );
            await writeFile(
                join(folder, "services/broken.ts"),
                "export const = {{{ defineService(",
            );
        });
        after(() => rm(folder, { recursive: true }));

        it("follows names, quotes and assertions", async () => {
            const of = (path: DeclaredPlace["path"]): Promise<string> =>
                lineOf(folder, { workload: "odd-service", path });
            assert.match(await of(["callers", "a-service"]), /"a-service": \[\],/);
            assert.match(await of(["routes", { prefix: "/b" }, "timeout"]), /timeout: '1s'/);
            assert.match(await of(["nothing"]), /'name': NAME/);
        });

        it("takes nothing else for a declaration", async () => {
            const declarations = await Declarations.read(folder);
            assert.equal(declarations.placeOf({ workload: "other-service", path: [] }), undefined);
        });
    });

    it("is unknown in a checkout without declarations", async () => {
        const declarations = await Declarations.read("/nowhere");
        assert.equal(declarations.placeOf({ workload: "order-service", path: [] }), undefined);
    });
});
