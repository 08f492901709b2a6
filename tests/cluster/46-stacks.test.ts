import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import { GRAFANA_ADMIN } from "#components/addons/grafana-values.ts";
import { KIALI_SIGNING } from "#components/addons/kiali-values.ts";
import { findEngine } from "#local/deployer/engine.ts";
import { PULUMI_DIR } from "#local/deployer/home.ts";
import { deploy, previewLocal } from "#local/deployer/index.ts";
import type { DeployOptions, PlannedChange } from "#local/deployer/index.ts";
import { paths } from "#local/node/layout.ts";
import { renderStack } from "../render/render.ts";
import { destroy, engineStack } from "./deployer/engine.ts";
import { goldenPlan, planLines } from "./deployer/planned.ts";
import type { StandIns } from "./deployer/stand-ins.ts";
import { makeStandIns } from "./deployer/stand-ins.ts";
import { CHECKOUT, coreApi, copyOfCheckout } from "./support.ts";

const NAMESPACE = "addons-test";

describe("the stacks of real clusters, by Pulumi's engine", () => {
    let standIns: StandIns;

    before(async () => {
        standIns = await makeStandIns();
    });

    after(() => standIns.remove());

    for (const stack of ["dev", "prod"] as const) {
        it(`${stack}: a preview on a cluster lists exactly the golden's resources, and the pack lets it pass`, async () => {
            const lines: string[] = [];
            const planned = await previewLocal({
                stack,
                kubeconfig: paths.kubeconfig,
                config: { "mesh:charts": standIns.charts },
                policyPacks: [
                    {
                        folder: join(CHECKOUT, "policy"),
                        config: join(CHECKOUT, "policy/config", `${stack}.json`),
                    },
                ],
                report: (line) => lines.push(line),
            });
            assert.deepEqual(
                planLines(planned),
                goldenPlan(await renderStack(stack)),
                lines.join("\n"),
            );
        });
    }
});

describe("a stack of one's own", () => {
    let standIns: StandIns;
    let checkout: string;

    before(async () => {
        [standIns, checkout] = await Promise.all([makeStandIns(), copyOfCheckout()]);
    });

    after(async () => {
        await standIns.remove();
        await rm(checkout, { recursive: true });
    });

    it("is previewed in one's own backend, and says so where it is not there", async () => {
        const backend = join(checkout, "backend");
        await mkdir(backend);
        const { bin, otherProviders } = await findEngine(() => undefined);
        const options = {
            cwd: checkout,
            reject: false,
            env: {
                PULUMI_BACKEND_URL: `file://${backend}`,
                PULUMI_CONFIG_PASSPHRASE: "somebody's own",
                PULUMI_HOME: join(checkout, "home"),
                KUBECONFIG: paths.kubeconfig,
                PATH: [otherProviders["random"], process.env["PATH"]].join(delimiter),
            },
        } as const;
        const preview = () =>
            execa(
                process.execPath,
                ["bin/mesh.js", "preview", "--stack", "dev", "--json"],
                options,
            );
        const none = await preview();
        assert.equal(none.exitCode, 2, none.stdout);
        assert.match(none.stderr, /^Stack dev cannot be selected: .*no stack named 'dev' found$/m);
        const pulumi = join(bin, "pulumi");
        for (const args of [
            ["stack", "init", "dev"],
            ["config", "set", "mesh:charts", standIns.charts, "--stack", "dev"],
        ]) {
            const { exitCode, stderr } = await execa(pulumi, args, options);
            assert.equal(exitCode, 0, stderr);
        }
        const { exitCode, stdout, stderr } = await preview();
        assert.equal(exitCode, 0, stderr);
        const { changes } = JSON.parse(stdout) as { changes: PlannedChange[] };
        assert.deepEqual(planLines(changes), goldenPlan(await renderStack("dev")));
    });
});

describe("the addons' secrets", () => {
    let standIns: StandIns;
    let lines: string[];

    function options(): DeployOptions {
        return {
            stack: "test",
            kubeconfig: paths.kubeconfig,
            program: join(import.meta.dirname, "deployer/addons/program.ts"),
            config: { "addons-test:charts": standIns.charts },
            report: (line) => lines.push(line),
        };
    }

    /** What is secret: as it is, and as the API server writes it. */
    async function secrets(): Promise<string[]> {
        const values = await Promise.all([
            secretValue(GRAFANA_ADMIN.secret, GRAFANA_ADMIN.passwordKey),
            secretValue(KIALI_SIGNING.secret, KIALI_SIGNING.key),
        ]);
        return values.flatMap((value) => [value, Buffer.from(value).toString("base64")]);
    }

    before(async () => {
        lines = [];
        standIns = await makeStandIns();
    });

    after(async () => {
        await destroy(options());
        await standIns.remove();
    });

    it("are made by the random provider, and are nowhere in plain text: state, events, output, logs", async () => {
        const told: string[] = [];
        const stack = await engineStack(options());
        const onEvent = (event: EngineEvent): void => {
            // The SDK's own trace of its calls, which the CLI shows with --debug and mesh never does.
            if (event.diagnosticEvent?.prefix !== "debug: ") {
                told.push(JSON.stringify(event));
            }
        };
        const onOutput = (text: string): void => void told.push(text);
        const said = { onEvent, onOutput, onError: onOutput, color: "never" as const };
        await stack.preview({ ...said, diff: true });
        await stack.up({ ...said, showSecrets: false });
        await stack.refresh({ ...said, showSecrets: false });
        const hidden = await secrets();
        assert.ok(
            hidden.every((value) => value.length >= 32),
            "there are no secrets to look for",
        );
        // The same secrets, changed by hand: what is told of a difference must not tell the difference.
        await coreApi().patchNamespacedSecret({
            name: GRAFANA_ADMIN.secret,
            namespace: NAMESPACE,
            body: [{ op: "replace", path: "/data/admin-password", value: "c29tZWJvZHktY2hvc2U=" }],
        });
        await deploy(options());
        assert.match(lines.join("\n"), /Secret grafana-admin-secret was changed/);
        assert.deepEqual(await secrets(), hidden);
        await deploy(options());
        const texts = [...told, ...lines, ...(await stateFiles())];
        for (const value of [...hidden, "c29tZWJvZHktY2hvc2U=", "somebody-chose"]) {
            const found = texts.filter((text) => text.includes(value));
            assert.deepEqual(
                found.map((text) => text.slice(0, 200)),
                [],
            );
        }
    });
});

async function secretValue(name: string, key: string): Promise<string> {
    const { data } = await coreApi().readNamespacedSecret({ name, namespace: NAMESPACE });
    return Buffer.from(data?.[key] ?? "", "base64").toString();
}

/** Everything below the folder of the clusters' states. */
async function stateFiles(): Promise<string[]> {
    const entries = await readdir(PULUMI_DIR, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return Promise.all(files.map((file) => readFile(join(file.parentPath, file.name), "utf8")));
}
