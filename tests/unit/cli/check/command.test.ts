import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { Log } from "sarif";
import { Clock } from "#cli/check/clock.ts";
import { runCheck } from "#cli/check/command.ts";
import type { CheckOptions } from "#cli/check/options.ts";
import { stackSides } from "#cli/check/sides.ts";
import { EnvironmentError } from "#errors.ts";
import { askUntil } from "#wait.ts";
import { Tree, WHOLE } from "../../../review/variants.ts";

const PAYMENT = "services/payment.ts";
const PROCESS = `paths: ["/payments/process"]`;

const POLICY = `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: allow-order, namespace: shop }
spec:
    selector: { matchLabels: { app: payment } }
    rules:
        - from: [{ source: { principals: [cluster.local/ns/shop/sa/order] } }]
          to: [{ operation: { methods: [POST], paths: [/payments] } }]
`;
const WORKLOAD = `apiVersion: apps/v1
kind: Deployment
metadata: { name: payment, namespace: shop }
spec:
    selector: { matchLabels: { app: payment } }
    template:
        metadata: { labels: { app: payment, sidecar.istio.io/inject: "true" } }
        spec:
            serviceAccountName: payment
            containers: [{ name: app, image: "payment:1", ports: [{ containerPort: 8080 }] }]
---
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { istio-injection: enabled } }
`;

describe("mesh check", function () {
    this.timeout(240_000);
    let folder: string;
    let tree: Tree;
    let manifests: string;
    before(async () => {
        folder = await realpath(await mkdtemp(join(tmpdir(), "mesh-check-test-")));
        tree = await Tree.at(join(folder, "checkout"), WHOLE);
        await tree.write(".gitignore", "node_modules\n");
        await commit(tree.directory);
        manifests = join(folder, "manifests");
        await mkdir(join(manifests, "shop"), { recursive: true });
        await writeFile(join(manifests, "shop/policy.yaml"), POLICY);
        await writeFile(join(manifests, "shop/workload.yaml"), WORKLOAD);
        await commit(manifests);
    });
    after(() => rm(folder, { recursive: true }));
    afterEach(() => execa("git", ["checkout", "--quiet", "."], { cwd: tree.directory }));

    const check = (args: readonly string[], cwd = tree.directory) =>
        execa(process.execPath, [join(tree.directory, "bin/mesh.js"), "check", ...args], {
            cwd,
            reject: false,
        });
    const prod = (...args: readonly string[]) => check(["--stack", "prod", "--no-pull", ...args]);

    it("says what a change lets happen, where it is declared, and writes its reports alone", async () => {
        await tree.replace(PAYMENT, PROCESS, `paths: ["/payments/process", "/payments/refund"]`);
        const files = await filesIn(folder);
        const reports = ["markdown", "sarif", "html"].map((format) =>
            join(folder, `report.${format}`),
        );
        const { exitCode, stdout, stderr } = await prod(
            ...["--base", "HEAD", "--fail-on", "weaker"],
            ...reports.flatMap((file) => [`--${file.split(".").at(-1) ?? ""}`, file]),
        );
        assert.equal(exitCode, 1, stderr);
        assert.match(
            stdout,
            /order-service may now POST .*\/payments\/refund at payment-service\n +because .+\n +at services\/payment\.ts:\d+\n/,
        );
        const [markdown = "", sarif = "", html = ""] = await Promise.all(
            reports.map((file) => readFile(file, "utf8")),
        );
        assert.match(markdown, /^<!-- mesh check -->\n/);
        assert.match(html, /<svg/);
        const line = (await readFile(join(tree.directory, PAYMENT), "utf8"))
            .split("\n")
            .findIndex((text) => text.includes("/payments/refund"));
        const { results = [] } = (JSON.parse(sarif) as Log).runs[0] ?? {};
        const granted = results.find(({ ruleId }) => ruleId === "weaker/access/granted");
        const { artifactLocation, region } = granted?.locations?.[0]?.physicalLocation ?? {};
        assert.deepEqual(
            { file: artifactLocation?.uri, line: region?.startLine },
            { file: PAYMENT, line: line + 1 },
        );
        assert.deepEqual(
            (await filesIn(folder)).filter((file) => !files.includes(file)),
            reports.map((file) => file.slice(folder.length + 1)).sort(),
        );
        const { stdout: status } = await execa("git", ["status", "--porcelain"], {
            cwd: tree.directory,
        });
        assert.equal(status.trim(), `M ${PAYMENT}`);
    });

    it("names a type error by its line, which rendering does not see", async () => {
        await tree.replace(PAYMENT, `"order-service": [`, `"nobody-service": [`);
        const { exitCode, stdout } = await prod();
        assert.equal(exitCode, 1);
        assert.match(stdout, /nobody-service[^]*\n +at services\/catalog\.ts:\d+\n/);
    });

    it("holds where a change weakens and nobody wants it to fail for that, and names charts that are not there", async () => {
        await tree.replace(PAYMENT, PROCESS, `paths: ["/payments/*"]`);
        const empty = join(folder, "charts");
        await mkdir(empty, { recursive: true });
        const { exitCode, stdout } = await check([
            ...["--stack", "prod", "--charts", empty, "--no-pull"],
            ...["--base", "HEAD", "--json"],
        ]);
        assert.equal(exitCode, 0);
        const { verdict, subjects, notJudged } = JSON.parse(stdout) as {
            verdict: { holds: boolean; weaker: number };
            subjects: readonly { notJudged: readonly string[] }[];
            notJudged: readonly string[];
        };
        assert.deepEqual([verdict.holds, verdict.weaker > 0], [true, true]);
        const said = [...notJudged, ...subjects.flatMap((subject) => subject.notJudged)];
        assert.ok(said.some((text) => /istiod|no helm/.test(text)));
    });

    it("ends with 2 and a sentence for what it cannot be asked", async () => {
        const empty = join(folder, "empty");
        await mkdir(empty);
        const wrong: readonly (readonly [Partial<CheckOptions>, RegExp])[] = [
            [{ stack: ["nowhere"] }, /^There is no stack nowhere in this checkout; .*prod\.$/],
            [{ base: "nowhere" }, /^--base nowhere: there is no such commit, branch or tag/],
            [{ failOn: "weaker" }, /^--fail-on weaker needs --base/],
            [{ config: "a.json" }, /^--config goes with --manifests/],
            [{ manifests: ["-"], base: "HEAD" }, /^--base goes with files/],
            [{ html: join(folder, "no/such/folder.html") }, /^--html: .* cannot be written/],
            [
                { markdown: join(folder, "a"), sarif: join(folder, "a") },
                /^--sarif and --markdown name the same file, .*; each report needs its own\.$/,
            ],
            [{ manifests: [empty] }, /^Nothing of Kubernetes is in manifests .*, so there is/],
        ];
        for (const [options, message] of wrong) {
            const running = runCheck(tree.directory, {
                pull: false,
                failOn: "mandatory",
                ...options,
            });
            await assert.rejects(running, { name: "EnvironmentError", message });
        }
        const { exitCode, stderr } = await check(["--manifests", "a", "--stack", "prod"]);
        assert.equal(exitCode, 2);
        assert.match(stderr, /cannot be used with option/);
    });

    it("shows no value of a Secret in any report, and says so where a report is lost", async () => {
        const secrets = join(folder, "secrets");
        await mkdir(secrets);
        const secret = (password: string) => `apiVersion: v1
kind: Secret
metadata:
    name: a
    namespace: shop
    annotations:
        kubectl.kubernetes.io/last-applied-configuration: '{"stringData":{"password":"${password}"}}'
stringData: { password: ${password} }
data: { token: ${Buffer.from(password).toString("base64")} }
`;
        await writeFile(join(secrets, "a.yaml"), secret("hunter22-before"));
        await commit(secrets);
        await writeFile(join(secrets, "a.yaml"), `${WORKLOAD}---\n${secret("hunter22-after")}`);
        const reports = ["markdown", "sarif", "html"].map((format) =>
            join(folder, `secret.${format}`),
        );
        const { stdout } = await check(
            [
                ...["--manifests", ".", "--base", "HEAD", "--json"],
                ...reports.flatMap((file) => [`--${file.split(".").at(-1) ?? ""}`, file]),
            ],
            secrets,
        );
        const texts = await Promise.all(reports.map((file) => readFile(file, "utf8")));
        assert.match(stdout, /Deployment shop\/payment/);
        for (const text of [stdout, ...texts]) {
            assert.doesNotMatch(text, /hunter22|aHVudGVyMjI/);
        }
        for (const args of [["--markdown", "/dev/full"], ["--json"]]) {
            const full = await execa(
                "bash",
                [
                    "-c",
                    `exec "$@" >${args[0] === "--json" ? "/dev/full" : "/dev/null"}`,
                    "bash",
                ].concat(
                    ...[process.execPath, join(tree.directory, "bin/mesh.js"), "check"],
                    ...["--manifests", ".", ...args],
                ),
                { cwd: secrets, reject: false },
            );
            assert.equal(full.exitCode, 2);
            assert.match(
                full.stderr,
                /^(?:--markdown: \S+|The output) cannot be written: ENOSPC.*$/,
            );
        }
    });

    it("leaves nothing behind where it is interrupted", async () => {
        const temporary = join(folder, "temporary");
        await mkdir(temporary);
        const folders = async () =>
            (await readdir(temporary)).filter((name) => name.startsWith("a4co-mesh-"));
        const running = execa(
            process.execPath,
            [
                ...[join(tree.directory, "bin/mesh.js"), "check"],
                ...["--stack", "prod", "--no-pull", "--base", "HEAD"],
            ],
            { cwd: tree.directory, reject: false, env: { TMPDIR: temporary } },
        );
        const patience = { milliseconds: 60_000, pause: 50 };
        const made = await askUntil(folders, ({ length }) => length > 0, patience);
        assert.equal(made.length, 1);
        running.kill("SIGTERM");
        const { exitCode, stderr } = await running;
        assert.equal(exitCode, 143);
        assert.match(stderr, /^\nInterrupted\. Nothing was changed\.$/);
        assert.deepEqual(await folders(), []);
    });

    it("is told of a base that does not render by the names of the base's own files", async () => {
        const base = await Tree.at(join(folder, "base"), ["Pulumi.yaml", "Pulumi.prod.yaml"]);
        const read = () =>
            stackSides(["prod", "dev"], {
                directory: base.directory,
                isBase: true,
                charts: { of: () => ({ none: "no chart is asked for" }), replaced: () => ({}) },
                clock: new Clock(),
                signal: new AbortController().signal,
            });
        await base.append("Pulumi.prod.yaml", "a: b: hunter22\n");
        const [[stack, side] = [], ...others] = [...(await read())];
        assert.deepEqual([stack, others], ["prod", []]);
        assert.ok(side instanceof EnvironmentError);
        assert.match(side.message, /^Pulumi\.prod\.yaml:15 is not YAML \(\w+\)\.$/);
        assert.ok(!side.message.includes("hunter22"));
        await base.remove("Pulumi.yaml");
        const missing = (await read()).get("prod");
        assert.ok(missing instanceof EnvironmentError);
        assert.match(missing.message, /^There is no Pulumi\.yaml\./);
    });

    it("compares foreign manifests with a revision of their own repository", async () => {
        await writeFile(
            join(manifests, "shop/policy.yaml"),
            POLICY.replace("methods: [POST]", "methods: [POST, DELETE]"),
        );
        const { stdout, stderr } = await check(
            ["--manifests", "shop", "--base", "HEAD", "--json"],
            manifests,
        );
        const { subjects } = JSON.parse(stdout) as {
            subjects: readonly {
                changes: readonly { text: string; weaker?: string; source?: object }[];
            }[];
        };
        const changes = subjects[0]?.changes ?? [];
        const granted = changes.find(({ weaker }) => weaker !== undefined);
        assert.match(granted?.text ?? stderr, /may now .*DELETE.*\/payments at payment/);
        assert.deepEqual(granted?.source, { file: "shop/policy.yaml", line: 1 });
    });
});

async function commit(repository: string): Promise<void> {
    const git = (...args: readonly string[]) => execa("git", args, { cwd: repository });
    await git("init", "--quiet", "--initial-branch", "main");
    await git("add", "--all");
    await git("config", "user.name", "test");
    await git("config", "user.email", "test@example.invalid");
    await git("commit", "--quiet", "--message", "base");
}

/** Every file of a folder but packages, relative to it. */
async function filesIn(folder: string): Promise<readonly string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
        .filter((file) => !file.includes("node_modules/"))
        .sort();
}
