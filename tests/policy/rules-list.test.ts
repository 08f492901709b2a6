import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { rules } from "#policy/rules/index.ts";
import { SETTINGS_POLICY } from "#policy/settings.ts";

const folder = join(import.meta.dirname, "../../policy/rules");
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && file !== "index.ts")
    .filter((file) => /^[a-z-]+\/(enforce|disallow|configure)-[a-z0-9-]+\.ts$/.test(file));

/** The order in which every rule states its properties. */
const ORDER = [
    "name",
    "severity",
    "level",
    "description",
    "remediation",
    "url",
    "exemptible",
    "selects",
];

describe("the rules", () => {
    it("are the files of policy/rules, each named after its own", () => {
        assert.deepEqual(
            rules.map(({ name }) => name).sort(),
            files.map((file) => `istio-${file.replace("/", "-").replace(/\.ts$/, "")}`).sort(),
        );
    });

    it("have names that are nobody else's", () => {
        const names = [SETTINGS_POLICY, ...rules.map(({ name }) => name)];
        assert.equal(new Set(names).size, names.length);
    });

    for (const rule of rules) {
        it(`${rule.name} states its properties in the common order, and what goes wrong otherwise`, () => {
            assert.deepEqual(Object.keys(rule).slice(0, ORDER.length), ORDER);
            assert.match(rule.description, /\. Otherwise .+\.$/);
            assert.ok(
                rule.remediation.length > 0 && rule.remediation.every((step) => step.endsWith(".")),
            );
            assert.match(rule.url, /^https:\/\//);
            assert.ok(rule.selects.length > 0);
        });
    }

    /** What the pack's own package names, beside Pulumi's host. */
    const LIBRARIES = ["yaml"];

    it("judge nothing by importing the program, Pulumi or node", async () => {
        const { readFile } = await import("node:fs/promises");
        const root = join(folder, "..");
        const shared = readdirSync(root).filter(
            (file) => file.endsWith(".ts") && !["pack.ts", "adapter.ts"].includes(file),
        );
        for (const file of [...shared, ...files.map((name) => join("rules", name))]) {
            const text = await readFile(join(root, file), "utf8");
            const imported = [...text.matchAll(/^(import type|import).* from "([^"]+)"/gms)];
            for (const [, how, from = ""] of imported) {
                assert.ok(
                    from.startsWith(".") || LIBRARIES.includes(from) || how === "import type",
                    `${file} imports ${from}`,
                );
                assert.ok(!/^(\.\.\/){3}|components|model|services/.test(from), `${file}: ${from}`);
            }
        }
    });
});
