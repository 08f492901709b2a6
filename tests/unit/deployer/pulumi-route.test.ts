import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { parse } from "yaml";

import { deployWithPulumi, previewWithPulumi } from "../../../local/deployer/pulumi-route.ts";
import { hasPulumiState } from "../../../local/deployer/pulumi-state.ts";
import type { DeployOptions, DeploySummary } from "../../../local/deployer/types.ts";
import { installFakePulumi } from "./fake-pulumi.ts";

interface Call {
    readonly args: string[];
    readonly cwd: string;
    readonly backend: string;
    readonly file?: string;
    readonly phrase?: string;
    readonly kubeconfig: string;
}

const STACK_FILE = "config:\n    mesh:environment: dev\n";
const PROJECT_FILE = "name: mesh\nmain: program/\nruntime: nodejs\n";

describe("deploying with the CLI", () => {
    let folder = "";
    let checkout = "";
    const before = new Map<string, string | undefined>();
    const setEnvironment = (name: string, value: string | undefined): void => {
        if (!before.has(name)) before.set(name, process.env[name]);
        if (value === undefined) Reflect.deleteProperty(process.env, name);
        else process.env[name] = value;
    };

    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "a4co-mesh-test-"));
        checkout = join(folder, "checkout");
        await mkdir(join(checkout, "program"), { recursive: true });
        await writeFile(join(checkout, "Pulumi.yaml"), PROJECT_FILE);
        await writeFile(join(checkout, "Pulumi.dev.yaml"), STACK_FILE);
        await installFakePulumi(join(folder, "cli"), join(folder, "log"));
        setEnvironment("XDG_STATE_HOME", join(folder, "state"));
        setEnvironment("PULUMI_CONFIG_PASSPHRASE", undefined);
        setEnvironment("PULUMI_CONFIG_PASSPHRASE_FILE", undefined);
    });
    afterEach(async () => {
        for (const [name, value] of before) setEnvironment(name, value);
        before.clear();
        await rm(folder, { recursive: true, force: true });
    });

    const options = (): DeployOptions => ({
        stack: "dev",
        kubeconfig: "/kubeconfig",
        program: join(checkout, "program", "index.ts"),
        report: () => undefined,
    });
    const cli = (): Promise<PulumiCommand> => PulumiCommand.get({ root: join(folder, "cli") });
    const deploy = async (cluster = "uid-1"): Promise<DeploySummary> =>
        deployWithPulumi(options(), await cli(), cluster);
    const calls = async (): Promise<Call[]> =>
        (await readFile(join(folder, "log"), "utf8"))
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as Call);

    beforeEach(async () => {
        // The project's files lie beside the program.
        await writeFile(join(checkout, "program", "Pulumi.yaml"), PROJECT_FILE);
        await writeFile(join(checkout, "program", "Pulumi.dev.yaml"), STACK_FILE);
    });

    it("previews what it would touch, and brings nothing up", async () => {
        deepStrictEqual(await previewWithPulumi(options(), await cli(), "uid-1"), [
            { type: "kubernetes:apps/v1:Deployment", name: "canary", action: "created" },
        ]);
        ok((await calls()).every(({ args }) => args[0] !== "up"));
    });

    it("makes the stack, brings it up without a question and returns what happened", async () => {
        const summary = await deploy();
        deepStrictEqual([summary.via, summary.created], ["pulumi", 1]);
        deepStrictEqual(summary.outputs, { host: "a4co.local", password: "[secret]" });
        const lines = (await calls()).map(({ args }) => args.join(" "));
        ok(lines.some((line) => line.startsWith("stack select --stack dev")));
        ok(lines.some((line) => line.startsWith("stack init dev")));
        const up = lines.find((line) => line.startsWith("up ")) ?? "";
        for (const flag of ["--yes", "--refresh", "--stack dev", "--non-interactive"]) {
            ok(up.includes(flag), flag);
        }
    });

    it("keeps state and passphrase outside the checkout, for the user's eyes only", async () => {
        await deploy();
        const up = (await calls()).find(({ args }) => args[0] === "up");
        const root = join(folder, "state", "a4co-mesh", "pulumi");
        strictEqual(up?.backend, `file://${join(root, "uid-1", "backend")}`);
        strictEqual(up.file, join(root, "passphrase"));
        strictEqual(up.kubeconfig, "/kubeconfig");
        strictEqual((await stat(root)).mode & 0o777, 0o700);
        strictEqual((await stat(up.file)).mode & 0o777, 0o600);
        const passphrase = await readFile(up.file, "utf8");
        ok(passphrase.length >= 40);
        for (const { args } of await calls()) ok(!args.join(" ").includes(passphrase));
    });

    it("leaves the checkout as it is, although the CLI writes into the stack's file", async () => {
        await deploy();
        strictEqual(
            await readFile(join(checkout, "program", "Pulumi.dev.yaml"), "utf8"),
            STACK_FILE,
        );
        strictEqual(await readFile(join(checkout, "program", "Pulumi.yaml"), "utf8"), PROJECT_FILE);
        const cwd = (await calls()).find(({ args }) => args[0] === "up")?.cwd ?? "";
        ok(!cwd.startsWith(checkout));
        const project = parse(await readFile(join(cwd, "Pulumi.yaml"), "utf8")) as { main: string };
        strictEqual(project.main, join(checkout, "program", "index.ts"));
    });

    it("takes over what changed in the stack's file and keeps the CLI's salt", async () => {
        await deploy();
        const changed = "config:\n    mesh:environment: prod\n";
        await writeFile(join(checkout, "program", "Pulumi.dev.yaml"), changed);
        await deploy();
        const cwd = (await calls()).at(-1)?.cwd ?? "";
        deepStrictEqual(parse(await readFile(join(cwd, "Pulumi.dev.yaml"), "utf8")), {
            config: { "mesh:environment": "prod" },
            encryptionsalt: "v1:made-by-the-cli",
        });
    });

    it("gives each cluster a state of its own", async () => {
        await deploy("uid-1");
        strictEqual(await hasPulumiState({ name: "mesh" }, "dev", "uid-1"), true);
        strictEqual(await hasPulumiState({ name: "mesh" }, "dev", "uid-2"), false);
        strictEqual(await hasPulumiState({ name: "mesh" }, "de", "uid-1"), false);
    });

    it("uses its own passphrase also where the user's variable is set", async () => {
        setEnvironment("PULUMI_CONFIG_PASSPHRASE", "");
        await deploy();
        const up = (await calls()).find(({ args }) => args[0] === "up");
        const file = join(folder, "state", "a4co-mesh", "pulumi", "passphrase");
        strictEqual(up?.phrase, await readFile(file, "utf8"));
    });

    it("leaves a stack the user encrypted to the user's passphrase", async () => {
        const encrypted = `encryptionsalt: v1:theirs\n${STACK_FILE}`;
        await writeFile(join(checkout, "program", "Pulumi.dev.yaml"), encrypted);
        await rejects(deploy(), {
            name: "EnvironmentError",
            message: /is encrypted with a passphrase/,
        });
        setEnvironment("PULUMI_CONFIG_PASSPHRASE", "theirs");
        await deploy();
        const up = (await calls()).find(({ args }) => args[0] === "up");
        deepStrictEqual([up?.phrase, up?.file], ["theirs", undefined]);
    });
});
