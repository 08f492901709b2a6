import assert from "node:assert/strict";
import * as path from "node:path";
import { AppsV1Api } from "@kubernetes/client-node";
import { deploy, undeploy } from "../../local/deployer/index.ts";
import type { DeployOptions, DeploySummary } from "../../local/deployer/index.ts";
import { paths } from "../../local/node/layout.ts";
import { IMAGES } from "../../local/versions.ts";
import { coreApi, kubeConfig } from "./support.ts";

const NAMESPACE = "deployer-test";

/** Options for the small program in `deployer/`; `lines` collects what is reported. */
function options(config: Readonly<Record<string, string>>, lines: string[] = []): DeployOptions {
    return {
        stack: "test",
        kubeconfig: paths.kubeconfig,
        program: path.join(import.meta.dirname, "deployer", "program.ts"),
        config: { "deployer-test:image": IMAGES.pause, ...config },
        via: "embedded",
        report: (line) => lines.push(line),
    };
}

function counts({ created, changed, unchanged, deleted }: DeploySummary): number[] {
    return [created, changed, unchanged, deleted];
}

describe("deployment without the Pulumi CLI", () => {
    after(() => undeploy(options({})));

    it("makes everything, waits until it is ready and hides secret outputs", async () => {
        const summary = await deploy(options({}));
        assert.deepEqual(counts(summary), [6, 0, 0, 0]);
        assert.deepEqual(summary.outputs, { password: "[secret]", status: "deployed" });
        const api = kubeConfig().makeApiClient(AppsV1Api);
        for (const name of ["pause", "little"]) {
            const { status } = await api.readNamespacedDeployment({ name, namespace: NAMESPACE });
            assert.equal(status?.availableReplicas, 1, name);
        }
    });

    it("changes nothing the second time, not even the generated password", async () => {
        const secret = { name: "secret", namespace: NAMESPACE };
        const before = await coreApi().readNamespacedSecret(secret);
        assert.deepEqual(counts(await deploy(options({}))), [0, 0, 6, 0]);
        assert.deepEqual(await coreApi().readNamespacedSecret(secret), before);
    });

    it("repairs a release of which an object is gone", async () => {
        const little = { name: "little", namespace: NAMESPACE };
        await kubeConfig().makeApiClient(AppsV1Api).deleteNamespacedDeployment(little);
        assert.deepEqual(counts(await deploy(options({}))), [0, 1, 5, 0]);
        await kubeConfig().makeApiClient(AppsV1Api).readNamespacedDeployment(little);
    });

    it("goes on after it was interrupted in the middle of a release", async () => {
        const abort = new AbortController();
        const broken = { "deployer-test:image": "nowhere.invalid/none:1" };
        const interrupted = deploy({ ...options(broken), signal: abort.signal });
        setTimeout(() => {
            abort.abort();
        }, 8_000);
        await assert.rejects(interrupted, /^DeployError: interrupted/);
        const [created, changed, unchanged, deleted] = counts(await deploy(options({})));
        assert.deepEqual([created, deleted], [0, 0]);
        assert.equal((changed ?? 0) + (unchanged ?? 0), 6);
    });

    it("names the resource and the pod's reason when it fails", async () => {
        const broken = { "deployer-test:image": "nowhere.invalid/none:2" };
        await assert.rejects(deploy(options(broken)), (error: unknown) => {
            assert.ok(error instanceof Error);
            assert.match(error.message, /^(deployment|release) \(kubernetes:/);
            assert.match(error.message, /container pause (ErrImagePull|ImagePullBackOff)/);
            return true;
        });
    });

    it("removes what has left the program", async () => {
        const summary = await deploy(options({ "deployer-test:workload": "false" }));
        assert.equal(summary.deleted, 2);
        const { items } = await kubeConfig()
            .makeApiClient(AppsV1Api)
            .listNamespacedDeployment({ namespace: NAMESPACE });
        assert.deepEqual(items, []);
    });

    it("removes everything, and a second removal finds nothing", async () => {
        const removed = await undeploy(options({}));
        assert.equal(removed.deleted, 4);
        await assert.rejects(coreApi().readNamespace({ name: NAMESPACE }), { code: 404 });
        assert.deepEqual(counts(await undeploy(options({}))), [0, 0, 0, 0]);
    });
});
