import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";

import type { EngineEvent, PulumiCommand } from "@pulumi/pulumi/automation/index.js";

import type { CliProbe } from "../../../local/deployer/pulumi-cli.ts";
import { findPulumi, WRAPPER_VERSION } from "../../../local/deployer/pulumi-cli.ts";
import { EventLog, plainOutputs } from "../../../local/deployer/pulumi-route.ts";
import { DeployError } from "../../../local/deployer/types.ts";

interface Machine {
    /** Commands that end well. */
    readonly works?: readonly RegExp[];
    readonly reachable?: boolean;
    readonly wrapperInstalled?: boolean;
    readonly tooOld?: boolean;
}

/** A machine as {@link findPulumi} sees it, with what it ran. */
function machine(is: Machine): { probe: CliProbe; ran: string[]; roots: (string | undefined)[] } {
    const ran: string[] = [];
    const roots: (string | undefined)[] = [];
    return {
        ran,
        roots,
        probe: {
            failure: (file, args) => {
                const line = [file, ...args].join(" ");
                ran.push(line);
                const fine = is.works?.some((pattern) => pattern.test(line)) ?? false;
                return Promise.resolve(fine ? undefined : "pulumi: fetch failed");
            },
            exists: () => Promise.resolve(is.wrapperInstalled ?? false),
            reachable: () => Promise.resolve(is.reachable ?? false),
            command: (root) => {
                roots.push(root);
                return is.tooOld
                    ? Promise.reject(new Error("version 2.0.0 is too old"))
                    : Promise.resolve({} as PulumiCommand);
            },
        },
    };
}

const quiet = (): void => undefined;

describe("finding a Pulumi CLI", () => {
    it("takes the one on PATH without asking for anything else", async () => {
        const { probe, ran, roots } = machine({ works: [/^pulumi version$/] });
        ok((await findPulumi(quiet, probe)).command);
        deepStrictEqual([ran, roots], [["pulumi version"], [undefined]]);
    });

    it("takes the one npm's package downloaded earlier", async () => {
        const downloaded = new RegExp(`versions/${WRAPPER_VERSION}/bin/pulumi version$`);
        const { probe, ran, roots } = machine({ works: [downloaded] });
        ok((await findPulumi(quiet, probe)).command);
        strictEqual(ran.length, 2);
        match(roots[0] ?? "", new RegExp(`versions/${WRAPPER_VERSION}$`));
    });

    it("does not try to download where the host does not answer, and says why", async () => {
        const { probe, ran } = machine({});
        const cli = await findPulumi(quiet, probe);
        strictEqual(cli.command, undefined);
        match("why" in cli ? cli.why : "", /get\.pulumi\.com.* does not answer/);
        strictEqual(ran.length, 2);
    });

    it("downloads through the pinned package, or through the one of the checkout", async () => {
        const through = machine({ reachable: true, works: [/^npx/] });
        const lines: string[] = [];
        ok((await findPulumi((line) => lines.push(line), through.probe)).command);
        strictEqual(through.ran.at(-1), `npx --yes pulumi@${WRAPPER_VERSION} version`);
        strictEqual(lines.length, 1);
        const own = machine({ reachable: true, wrapperInstalled: true, works: [/\.bin\/pulumi/] });
        ok((await findPulumi(quiet, own.probe)).command);
        match(own.ran.at(-1) ?? "", /node_modules\/\.bin\/pulumi version$/);
    });

    it("passes on why the download failed", async () => {
        const cli = await findPulumi(quiet, machine({ reachable: true }).probe);
        deepStrictEqual(cli, { command: undefined, why: "npm's pulumi: pulumi: fetch failed" });
    });

    it("does not use one that the SDK finds too old", async () => {
        const cli = await findPulumi(quiet, machine({ works: [/./], tooOld: true }).probe);
        deepStrictEqual(cli, {
            command: undefined,
            why: "pulumi on PATH is not usable: version 2.0.0 is too old",
        });
    });
});

describe("what the CLI tells", () => {
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

    it("is counted like the embedded deployer counts", () => {
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
            ["a created", "b changed", "c unchanged", "d deleted", "e changed"],
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
