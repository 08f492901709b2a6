import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import type { KubernetesObject } from "@kubernetes/client-node";
import {
    AppsV1Api,
    CustomObjectsApi,
    PatchStrategy,
    KubernetesObjectApi,
} from "@kubernetes/client-node";
import { execa } from "execa";
import { helmRecords } from "#local/deployer/helm-records.ts";
import { PULUMI_DIR } from "#local/deployer/home.ts";
import { deploy, previewLocal } from "#local/deployer/index.ts";
import type { DeployOptions, DeploySummary } from "#local/deployer/index.ts";
import { paths } from "#local/node/layout.ts";
import { IMAGES } from "#local/versions.ts";
import { destroy } from "./deployer/engine.ts";
import { CHECKOUT, coreApi, kubeConfig, mesh } from "./support.ts";

const NAMESPACE = "deployer-test";
/** As the program has it. */
const PASSWORD = "correct-horse-battery";

/** Runs a deployment in a process that can be killed. */
const KILLED = join(import.meta.dirname, "deployer/killed.ts");
/** Seconds: while the state is opened, during the preview, and during the update. */
const KILLED_AFTER = [1.5, 2.5, 3.5, 4.5];

/** Options for the small program in `deployer/`; `lines` collects what is reported. */
function options(
    config: Readonly<Record<string, string>> = {},
    lines: string[] = [],
): DeployOptions {
    const keyed = Object.entries(config).map(
        ([key, value]) => [`deployer-test:${key}`, value] as const,
    );
    return {
        stack: "test",
        kubeconfig: paths.kubeconfig,
        program: join(import.meta.dirname, "deployer/basic/program.ts"),
        config: { "deployer-test:image": IMAGES.pause, ...Object.fromEntries(keyed) },
        report: (line) => lines.push(line),
    };
}

function counts(summary: DeploySummary): number[] {
    const { created, changed, replaced, unchanged, deleted } = summary;
    return [created, changed, replaced, unchanged, deleted];
}

/** Names of the resources that a run did something to, with what. */
function touched({ resources }: DeploySummary): string[] {
    return resources
        .filter(({ action }) => action !== "unchanged")
        .map(({ name, action }) => `${name} ${action}`)
        .sort();
}

/** Patches an object as somebody with kubectl would. */
async function byHand(
    object: { readonly apiVersion: string; readonly kind: string; readonly name: string },
    patch: object,
): Promise<void> {
    const { apiVersion, kind, name } = object;
    const api = KubernetesObjectApi.makeApiClient(kubeConfig());
    const body: KubernetesObject = {
        apiVersion,
        kind,
        metadata: { name, namespace: NAMESPACE },
        ...patch,
    };
    await api.patch(
        body,
        undefined,
        undefined,
        "somebody",
        undefined,
        PatchStrategy.StrategicMergePatch,
    );
}

/** The folder of the cluster's state. */
async function stateDirectory(): Promise<string> {
    const [uid, ...others] = await readdir(PULUMI_DIR);
    assert.ok(uid !== undefined && others.length === 0, "there is more than one cluster's state");
    return join(PULUMI_DIR, uid);
}

async function stateFile(): Promise<string> {
    const stacks = join(await stateDirectory(), "backend/.pulumi/stacks");
    return join(stacks, "deployer-test/test.json");
}

async function everyFile(directory: string): Promise<string[]> {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
}

const pause = { apiVersion: "apps/v1", kind: "Deployment", name: "pause" };

describe("Pulumi's engine on the local cluster", () => {
    after(() => destroy(options()));

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

    it("says in one sentence that the disk is full, and goes on when it is not", async () => {
        const directory = dirname(await stateFile());
        const text = await readFile(await stateFile(), "utf8");
        await execa("mount", ["-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs", directory]);
        try {
            await writeFile(await stateFile(), text);
            const rest = join(directory, "rest");
            await execa("dd", ["if=/dev/zero", `of=${rest}`, "bs=1M"], { reject: false });
            await assert.rejects(deploy(options({ mode: "full" })), {
                name: "EnvironmentError",
                message: "The disk is full: free some space, and run the command again to go on.",
            });
            await rm(rest);
            await deploy(options({ mode: "full" }));
            assert.deepEqual(counts(await deploy(options({ mode: "full" }))), [0, 0, 0, 5, 0]);
        } finally {
            await execa("umount", [directory]);
        }
        await deploy(options());
    });

    it("removes a container that somebody added, and leaves them their annotation", async () => {
        const extra = { name: "extra", image: IMAGES.pause, imagePullPolicy: "IfNotPresent" };
        await byHand(pause, {
            metadata: {
                name: "pause",
                namespace: NAMESPACE,
                annotations: { "example.com/note": "theirs" },
            },
            spec: { template: { spec: { containers: [extra] } } },
        });
        const lines: string[] = [];
        await deploy(options({}, lines));
        const told = lines.filter((line) => line.includes("somebody added"));
        assert.equal(told.length, 1, lines.join("\n"));
        assert.match(told[0] ?? "", /containers\[\d\]; removed it$/);
        const { metadata, spec } = await kubeConfig()
            .makeApiClient(AppsV1Api)
            .readNamespacedDeployment({ name: "pause", namespace: NAMESPACE });
        assert.equal(metadata?.annotations?.["example.com/note"], "theirs");
        assert.deepEqual(
            spec?.template.spec?.containers.map(({ name }) => name),
            ["pause"],
        );
        assert.deepEqual(counts(await deploy(options())), [0, 0, 0, 5, 0]);
    });

    it("puts back what somebody changed, and makes again what they deleted", async () => {
        await byHand(pause, { spec: { replicas: 3 } });
        await coreApi().deleteNamespacedConfigMap({ name: "settings", namespace: NAMESPACE });
        const lines: string[] = [];
        assert.deepEqual(touched(await deploy(options({}, lines))), [
            "deployment changed",
            "settings created",
        ]);
        const told = lines.join("\n");
        assert.match(told, /Deployment deployment was changed: spec\.replicas/);
        assert.match(told, /ConfigMap settings is gone/);
    });

    it("upgrades a release of which one object is gone and another was changed", async () => {
        const little = { name: "little", namespace: NAMESPACE };
        await kubeConfig().makeApiClient(AppsV1Api).deleteNamespacedDeployment(little);
        await byHand(
            { apiVersion: "v1", kind: "ConfigMap", name: "little" },
            { data: { password: "another", more: "x" } },
        );
        const lines: string[] = [];
        assert.deepEqual(touched(await deploy(options({}, lines))), ["release changed"]);
        const told = lines.join("\n");
        assert.match(told, /release little: Deployment .+\/little is gone; it is upgraded/);
        assert.match(told, /release little: ConfigMap .+ was changed: data\.password/);
        assert.match(told, /somebody added data\.more; removed it/);
        await kubeConfig().makeApiClient(AppsV1Api).readNamespacedDeployment(little);
        const { data } = await coreApi().readNamespacedConfigMap(little);
        assert.deepEqual(data, { password: PASSWORD });
        assert.deepEqual(counts(await deploy(options())), [0, 0, 0, 5, 0]);
    });

    it("upgrades a release that Helm took for failed, behind Pulumi's back", async () => {
        const release = { name: "little", namespace: NAMESPACE };
        const { secret, revision } = (await helmRecords(coreApi(), release)).at(-1) ?? {};
        assert.ok(secret !== undefined && revision !== undefined, "there is no release");
        await coreApi().patchNamespacedSecret({
            name: secret.metadata?.name ?? "",
            namespace: NAMESPACE,
            body: [{ op: "replace", path: "/metadata/labels/status", value: "failed" }],
        });
        const lines: string[] = [];
        assert.deepEqual(touched(await deploy(options({}, lines))), ["release changed"]);
        assert.match(lines.join("\n"), /release little: was left failed; it is upgraded/);
        assert.equal((await helmRecords(coreApi(), release)).at(-1)?.status, "deployed");
    });

    it("goes on after it was interrupted in the middle of a release", async () => {
        const abort = new AbortController();
        const broken = { image: "nowhere.invalid/none:1" };
        const interrupted = deploy({ ...options(broken), signal: abort.signal });
        setTimeout(() => {
            abort.abort();
        }, 9_000);
        await assert.rejects(interrupted, /^DeployError: interrupted/);
        const [created, , , , deleted] = counts(await deploy(options()));
        assert.deepEqual([created, deleted], [0, 0]);
        assert.deepEqual(counts(await deploy(options())), [0, 0, 0, 5, 0]);
    });

    it("goes on after its process was killed, at whatever moment", async () => {
        await destroy(options());
        for (const seconds of KILLED_AFTER) {
            const child = execa(process.execPath, ["--import", "tsx", KILLED], { reject: false });
            const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000);
            const { signal } = await child;
            clearTimeout(timer);
            assert.equal(signal, "SIGKILL", `it ended before ${seconds} s were over`);
        }
        await deploy(options());
        assert.deepEqual(counts(await deploy(options())), [0, 0, 0, 5, 0]);
    });

    it("takes away the lock of an engine that was killed", async () => {
        const locks = join(
            await stateDirectory(),
            "backend/.pulumi/locks/organization/deployer-test/test",
        );
        await mkdir(locks, { recursive: true });
        const ended = execa("true");
        const { pid } = ended;
        await ended;
        const lock = { pid, username: "root", hostname: hostname(), timestamp: new Date() };
        await writeFile(join(locks, "dead.json"), JSON.stringify(lock));
        const lines: string[] = [];
        assert.deepEqual(counts(await deploy(options({}, lines))), [0, 0, 0, 5, 0]);
        assert.ok(lines.some((line) => line.includes("took its lock away")));
    });

    it("goes back to the last state that was kept when the file is damaged", async () => {
        const file = await stateFile();
        const text = await readFile(file, "utf8");
        await writeFile(file, text.slice(0, text.length / 2));
        const lines: string[] = [];
        assert.deepEqual(counts(await deploy(options({}, lines))), [0, 0, 0, 5, 0]);
        assert.ok(lines.some((line) => line.includes("was damaged; went back to")));
        const kept = await readdir(join(await stateDirectory(), "kept/test"));
        assert.ok(kept.length > 1 && kept.length <= 5, `${kept.length} states are kept`);
    });

    it("takes up a release that the state does not know", async () => {
        const file = await stateFile();
        const text = await readFile(file, "utf8");
        const state = JSON.parse(text) as {
            checkpoint: { latest: { resources: { type: string }[] } };
        };
        const { latest } = state.checkpoint;
        latest.resources = latest.resources.filter(({ type }) => !type.endsWith(":Release"));
        await writeFile(file, JSON.stringify(state));
        const lines: string[] = [];
        assert.deepEqual(touched(await deploy(options({}, lines))), ["release created"]);
        assert.match(lines.join("\n"), /release little was left deployed; it is taken up again/);
        assert.deepEqual(counts(await deploy(options())), [0, 0, 0, 5, 0]);
    });

    it("says in one sentence that a newer engine wrote the state", async () => {
        const file = await stateFile();
        const text = await readFile(file, "utf8");
        await writeFile(file, text.replace(/"version": *\d+/, '"version": 99'));
        try {
            await assert.rejects(deploy(options()), {
                name: "EnvironmentError",
                message: /^A newer Pulumi wrote the state/,
            });
        } finally {
            await writeFile(file, text);
        }
    });

    it("says in one sentence that the passphrase is gone", async () => {
        const passphrase = join(await stateDirectory(), "passphrase");
        await rename(passphrase, `${passphrase}.away`);
        try {
            await assert.rejects(deploy(options()), {
                name: "EnvironmentError",
                message: /passphrase is gone, and without it nobody can read the state/,
            });
        } finally {
            await rename(`${passphrase}.away`, passphrase);
        }
    });

    it("names the resource and the reason when one fails", async () => {
        await assert.rejects(deploy(options({ image: "nowhere.invalid/none:2" })), {
            name: "DeployError",
            message: /^deployment: [\s\S]*(ErrImagePull|ImagePullBackOff)/m,
        });
    });

    it("removes everything, and a second removal finds nothing", async () => {
        assert.deepEqual(await destroy(options()), [
            "deployment",
            "ns",
            "release",
            "secret",
            "settings",
        ]);
        await assert.rejects(coreApi().readNamespace({ name: NAMESPACE }), { code: 404 });
        assert.deepEqual(await destroy(options()), []);
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
