import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { createProgram } from "#cli/main.ts";
import { describeError, exitCodeOf, onScreen, table } from "#cli/output.ts";
import { progressOn, runSteps } from "#cli/progress.ts";
import type { Step } from "#cli/progress.ts";
import { faultsOf } from "#cli/status.ts";
import { EnvironmentError } from "#errors.ts";
import { NodeError } from "#local/node/errors.ts";
import { askUntil } from "#wait.ts";

const { version } = createRequire(import.meta.url)("#package.json") as { readonly version: string };
const mesh = new URL("../../../bin/mesh.js", import.meta.url).pathname;

describe("mesh command line", () => {
    it("has the cluster's commands", () => {
        const names = createProgram("/checkout").commands.map((command) => command.name());
        for (const name of ["up", "down", "status", "kubeconfig"]) {
            ok(names.includes(name), name);
        }
    });

    const mistakes: readonly (readonly [string, readonly string[], RegExp])[] = [
        ["an unknown command", ["bogus"], /unknown command 'bogus'/],
        ["an unknown option", ["status", "--bogus"], /unknown option '--bogus'/],
        ["an argument too many", ["kubeconfig", "x"], /too many arguments/],
        ["a port without a value", ["up", "--api-port"], /argument missing/],
        [
            "an option twice",
            ["render", "--stack", "a", "--stack", "b"],
            /--stack .* is given twice/,
        ],
        ["no command", [], /Usage: mesh/],
        ["a long word", ["a".repeat(100_000)], /^error: unknown command 'a{500,600}…\n/],
    ];
    for (const [what, argv, message] of mistakes) {
        it(`ends with 2 and a sentence on stderr for ${what}`, async () => {
            const result = await execa(process.execPath, [mesh, ...argv], {
                reject: false,
                cwd: "/",
                env: { NODE_OPTIONS: "" },
            });
            strictEqual(result.exitCode, 2);
            match(result.stderr, message);
            strictEqual(result.stdout, "");
        });
    }

    it("prints its version on stdout and ends with 0", async () => {
        const { stdout } = await execa(process.execPath, [mesh, "--version"], { cwd: "/" });
        strictEqual(stdout, version);
    });

    it("prints help on stdout and ends with 0 from any directory", async () => {
        const result = await execa(process.execPath, [mesh, "--help"], {
            reject: false,
            cwd: "/",
            env: { NODE_OPTIONS: "" },
        });
        strictEqual(result.exitCode, 0);
        match(result.stdout, /Usage: mesh/);
    });
});

describe("mesh on a Node that is too old", () => {
    const old = `Object.defineProperty(process, "versions", { value: { node: "20.20.2" } })`;
    const words = (...argv: readonly string[]) => [
        ...["--import", `data:text/javascript,${old}`, mesh],
        ...argv,
    ];

    it("is run by the packages' own", async () => {
        const options = { cwd: "/", reject: false } as const;
        const [right, wrong] = await Promise.all([
            execa(process.execPath, words("--version"), options),
            execa(process.execPath, words("bogus"), options),
        ]);
        deepStrictEqual([right.stdout, right.exitCode], [version, 0]);
        deepStrictEqual([wrong.stdout, wrong.exitCode], ["", 2]);
    });

    it("does not go on when whoever called it is killed", async () => {
        const folder = await mkdtemp(join(tmpdir(), "mesh-main-test-"));
        const fifo = join(folder, "stdin");
        await execa("mkfifo", [fifo]);
        // It waits for its input, which never ends.
        const input = await open(fifo, "r+");
        const outer = spawn(process.execPath, words("policy", "--manifests", "-"), {
            stdio: [input.fd, "ignore", "ignore"],
        });
        const children = `/proc/${String(outer.pid)}/task/${String(outer.pid)}/children`;
        const patience = { milliseconds: 20_000, pause: 50 };
        const inner = await askUntil(() => readFile(children, "utf8"), Boolean, patience);
        match(inner, /^\d+ $/);
        outer.kill("SIGKILL");
        const isThere = () => Promise.resolve(existsSync(`/proc/${inner.trim()}`));
        const outlives = await askUntil(isThere, (there) => !there, patience);
        if (outlives) {
            process.kill(Number(inner));
        }
        await input.close();
        await rm(folder, { recursive: true });
        strictEqual(outlives, false);
    });
});

describe("steps elsewhere than on a terminal", () => {
    const screen = (): { readonly lines: string[]; write: (text: string) => void } => {
        const lines: string[] = [];
        return {
            lines,
            write: (text) => lines.push(text.replace(/^ *\d+\.\ds {2}/, "").trimEnd()),
        };
    };
    const step = (title: string, result?: string): Step => ({
        title,
        run: () => Promise.resolve(result),
    });

    it("are one line each, with what came of them", async () => {
        const seen = screen();
        await runSteps([step("One"), step("Two", "done")], seen);
        deepStrictEqual(seen.lines, ["One", "Two: done"]);
    });

    it("say what goes on inside them", async () => {
        const seen = screen();
        const build: Step = {
            title: "Build",
            run: (report) => {
                report("compiling");
                return Promise.resolve(undefined);
            },
        };
        await runSteps([build], seen);
        deepStrictEqual(seen.lines, ["Build: compiling", "Build"]);
    });

    it("stop at the one that fails", async () => {
        const seen = screen();
        const failing: Step = { title: "Bad", run: () => Promise.reject(new Error("no")) };
        await rejects(runSteps([step("One"), failing, step("Three")], seen), /^Error: no$/);
        deepStrictEqual(seen.lines, ["One", "Bad: failed"]);
    });
});

describe("progress", () => {
    const written = (isTTY: boolean): string => {
        let text = "";
        const { line, now, clear } = progressOn({
            isTTY,
            columns: 24,
            write: (more: string) => (text += more),
        });
        line("begins");
        now("half, and more than a line can hold");
        now("step", true);
        clear();
        return text.replaceAll("\r\x1b[K", "<");
    };

    it("is one line that is written anew on a terminal, and never wraps", () => {
        strictEqual(written(true), "<begins\n<half, and more than a l<step<");
    });

    it("is a line a step elsewhere", () => {
        strictEqual(written(false), "begins\nstep\n");
    });
});

describe("errors of a command", () => {
    it("end with 2 where the user or the machine must act, else with 1", () => {
        strictEqual(exitCodeOf(new EnvironmentError("x")), 2);
        strictEqual(exitCodeOf(new NodeError("x")), 1);
        strictEqual(exitCodeOf(new Error("x")), 1);
    });

    it("name the logs that say more", () => {
        strictEqual(
            describeError(new NodeError("It broke.", ["/a", "/b"])),
            "It broke.\nLogs: /a, /b",
        );
        strictEqual(describeError(new EnvironmentError("Port taken.")), "Port taken.");
        match(describeError(new TypeError("x is undefined")), /\n {4}at /);
    });
});

describe("what an error says", () => {
    it("is of a screen's length, and steers no terminal", () => {
        strictEqual(onScreen("one\r\ntwo\tthree"), "one\ntwo\tthree");
        strictEqual(onScreen("\u001b[2J\u0007a\u202eb"), "?[2J?a?b");
        strictEqual(onScreen("a".repeat(100_000)).length, 601);
        const lines = onScreen("a\n".repeat(10_000)).split("\n");
        strictEqual(lines.length, 41);
        strictEqual(lines.at(-1), "… and 9961 more lines");
    });

    it("is said of a working directory that is gone, and lost where stderr is full", async () => {
        const [gone, full] = await Promise.all(
            ['cd "$(mktemp -d)" && rmdir "$PWD" && "$@"', '"$@" 2>/dev/full'].map((script) =>
                execa("bash", ["-c", script, "bash", process.execPath, mesh, "bogus"], {
                    reject: false,
                }),
            ),
        );
        deepStrictEqual([gone?.exitCode, full?.exitCode], [2, 2]);
        strictEqual(gone?.stderr, "The working directory of mesh is gone; change to another one.");
    });
});

describe("status", () => {
    const well = {
        components: [{ name: "etcd", state: "run", pid: 1, seconds: 2 }],
        node: "ready",
        pods: [
            { namespace: "a", name: "b", phase: "Running", ready: 2, containers: 2, restarts: 0 },
            {
                namespace: "a",
                name: "done",
                phase: "Succeeded",
                ready: 0,
                containers: 1,
                restarts: 0,
            },
        ],
        ports: undefined,
        kubeconfig: "/k",
    } as const;

    it("finds no fault in a healthy cluster", () => {
        deepStrictEqual(faultsOf(well), []);
    });

    it("names what is down, not ready or unreachable", () => {
        const faults = faultsOf({
            ...well,
            components: [{ name: "etcd", state: "down" }],
            node: "unreachable",
            pods: [
                {
                    namespace: "a",
                    name: "b",
                    phase: "Pending",
                    ready: 1,
                    containers: 2,
                    restarts: 0,
                },
            ],
        });
        deepStrictEqual(faults, [
            "etcd is down",
            "the node is unreachable",
            "pod a/b is not ready (Pending)",
        ]);
    });

    it("aligns columns", () => {
        strictEqual(
            table([
                ["a", "bb"],
                ["ccc", ""],
            ]),
            "a    bb\nccc",
        );
    });
});
