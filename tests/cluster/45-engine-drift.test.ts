import assert from "node:assert/strict";
import type { KubernetesObject } from "@kubernetes/client-node";
import { AppsV1Api, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import { helmRecords } from "#live/helm.ts";
import { deploy } from "#local/deployer/index.ts";
import { IMAGES } from "#local/versions.ts";
import { counts, NAMESPACE, options, PASSWORD, touched } from "./deployer/basic.ts";
import { coreApi, kubeConfig } from "./support.ts";

const pause = { apiVersion: "apps/v1", kind: "Deployment", name: "pause" };

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

describe("what was changed behind the engine's back", () => {
    before(() => deploy(options()));

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
});
