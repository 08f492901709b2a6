import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { errorsIn, typeErrors } from "#cli/check/types.ts";

describe("the compiler's errors", () => {
    it("are one for each, with its line and all that is said of it", () => {
        const output = `services/a.ts(3,5): error TS2322: Type 'number' is not assignable to type 'string'.
services/catalog.ts(8,50): error TS2345: Argument is not assignable.
  Type 'A' is missing
    the rest.
error TS5083: Cannot read file 'tsconfig.json'.
`;
        assert.deepEqual(errorsIn(output), [
            {
                message: "error TS2322: Type 'number' is not assignable to type 'string'.",
                source: { file: "services/a.ts", line: 3 },
            },
            {
                message:
                    "error TS2345: Argument is not assignable.\n  Type 'A' is missing\n    the rest.",
                source: { file: "services/catalog.ts", line: 8 },
            },
            { message: "error TS5083: Cannot read file 'tsconfig.json'." },
        ]);
    });

    it("are none where it says nothing", () => {
        assert.deepEqual(errorsIn(""), []);
    });
});

describe("the compiler, asked again", function () {
    this.timeout(120_000);
    const cache = process.env["XDG_CACHE_HOME"];
    let folder: string;
    let checkout: string;
    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "mesh-types-test-"));
        process.env["XDG_CACHE_HOME"] = join(folder, "cache");
        checkout = join(folder, "checkout");
        await mkdir(checkout);
        const compilerOptions = { lib: ["ES2023"], types: [], strict: true };
        await write(
            "tsconfig.program.json",
            JSON.stringify({ compilerOptions, files: ["index.ts"] }),
        );
        await write(
            "index.ts",
            `import { port } from "./port";\n\nexport const next: number = port + 1;\n`,
        );
        await write("port.ts", "export const port = 80;\n");
    });
    afterEach(async () => {
        if (cache === undefined) {
            delete process.env["XDG_CACHE_HOME"];
        } else {
            process.env["XDG_CACHE_HOME"] = cache;
        }
        await rm(folder, { recursive: true });
    });

    const write = (file: string, text: string) => writeFile(join(checkout, file), text);
    const lines = async () =>
        (await typeErrors(checkout, new AbortController().signal)).map(
            ({ message, source }) => `${source?.file}:${source?.line} ${message.split(":")[0]}`,
        );

    it("names an error that a change makes in a file that is as it was, and none when it is gone", async () => {
        assert.deepEqual(await lines(), []);
        await write("port.ts", `export const port = "80";\n`);
        assert.deepEqual(await lines(), ["index.ts:3 error TS2322"]);
        assert.deepEqual(await lines(), ["index.ts:3 error TS2322"]);
        await write("port.ts", "export const port = 8080;\n");
        assert.deepEqual(await lines(), []);
        assert.deepEqual((await readdir(checkout)).sort(), [
            ...["index.ts", "port.ts", "tsconfig.program.json"],
        ]);
    });

    it("needs no notes that can be read or written", async () => {
        await write("port.ts", `export const port = "80";\n`);
        await lines();
        const notes = join(folder, "cache/a4co-mesh/types");
        const [file = ""] = await readdir(notes);
        const text = await readFile(join(notes, file), "utf8");
        await writeFile(join(notes, file), text.slice(0, text.length / 2));
        assert.deepEqual(await lines(), ["index.ts:3 error TS2322"]);
        process.env["XDG_CACHE_HOME"] = join(checkout, "index.ts");
        assert.deepEqual(await lines(), ["index.ts:3 error TS2322"]);
        await write("port.ts", "export const port = 80;\n");
        assert.deepEqual(await lines(), []);
    });
});
