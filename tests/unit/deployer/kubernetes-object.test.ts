import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";

import { KubeError } from "../../../local/deployer/embedded/kube-transport.ts";
import {
    applyObject,
    isKubernetesObject,
} from "../../../local/deployer/embedded/kubernetes-object.ts";
import type { ResourceRequest } from "../../../local/deployer/embedded/resource.ts";
import { FakeCluster } from "./fake-cluster.ts";
import { contextFor, requestFor } from "./fixtures.ts";

const TYPE = "kubernetes:core/v1:ConfigMap";
const PATH = "/api/v1/namespaces/a4co/configmaps/settings";

function configMap(
    data: Record<string, string>,
    more: Partial<ResourceRequest> = {},
): ResourceRequest {
    const metadata = { name: "settings", namespace: "a4co" };
    return requestFor(TYPE, "cm", { apiVersion: "v1", kind: "ConfigMap", metadata, data }, more);
}

describe("applying an object", () => {
    it("creates it, records it and returns what the server made of it", async () => {
        const cluster = new FakeCluster();
        const context = await contextFor(cluster);
        const { id, action, state } = await applyObject(context, configMap({ a: "1" }));
        deepStrictEqual([id, action], ["a4co/settings", "created"]);
        deepStrictEqual(state["data"], { a: "1" });
        const [entry] = context.inventory.entries;
        deepStrictEqual(entry?.subject, {
            is: "object",
            apiVersion: "v1",
            kind: "ConfigMap",
            name: "settings",
            namespace: "a4co",
        });
        strictEqual(entry.hash.length, 64);
    });

    it("records the intent before it applies", async () => {
        const cluster = new FakeCluster();
        await applyObject(await contextFor(cluster), configMap({}));
        const secret = cluster.writes.indexOf("POST /api/v1/namespaces/a4co-mesh-deployer/secrets");
        ok(secret !== -1 && secret < cluster.writes.indexOf(`PATCH ${PATH}`));
    });

    it("finds an equal one unchanged and writes nothing", async () => {
        const cluster = new FakeCluster();
        await applyObject(await contextFor(cluster), configMap({ a: "1" }));
        cluster.writes.length = 0;
        const { action } = await applyObject(await contextFor(cluster), configMap({ a: "1" }));
        strictEqual(action, "unchanged");
        deepStrictEqual(cluster.writes, [`PATCH ${PATH}`]);
    });

    it("counts a new input and a removed one as changes", async () => {
        const cluster = new FakeCluster();
        const context = await contextFor(cluster);
        await applyObject(context, configMap({ a: "1", b: "2" }));
        strictEqual((await applyObject(context, configMap({ a: "1" }))).action, "changed");
        deepStrictEqual(cluster.get(PATH)?.["data"], { a: "1" });
    });

    it("repairs what was changed by hand and leaves what others added", async () => {
        const cluster = new FakeCluster();
        const context = await contextFor(cluster);
        await applyObject(context, configMap({ a: "1" }));
        const live = cluster.get(PATH);
        ok(live);
        live["data"] = { a: "by hand", theirs: "2" };
        strictEqual((await applyObject(context, configMap({ a: "1" }))).action, "changed");
        deepStrictEqual(cluster.get(PATH)?.["data"], { a: "1", theirs: "2" });
    });

    it("does not call a status or another manager's note a change", async () => {
        const cluster = new FakeCluster();
        const context = await contextFor(cluster);
        await applyObject(context, configMap({ a: "1" }));
        const live = cluster.get(PATH);
        ok(live);
        live["status"] = { seen: true };
        live.metadata["managedFields"] = [{ manager: "kubectl" }];
        strictEqual((await applyObject(context, configMap({ a: "1" }))).action, "unchanged");
    });

    it("puts an object without namespace into the default one, and none on what has none", async () => {
        const cluster = new FakeCluster();
        const context = await contextFor(cluster);
        const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } };
        const { id } = await applyObject(context, requestFor(TYPE, "x", inputs));
        strictEqual(id, "default/x");
        const namespace = requestFor("kubernetes:core/v1:Namespace", "ns", {
            apiVersion: "v1",
            kind: "Namespace",
            metadata: { name: "a4co", namespace: "nonsense" },
        });
        strictEqual((await applyObject(context, namespace)).id, "a4co");
    });

    it("gives an object without a name the same automatic one each time", async () => {
        const cluster = new FakeCluster();
        const inputs = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "a4co" } };
        const request = requestFor(TYPE, "Auto", inputs);
        const first = await applyObject(await contextFor(cluster), request);
        match(first.id, /^a4co\/auto-[0-9a-f]{8}$/);
        const second = await applyObject(await contextFor(cluster), request);
        deepStrictEqual([second.id, second.action], [first.id, "unchanged"]);
    });

    it("leaves alone what ignoreChanges names, but sets it at first", async () => {
        const cluster = new FakeCluster();
        const context = await contextFor(cluster);
        const more = { ignoreChanges: ["data.a"] };
        await applyObject(context, configMap({ a: "1" }, more));
        const live = cluster.get(PATH);
        ok(live);
        live["data"] = { a: "scaled" };
        strictEqual((await applyObject(context, configMap({ a: "1" }, more))).action, "unchanged");
        deepStrictEqual(cluster.get(PATH)?.["data"], { a: "scaled" });
    });

    it("tries again while a webhook does not answer, and says so once", async () => {
        const cluster = new FakeCluster();
        const context = await contextFor(cluster);
        let left = 2;
        cluster.refuse = ({ method }) => {
            if (method !== "PATCH" || left === 0) return undefined;
            left -= 1;
            return new KubeError(500, "InternalError", 'failed calling webhook "x": no endpoints');
        };
        strictEqual((await applyObject(context, configMap({}))).action, "created");
        deepStrictEqual(context.lines, [
            `${TYPE} cm: trying again, failed calling webhook "x": no endpoints`,
        ]);
    });

    it("does not try again what a webhook denies", async () => {
        const cluster = new FakeCluster();
        const context = await contextFor(cluster);
        cluster.refuse = ({ method }) =>
            method === "PATCH" ? new KubeError(400, "BadRequest", "denied the request") : undefined;
        await rejects(applyObject(context, configMap({})), { message: "denied the request" });
        strictEqual(cluster.writes.filter((write) => write.startsWith("PATCH")).length, 1);
    });

    it("replaces an object whose immutable field changes", async () => {
        const cluster = new FakeCluster();
        const context = await contextFor(cluster);
        await applyObject(context, configMap({ a: "1" }));
        cluster.refuse = ({ method }) =>
            method === "PATCH" && cluster.get(PATH) !== undefined
                ? new KubeError(422, "Invalid", "data: field is immutable when `immutable` is set")
                : undefined;
        strictEqual((await applyObject(context, configMap({ a: "2" }))).action, "changed");
        deepStrictEqual(cluster.get(PATH)?.["data"], { a: "2" });
        ok(cluster.writes.includes(`DELETE ${PATH}`));
    });

    it("never deletes a namespace to get past an immutable field", async () => {
        const cluster = new FakeCluster();
        const context = await contextFor(cluster);
        const request = requestFor("kubernetes:core/v1:Namespace", "ns", {
            apiVersion: "v1",
            kind: "Namespace",
            metadata: { name: "a4co" },
        });
        await applyObject(context, request);
        cluster.refuse = ({ method }) =>
            method === "PATCH" ? new KubeError(422, "Invalid", "field is immutable") : undefined;
        await rejects(applyObject(context, request), /a Namespace is not replaced/);
        ok(cluster.get("/api/v1/namespaces/a4co"));
    });

    it("waits for the end of an object that is being removed", async () => {
        const cluster = new FakeCluster();
        const context = await contextFor(cluster);
        const metadata = { name: "settings", namespace: "a4co", deletionTimestamp: "2026-01-01" };
        cluster.put(PATH, { apiVersion: "v1", kind: "ConfigMap", metadata });
        strictEqual((await applyObject(context, configMap({}))).action, "created");
        strictEqual(cluster.get(PATH)?.metadata["deletionTimestamp"], undefined);
    });

    it("passes on the server's warnings", async () => {
        const cluster = new FakeCluster();
        const context = await contextFor(cluster);
        cluster.warnings = ['unknown field "spec.replica"'];
        await applyObject(context, configMap({}));
        deepStrictEqual(context.lines, ['ConfigMap settings: unknown field "spec.replica"']);
    });

    it("names the pod's reason when a Deployment does not become ready", async () => {
        const cluster = new FakeCluster();
        cluster.put("/api/v1/namespaces/a4co/pods/dep-1", {
            metadata: { name: "dep-1", labels: { app: "dep" } },
            status: {
                containerStatuses: [
                    {
                        name: "c",
                        state: {
                            waiting: { reason: "ImagePullBackOff", message: "no such image" },
                        },
                    },
                ],
            },
        });
        const request = requestFor(
            "kubernetes:apps/v1:Deployment",
            "dep",
            {
                apiVersion: "apps/v1",
                kind: "Deployment",
                metadata: { name: "dep", namespace: "a4co" },
                spec: { selector: { matchLabels: { app: "dep" } } },
            },
            { timeouts: { create: 1 } },
        );
        await rejects(applyObject(await contextFor(cluster), request), {
            name: "DeployError",
            message:
                "it was not ready after 0 seconds: 0 of 1 replicas are available, 0 are up to date; " +
                "pod dep-1: container c ImagePullBackOff (no such image)",
        });
    });
});

describe("what counts as an object", () => {
    const inputs = { apiVersion: "v1", kind: "ConfigMap" };
    const cases: [string, boolean, ResourceRequest["inputs"]][] = [
        ["kubernetes:core/v1:ConfigMap", true, inputs],
        ["kubernetes:core/v1:ConfigMapPatch", false, inputs],
        ["kubernetes:core/v1:ConfigMapList", false, { ...inputs, kind: "ConfigMapList" }],
        ["kubernetes:kustomize:Directory", false, {}],
        ["aws:s3:Bucket", false, inputs],
    ];
    for (const [type, expected, given] of cases) {
        it(`${type}: ${expected ? "yes" : "no"}`, () => {
            strictEqual(isKubernetesObject({ type, inputs: given }), expected);
        });
    }
});
