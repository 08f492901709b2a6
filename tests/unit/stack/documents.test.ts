import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MOST_BYTES } from "#files.ts";
import { parseYaml, readJson } from "#stack/documents.ts";

const SECRET = "hunter22";
/** Each level names the one below nine times. */
const LAUGHS = Array.from({ length: 12 }, (_, level) =>
    level === 0
        ? "a0: &a0 [x, x, x, x, x, x, x, x, x]"
        : `a${level}: &a${level} [${Array(9)
              .fill(`*a${level - 1}`)
              .join(", ")}]`,
).join("\n");
const TOO_DEEP = "f cannot be read: it is nested more than 250 levels deep.";
const GROWS = "f grows without end: its aliases lead to themselves, or repeat too much.";
/** One long list, named by many. */
const REPEATED = `a: &a [${"x, ".repeat(3000)}]\nb: [${"*a, ".repeat(3000)}]`;

describe("a document that somebody names", () => {
    for (const [what, text, message] of [
        ["nested flow", `a: ${"[".repeat(5000)}${"]".repeat(5000)}`, TOO_DEEP],
        ["nested lists", `${"- ".repeat(5000)}a`, TOO_DEEP],
        ["maps that do not end", "{".repeat(100_000), TOO_DEEP],
        ["keys that are keys", `${"? ".repeat(5000)}a`, TOO_DEEP],
        [
            "nested lines",
            Array.from({ length: 400 }, (_, level) => `${" ".repeat(level)}a:`).join("\n"),
            TOO_DEEP,
        ],
        ["somewhat nested lists", `${"- ".repeat(300)}a`, TOO_DEEP],
        ["a cycle", "a: &a { b: *a }", GROWS],
        ["a cycle of lists", "&a [*a]", GROWS],
        ["a bomb", LAUGHS, GROWS],
        ["a long list many times", REPEATED, GROWS],
        ["an alias to nothing", `a: *${SECRET}`, "f:1 is not YAML (BAD_ALIAS)."],
        ["a list that does not end", `a: [${SECRET}`, "f:1 is not YAML (BAD_INDENT)."],
        ["a map in a line", `a: b\nc: d: ${SECRET}`, "f:2 is not YAML (BLOCK_AS_IMPLICIT_KEY)."],
        ["a key twice", `a: 1\na: ${SECRET}`, "f:2 is not YAML (DUPLICATE_KEY)."],
        ["two documents", "a: 1\n---\na: 2", "f:2 is not YAML (MULTIPLE_DOCS)."],
    ] as const) {
        it(`is refused in YAML for ${what}`, () => {
            assert.throws(
                () => parseYaml("f", text),
                (error: Error) => {
                    assert.equal(error.name, "EnvironmentError");
                    assert.equal(error.message, message);
                    return true;
                },
            );
        });
    }

    it("is read in YAML with aliases, and as deep as anything is", () => {
        assert.deepEqual(parseYaml("f", "a: &a [1]\nb: *a\r\n"), { a: [1], b: [1] });
        assert.ok(parseYaml("f", `${"- ".repeat(100)}a`) !== undefined);
        assert.equal(parseYaml("f", ""), null);
        const text = "[{- ? ".repeat(1000);
        assert.deepEqual(parseYaml("f", `a: |\n  ${text}\nb: "${text}"\nc: x${text} # ${text}`), {
            a: `${text}\n`,
            b: text,
            c: `x${text.trimEnd()}`,
        });
        const many = parseYaml("f", "- a: 1\n  b:\n  - c\n".repeat(1000));
        assert.equal((many as unknown[]).length, 1000);
    });

    it("is refused in JSON without a word of what stands there", async () => {
        const folder = await mkdtemp(join(tmpdir(), "a4co-mesh-documents-"));
        const file = join(folder, "f.json");
        const nested = (levels: number): string =>
            '{"a":'.repeat(levels) + "1" + "}".repeat(levels);
        for (const [text, message] of [
            [`{"password": ${SECRET}}`, /^\S+f\.json is not JSON( \(line 1\))?\.$/],
            [`{"password":\n"${SECRET}",}`, /^\S+f\.json is not JSON( \(line 2\))?\.$/],
            ["", /^\S+f\.json is not JSON\.$/],
            [nested(5000), /nested more than 250 levels deep\.$/],
            [nested(500_000), /nested more than 250 levels deep\.$/],
        ] as const) {
            await writeFile(file, text);
            await assert.rejects(readJson(file, MOST_BYTES.state), {
                name: "EnvironmentError",
                message,
            });
        }
        await writeFile(file, `\ufeff${nested(100)}`);
        assert.ok(await readJson(file, MOST_BYTES.state));
        await rm(folder, { recursive: true });
    });
});
