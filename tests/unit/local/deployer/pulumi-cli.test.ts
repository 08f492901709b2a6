import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { parse } from "yaml";
import { EnvironmentError } from "#errors.ts";
import { DeployError } from "#local/deployer/deployment.ts";
import { EventLog, plainOutputs } from "#local/deployer/events.ts";
import type { CliProbe } from "#local/deployer/pulumi-cli.ts";
import {
    OLDEST_CLI,
    pulumiOfNpm,
    pulumiOnPath,
    WRAPPER_VERSION,
} from "#local/deployer/pulumi-cli.ts";

interface Machine {
    /** What commands answer, by what matches their line. */
    readonly answers?: readonly (readonly [RegExp, string])[];
    readonly reachable?: boolean;
    readonly wrapperInstalled?: boolean;
}

/** A machine as the search sees it, with what it ran. */
function machine(is: Machine): { probe: CliProbe; ran: string[] } {
    const ran: string[] = [];
    return {
        ran,
        probe: {
            run: (file, args) => {
                const line = [file, ...args].join(" ");
                ran.push(line);
                const [, output] = is.answers?.find(([pattern]) => pattern.test(line)) ?? [];
                return Promise.resolve(
                    output === undefined ? { failure: "pulumi: fetch failed" } : { output },
                );
            },
            exists: () => Promise.resolve(is.wrapperInstalled ?? false),
            reachable: () => Promise.resolve(is.reachable ?? false),
        },
    };
}

const quiet = (): void => undefined;
const DOWNLOADED = new RegExp(`versions/${WRAPPER_VERSION}/bin/pulumi version$`);

describe("finding a Pulumi CLI", () => {
    it("takes the one on PATH without asking for anything else", async () => {
        const { probe, ran } = machine({ answers: [[/^pulumi version$/, "v3.300.1\n"]] });
        deepStrictEqual(await pulumiOnPath(quiet, probe), {
            path: "pulumi",
            version: "3.300.1",
            from: "from PATH",
        });
        deepStrictEqual(ran, ["pulumi version"]);
    });

    it("leaves one on PATH that is too old or no Pulumi, and says why", async () => {
        const lines: string[] = [];
        const old = machine({ answers: [[/./, "v3.200.0"]] });
        strictEqual(await pulumiOnPath((line) => lines.push(line), old.probe), undefined);
        deepStrictEqual(lines, [`pulumi on PATH is 3.200.0, and ${OLDEST_CLI} or newer is needed`]);
        const odd = machine({ answers: [[/./, "command of somebody else"]] });
        strictEqual(await pulumiOnPath(quiet, odd.probe), undefined);
    });

    it("takes the one npm's package downloaded earlier", async () => {
        const { probe, ran } = machine({ answers: [[DOWNLOADED, "v3.265.0"]] });
        strictEqual((await pulumiOfNpm(quiet, probe))?.version, "3.265.0");
        strictEqual(ran.length, 1);
    });

    it("does not try to download where the host does not answer", async () => {
        const { probe, ran } = machine({});
        strictEqual(await pulumiOfNpm(quiet, probe), undefined);
        strictEqual(ran.length, 1);
    });

    it("downloads through the pinned package, or through the one of the checkout", async () => {
        const through = machine({ reachable: true, answers: [[/^npx/, ""]] });
        await pulumiOfNpm(quiet, through.probe);
        ok(through.ran.includes(`npx --yes pulumi@${WRAPPER_VERSION} version`));
        const own = machine({ reachable: true, wrapperInstalled: true, answers: [[/\.bin/, ""]] });
        await pulumiOfNpm(quiet, own.probe);
        ok(own.ran.some((line) => line.endsWith("node_modules/.bin/pulumi version")));
    });

    it("passes on why the download failed", async () => {
        const lines: string[] = [];
        const { probe } = machine({ reachable: true });
        strictEqual(await pulumiOfNpm((line) => lines.push(line), probe), undefined);
        strictEqual(lines.at(-1), "npm's pulumi: pulumi: fetch failed");
    });

    it("needs the version that Pulumi.yaml requires", async () => {
        const project = new URL("../../../../Pulumi.yaml", import.meta.url);
        const { requiredPulumiVersion } = parse(await readFile(project, "utf8")) as {
            requiredPulumiVersion: string;
        };
        strictEqual(requiredPulumiVersion, `>=${OLDEST_CLI}`);
    });
});

describe("what the engine tells", () => {
    const done = (
        op: string,
        name: string,
        custom = true,
        type = "kubernetes:core/v1:ConfigMap",
    ): EngineEvent => {
        const urn = `urn:pulumi:dev::mesh::${type}::${name}`;
        const metadata = {
            op,
            urn,
            type,
            provider: "",
            new: { type, urn, custom, id: "", parent: "" },
        };
        return { resOutputsEvent: { metadata } } as unknown as EngineEvent;
    };

    it("is counted by what exists, not by what groups it", () => {
        const lines: string[] = [];
        const log = new EventLog((line) => lines.push(line));
        const events = [
            done("create", "a"),
            done("update", "b"),
            done("same", "c"),
            done("delete", "d"),
            done("create-replacement", "e"),
            done("replace", "e"),
            done("refresh", "f"),
            done("create", "component", false, "mesh:index:Microservice"),
            done("create", "provider", true, "pulumi:providers:kubernetes"),
        ];
        events.forEach(log.see);
        deepStrictEqual(
            log.outcomes.map(({ name, action }) => `${name} ${action}`),
            ["a created", "b changed", "c unchanged", "d deleted", "e replaced"],
        );
        strictEqual(lines.length, 4);
        strictEqual(lines[0], "+ kubernetes:core/v1:ConfigMap a created");
    });

    it("becomes the error when it fails, without colour marks", async () => {
        const lines: string[] = [];
        const log = new EventLog((line) => lines.push(line));
        const says = (severity: string, message: string): EngineEvent =>
            ({
                diagnosticEvent: {
                    severity,
                    message,
                    color: "raw",
                    urn: "urn:pulumi:d::m::t::order",
                },
            }) as EngineEvent;
        const failing = log.watch({}, () => {
            log.see(says("warning", "<{%fg 3%}>careful<{%reset%}>"));
            log.see(says("error", "<{%fg 1%}>it failed<{%reset%}>\n"));
            return Promise.reject(new Error("code: 255\n stdout: a long text"));
        });
        await failing.then(
            () => {
                ok(false);
            },
            (error: unknown) => {
                ok(error instanceof DeployError);
                strictEqual(error.message, "order: it failed");
            },
        );
        deepStrictEqual(lines, ["order: careful"]);
    });

    it("names a policy that refuses before everything else, and shows advice", async () => {
        const lines: string[] = [];
        const log = new EventLog((line) => lines.push(line));
        const judged = (enforcementLevel: string, policyName: string): EngineEvent =>
            ({
                policyEvent: {
                    enforcementLevel,
                    policyName,
                    message: "it is weak\n",
                    resourceUrn: "urn:pulumi:d::m::t::mtls",
                },
            }) as EngineEvent;
        await log
            .watch({}, () => {
                log.see(judged("advisory", "configure-share"));
                log.see(judged("mandatory", "enforce-strict"));
                return Promise.reject(new Error("code: 255"));
            })
            .then(
                () => {
                    ok(false);
                },
                (error: unknown) => {
                    ok(error instanceof DeployError);
                    match(error.message, /^mandatory policy enforce-strict: mtls: it is weak/);
                },
            );
        deepStrictEqual(lines, ["advisory policy configure-share: mtls: it is weak"]);
    });

    const faults: readonly (readonly [string, RegExp])[] = [
        ["writing the state: no space left on device", /^The disk is full/],
        ["error: incorrect passphrase", /^The passphrase does not fit/],
        [
            "the stack 'local' is newer than what this version of the Pulumi CLI understands.",
            /^A newer Pulumi wrote the state/,
        ],
    ];
    for (const [said, sentence] of faults) {
        it(`becomes one sentence: ${said}`, async () => {
            const failing = new EventLog(quiet).watch({}, () => Promise.reject(new Error(said)));
            await failing.then(
                () => {
                    ok(false);
                },
                (error: unknown) => {
                    ok(error instanceof EnvironmentError);
                    match(error.message, sentence);
                },
            );
        });
    }

    const stack = (before: object, after: object): EngineEvent => {
        const type = "pulumi:pulumi:Stack";
        const metadata = { op: "same", urn: `u::${type}::s`, type, provider: "" };
        return {
            resOutputsEvent: { metadata: { ...metadata, old: before, new: after } },
        } as unknown as EngineEvent;
    };
    const planned = (op: string, type: string): EngineEvent =>
        ({
            resourcePreEvent: { metadata: { op, urn: `u::${type}::n`, type, provider: "" } },
        }) as unknown as EngineEvent;
    const differences: readonly (readonly [string, EngineEvent, boolean])[] = [
        ["an output", stack({ outputs: { a: 1 } }, { outputs: { a: 2 } }), true],
        ["a component", planned("update", "mesh:index:Microservice"), true],
        ["a provider", planned("update", "pulumi:providers:kubernetes"), true],
        ["nothing", stack({ outputs: { a: 1 } }, { outputs: { a: 1 } }), false],
        ["nothing, refreshed", planned("refresh", "kubernetes:core/v1:ConfigMap"), false],
        ["nothing, resource by resource", planned("same", "kubernetes:core/v1:ConfigMap"), false],
    ];
    for (const [what, event, expected] of differences) {
        it(`${expected ? "is a difference" : "is none"} where ${what} would change`, () => {
            const log = new EventLog(quiet, true);
            log.see(event);
            strictEqual(log.differs, expected);
        });
    }

    it("never shows a secret output", () => {
        deepStrictEqual(
            plainOutputs({
                host: { value: "a4co.local", secret: false },
                password: { value: "hunter2", secret: true },
            }),
            { host: "a4co.local", password: "[secret]" },
        );
    });
});
