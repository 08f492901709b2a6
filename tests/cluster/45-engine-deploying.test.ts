import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppsV1Api, CustomObjectsApi } from "@kubernetes/client-node";
import { execa } from "execa";
import { PULUMI_DIR } from "#local/deployer/home.ts";
import { deploy, previewLocal } from "#local/deployer/index.ts";
import {
    counts,
    NAMESPACE,
    options,
    PASSWORD,
    stateDirectory,
    stateFile,
    touched,
} from "./deployer/basic.ts";
import { CHECKOUT, coreApi, kubeConfig, mesh } from "./support.ts";

async function everyFile(directory: string): Promise<string[]> {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
}

describe("Pulumi's engine on the local cluster", () => {
    it("previews what is not there yet, and makes nothing", async () => {
        const planned = await previewLocal(options());
        assert.deepEqual(
            planned.map(({ name, action }) => `${name} ${action}`).sort(),
            ["deployment", "ns", "release", "secret", "settings"].map((name) => `${name} created`),
        );
        await assert.rejects(coreApi().readNamespace({ name: NAMESPACE }), { code: 404 });
    });

    it("makes everything and waits until it is ready", async () => {
        const summary = await deploy(options());
        assert.deepEqual(counts(summary), [5, 0, 0, 0, 0]);
        assert.deepEqual(summary.outputs, {
            note: "none",
            password: "[secret]",
            status: "deployed",
        });
        const api = kubeConfig().makeApiClient(AppsV1Api);
        for (const name of ["pause", "little"]) {
            const { status } = await api.readNamespacedDeployment({ name, namespace: NAMESPACE });
            assert.equal(status?.availableReplicas, 1, name);
        }
    });

    it("keeps no secret in plain text: not in the state, its history or what was reported", async () => {
        const lines: string[] = [];
        await deploy(options({ mode: "second" }, lines));
        assert.ok(!lines.join("\n").includes(PASSWORD));
        const files = await everyFile(join(await stateDirectory(), "backend"));
        assert.ok(files.includes(await stateFile()));
        for (const file of files) {
            assert.ok(!(await readFile(file, "utf8")).includes(PASSWORD), file);
        }
    });

    it("changes nothing the second time, and a preview says so", async () => {
        const secret = { name: "secret", namespace: NAMESPACE };
        const before = await coreApi().readNamespacedSecret(secret);
        assert.deepEqual(counts(await deploy(options({ mode: "second" }))), [0, 0, 0, 5, 0]);
        assert.deepEqual(await previewLocal(options({ mode: "second" })), []);
        assert.deepEqual(await coreApi().readNamespacedSecret(secret), before);
    });

    it("tells a change in place from a replacement", async () => {
        const change = { mode: "third", replicas: "2" };
        const planned = await previewLocal(options(change));
        assert.deepEqual(
            planned.find(({ name }) => name === "deployment"),
            {
                type: "kubernetes:apps/v1:Deployment",
                name: "deployment",
                action: "changed",
                fields: ["spec.replicas"],
            },
        );
        assert.deepEqual(touched(await deploy(options(change))), [
            "deployment changed",
            "settings replaced",
        ]);
        await deploy(options());
    });

    it("brings a change of an output alone into the state", async () => {
        const { outputs } = await deploy(options({ note: "another" }));
        assert.equal(outputs["note"], "another");
        assert.equal((await deploy(options())).outputs["note"], "none");
    });

    it("refuses a weak stack by the policy pack, before anything is changed", async () => {
        const pack = {
            folder: join(CHECKOUT, "policy"),
            config: join(CHECKOUT, "policy/config/local.json"),
        };
        const weak = { weak: "true", mode: "never" };
        await assert.rejects(deploy({ ...options(weak), policyPacks: [pack] }), {
            name: "DeployError",
            message: /^mandatory policy istio-peer-authentication-enforce-strict: weak: /m,
        });
        const objects = kubeConfig().makeApiClient(CustomObjectsApi);
        const strict = {
            group: "security.istio.io",
            version: "v1",
            namespace: NAMESPACE,
            plural: "peerauthentications",
            name: "default",
        };
        await assert.rejects(objects.getNamespacedCustomObject(strict), { code: 404 });
        const settings = { name: "settings", namespace: NAMESPACE };
        const { data } = await coreApi().readNamespacedConfigMap(settings);
        assert.deepEqual(data, { mode: "first" });
    });

    it("lets it pass where the pack's configuration makes its rules advice, and shows them", async () => {
        const config = join(await stateDirectory(), "advisory.json");
        await writeFile(config, JSON.stringify({ all: "advisory" }));
        const lines: string[] = [];
        const pack = { folder: join(CHECKOUT, "policy"), config };
        const weak = { ...options({ weak: "true" }, lines), policyPacks: [pack] };
        assert.deepEqual(touched(await deploy(weak)), ["weak created"]);
        const advice =
            /^(advisory|warning) policy istio-peer-authentication-enforce-strict: weak: /m;
        assert.match(lines.join("\n"), advice);
        assert.deepEqual(touched(await deploy(options())), ["weak deleted"]);
        await rm(config);
    });

    it("only advises where a preview does not know a value yet, and refuses once it does", async () => {
        const config = join(await stateDirectory(), "late.json");
        await writeFile(
            config,
            JSON.stringify({ "istio-namespace-enforce-injection": "disabled" }),
        );
        const pack = { folder: join(CHECKOUT, "policy"), config };
        const lines: string[] = [];
        const weak = { ...options({ weak: "true", late: "true" }, lines), policyPacks: [pack] };
        const planned = await previewLocal(weak);
        assert.deepEqual(planned.map(({ name, action }) => `${name} ${action}`).sort(), [
            "late created",
            "weak created",
        ]);
        const advice =
            /^advisory policy istio-peer-authentication-enforce-strict: weak: .*spec\.mtls\.mode/m;
        assert.match(lines.join("\n"), advice);
        await assert.rejects(deploy(weak), {
            name: "DeployError",
            message: /^mandatory policy istio-peer-authentication-enforce-strict: weak: /m,
        });
        await deploy(options());
        await rm(config);
    });
});

describe("a shell with mesh env", () => {
    it("uses the same engine and state, and the user's own Pulumi stays as it is", async () => {
        const { stdout, exitCode } = await mesh("env");
        assert.equal(exitCode, 0);
        const home = join(PULUMI_DIR, "somebody");
        await mkdir(home);
        try {
            const script = [
                stdout,
                "pulumi stack --show-name",
                "pulumi preview --expect-no-changes --json | tail -n 200",
            ].join("\n");
            const shell = await execa("bash", ["-euo", "pipefail", "-c", script], {
                env: { HOME: home, NODE_OPTIONS: "" },
            });
            const [name, ...rest] = shell.stdout.split("\n");
            assert.equal(name, "local");
            const { changeSummary } = JSON.parse(rest.join("\n").replace(/^[^{]*/, "")) as {
                changeSummary: Readonly<Record<string, number>>;
            };
            assert.deepEqual(Object.keys(changeSummary), ["same"]);
            assert.deepEqual(await readdir(home), []);
        } finally {
            await rm(home, { recursive: true });
        }
    });

    it("mesh preview says the same", async () => {
        const { stdout, exitCode } = await mesh("preview", "--json");
        assert.equal(exitCode, 0);
        assert.deepEqual(JSON.parse(stdout), { stack: "local", changes: [] });
    });
});
