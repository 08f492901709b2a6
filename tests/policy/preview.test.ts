import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "../..");

/** A CLI that says how it was called, and ends as it is told. */
const FAKE_PULUMI = `#!/bin/sh
echo "pulumi $*"
exit "$FAKE_EXIT"
`;

describe("the preview of a pull request", () => {
    let folder: string;
    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "mesh-preview-"));
        await writeFile(join(folder, "pulumi"), FAKE_PULUMI);
        await chmod(join(folder, "pulumi"), 0o755);
    });
    after(() => rm(folder, { recursive: true }));

    const preview = async (stack: string, env: Readonly<Record<string, string>>) => {
        const report = join(folder, "report.md");
        const { exitCode } = await execa(join(ROOT, ".ci/preview"), [stack, report], {
            reject: false,
            cwd: folder,
            env: {
                PATH: `${folder}:${process.env["PATH"] ?? ""}`,
                HOME: process.env["HOME"] ?? folder,
                ...env,
            },
            extendEnv: false,
        });
        return { exitCode, report: await readFile(report, "utf8") };
    };

    it("runs the CLI with the pack and the stack's settings where there is a backend", async () => {
        const { exitCode, report } = await preview("dev", {
            PULUMI_BACKEND_URL: "file:///state",
            FAKE_EXIT: "0",
        });
        assert.equal(exitCode, 0);
        assert.match(report, /^<!-- preview dev -->\n### `pulumi preview` of stack `dev` passes\n/);
        assert.match(
            report,
            /\npulumi preview --stack dev --policy-pack policy --policy-pack-config policy\/config\/dev\.json --non-interactive --color never\n/,
        );
        assert.match(report, /No kubeconfig was given/);
    });

    it("fails as the CLI fails, and shows why at once", async () => {
        const { exitCode, report } = await preview("prod", {
            PULUMI_ACCESS_TOKEN: "pul-token",
            FAKE_EXIT: "255",
        });
        assert.equal(exitCode, 255);
        assert.match(
            report,
            /### `pulumi preview` of stack `prod` \*\*fails\*\* \(exit code 255\)\n/,
        );
        assert.match(report, /<details open>/);
        assert.ok(!report.includes("pul-token"));
    });

    it("judges the program alone, and says so, where no credentials are", async () => {
        const { exitCode, report } = await preview("prod", {});
        assert.equal(exitCode, 0, report);
        assert.match(report, /### `mesh policy` of stack `prod` passes\n/);
        assert.match(report, /Neither PULUMI_ACCESS_TOKEN nor PULUMI_BACKEND_URL was given/);
        assert.match(report, /stack prod, as production: \d+ resources/);
    });

    it("has a workflow that may only read and comment, for stacks that there are", () => {
        const workflow = z
            .object({
                on: z.strictObject({ pull_request: z.null() }),
                permissions: z.strictObject({}),
                jobs: z.object({
                    preview: z.object({
                        permissions: z.strictObject({
                            contents: z.literal("read"),
                            "pull-requests": z.literal("write"),
                        }),
                        strategy: z.object({
                            matrix: z.object({ include: z.array(z.object({ stack: z.string() })) }),
                        }),
                    }),
                }),
            })
            .parse(parse(readFileSync(join(ROOT, ".github/workflows/preview.yml"), "utf8")));
        const stacks = workflow.jobs.preview.strategy.matrix.include.map(({ stack }) => stack);
        assert.deepEqual(stacks, ["dev", "prod"]);
        for (const stack of stacks) {
            assert.ok(existsSync(join(ROOT, `Pulumi.${stack}.yaml`)));
            assert.ok(existsSync(join(ROOT, `policy/config/${stack}.json`)));
        }
    });
});
