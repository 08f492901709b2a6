import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { z } from "zod";
import { MARKER } from "#cli/check/report/markdown.ts";
import { Tree, WHOLE } from "../../../review/variants.ts";

const ROOT = join(import.meta.dirname, "../../../..");

/** A tag can be moved to other code; a commit cannot. */
const ACTION = /^[\w-]+(?:\/[\w-]+)+@[0-9a-f]{40}$/;

const step = z.strictObject({
    name: z.string().optional(),
    if: z.string().optional(),
    uses: z.string().regex(ACTION).optional(),
    run: z.string().optional(),
    with: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    env: z.record(z.string(), z.string()).optional(),
});
const steps = z
    .array(step)
    .refine((all) => all.every(({ uses, run }) => (uses === undefined) !== (run === undefined)));
const job = {
    if: z.string().optional(),
    name: z.string().optional(),
    needs: z.string().optional(),
    "runs-on": z.string(),
    "timeout-minutes": z.int(),
    env: z.record(z.string(), z.string()).optional(),
    steps,
};
const reading = z.strictObject({ contents: z.literal("read") });

/** What GitHub takes for a workflow, as far as this one says it; nothing but one job may write. */
const workflowFile = z.strictObject({
    name: z.literal("preview"),
    on: z.strictObject({ pull_request: z.null() }),
    permissions: z.strictObject({}),
    concurrency: z.strictObject({ group: z.string(), "cancel-in-progress": z.literal(true) }),
    jobs: z.strictObject({
        check: z.strictObject({ ...job, permissions: reading }),
        report: z.strictObject({
            ...job,
            permissions: z.strictObject({
                "pull-requests": z.literal("write"),
                "security-events": z.literal("write"),
            }),
        }),
        preview: z.strictObject({
            ...job,
            environment: z.string(),
            permissions: reading,
            strategy: z.strictObject({
                "fail-fast": z.literal(false),
                matrix: z.strictObject({ stack: z.array(z.string()) }),
            }),
        }),
    }),
});

describe("the workflow of the tests", () => {
    it("runs others' actions by their commits, and keeps no token for them", () => {
        const workflow = z
            .object({ jobs: z.record(z.string(), z.object({ steps })) })
            .parse(parse(readFileSync(join(ROOT, ".github/workflows/test.yml"), "utf8")));
        const checkouts = Object.values(workflow.jobs).flatMap((one) =>
            one.steps.filter(({ uses = "" }) => uses.startsWith("actions/checkout@")),
        );
        assert.deepEqual(
            checkouts.map((one) => one.with?.["persist-credentials"]),
            [false, false],
        );
    });
});

describe("the workflow of a pull request", function () {
    this.timeout(120_000);
    const workflow = workflowFile.parse(
        parse(readFileSync(join(ROOT, ".github/workflows/preview.yml"), "utf8")),
    );
    const { check, report, preview } = workflow.jobs;

    it("lets no job write that runs what the pull request brings", () => {
        assert.equal(report.needs, "check");
        assert.ok(report.steps.every(({ uses = "" }) => !uses.startsWith("actions/checkout@")));
        const commands = report.steps.flatMap(({ run = "" }) => run.split("\n"));
        assert.ok(commands.some((line) => line.includes("gh api")));
        assert.ok(commands.every((line) => !/\b(?:node|npm|npx|pulumi)\b/.test(line)));
        for (const { steps } of [check, preview]) {
            const checkouts = steps.filter(({ uses = "" }) => uses.startsWith("actions/checkout@"));
            assert.deepEqual(
                checkouts.map((one) => one.with?.["persist-credentials"]),
                [false],
            );
        }
    });

    it("gives credentials to no code before a reviewer of the stack's environment has seen it", () => {
        assert.ok(!JSON.stringify([check, report]).includes("secrets."));
        assert.equal(preview.environment, "preview-${{ matrix.stack }}");
        // A fork's has no secrets, and nobody is asked about it.
        const own = "github.event.pull_request.head.repo.full_name == github.repository";
        assert.equal(preview.if, own);
    });

    it("gives no secret to a command line", () => {
        for (const { run = "" } of [...check.steps, ...report.steps, ...preview.steps]) {
            // What GitHub fills in before a shell reads it is code: only the matrix is our own.
            const filled = run.match(/\$\{\{[^}]*\}\}/g) ?? [];
            assert.deepEqual(
                filled.filter((one) => one !== "${{ matrix.stack }}"),
                [],
            );
        }
    });

    it("finds its own comment again", () => {
        const comment = report.steps.find(({ name }) => name === "Comment")?.run ?? "";
        const own = `.user.login == "github-actions[bot]" and (.body | startswith("${MARKER}"))`;
        assert.ok(comment.includes(own));
    });

    it("previews stacks that there are", () => {
        const stacks = preview.strategy.matrix.stack;
        assert.deepEqual(stacks, ["dev", "prod"]);
        for (const stack of stacks) {
            assert.ok(existsSync(join(ROOT, `Pulumi.${stack}.yaml`)));
            assert.ok(existsSync(join(ROOT, `policy/config/${stack}.json`)));
        }
    });

    it("checks what a pull request merges, by the commands as they are written", async () => {
        const folder = await realpath(await mkdtemp(join(tmpdir(), "mesh-workflow-test-")));
        try {
            const tree = await Tree.at(
                join(folder, "repository"),
                WHOLE.filter((part) => part !== "Pulumi.dev.yaml"),
            );
            await mergePullRequest(tree);
            const clone = join(folder, "clone");
            const depth = check.steps[0]?.with?.["fetch-depth"];
            await execa("git", ["clone", `--depth=${depth}`, `file://${tree.directory}`, clone]);
            const packages = join(ROOT, "node_modules");
            await execa("ln", ["-s", packages, join(clone, "node_modules")]);
            const written = check.steps.flatMap(({ run = "" }) =>
                run === "" || run.startsWith("npm ci") ? [] : [run],
            );
            const summary = join(folder, "summary.md");
            const { exitCode, stderr } = await execa("bash", ["-e", "-c", written.join("\n")], {
                cwd: clone,
                // Nobody's Helm and nobody's cluster.
                env: { HOME: folder, GITHUB_STEP_SUMMARY: summary },
                reject: false,
            });
            assert.equal(exitCode, 0, stderr);
            const text = await readFile(summary, "utf8");
            assert.match(text, /order-service may now POST .*\/payments\/refund/);
            for (const file of ["check.md", "check.sarif", "check.html"]) {
                assert.ok(existsSync(join(clone, "report", file)), file);
            }
        } finally {
            await rm(folder, { recursive: true });
        }
    });
});

/** A main branch, and the commit by which GitHub tries a pull request: its second parent is the pull request's. */
async function mergePullRequest(tree: Tree): Promise<void> {
    const git = (...args: readonly string[]) =>
        execa("git", ["-c", "user.name=test", "-c", "user.email=test@example.invalid", ...args], {
            cwd: tree.directory,
        });
    await tree.write(".gitignore", "node_modules\n");
    await git("init", "--quiet", "--initial-branch", "main");
    await git("add", "--all");
    await git("commit", "--quiet", "--message", "base");
    await git("checkout", "--quiet", "-b", "change");
    await tree.replace(
        "services/payment.ts",
        `paths: ["/payments/process"]`,
        `paths: ["/payments/process", "/payments/refund"]`,
    );
    await git("commit", "--quiet", "--all", "--message", "change");
    await git("checkout", "--quiet", "main");
    await git("merge", "--quiet", "--no-ff", "--message", "merge", "change");
}
