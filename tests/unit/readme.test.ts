import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const root = join(import.meta.dirname, "../..");
const project = z
    .object({
        config: z.record(
            z.string(),
            z.object({ type: z.string(), description: z.string(), default: z.unknown() }),
        ),
    })
    .parse(parse(readFileSync(join(root, "Pulumi.yaml"), "utf8")));
const readme = readFileSync(join(root, "README.md"), "utf8");

/** A row of the table for one key of `Pulumi.yaml`. */
function row([key, { description, default: value }]: [
    string,
    { description: string; default?: unknown },
]): string {
    const shown = typeof value === "string" ? value : JSON.stringify(value);
    return `| \`mesh:${key}\` | ${shown === "{}" ? "" : `\`${shown}\``} | ${description} |`;
}

describe("the README", () => {
    it("lists every key of the configuration as Pulumi.yaml declares it", () => {
        const rows = Object.entries(project.config).map(row);
        assert.deepEqual(
            readme.split("\n").filter((line) => line.startsWith("| `mesh:")),
            rows,
        );
    });
});
