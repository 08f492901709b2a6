import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";

import type { InventoryEntry } from "../../../local/deployer/embedded/inventory-entry.ts";
import { subjectKey } from "../../../local/deployer/embedded/inventory-entry.ts";
import { Inventory, inventoryName } from "../../../local/deployer/embedded/inventory.ts";
import { FakeCluster } from "./fake-cluster.ts";
import { configMapEntry } from "./fixtures.ts";

const SECRETS = "/api/v1/namespaces/a4co-mesh-deployer/secrets";
const load = (cluster: FakeCluster): Promise<Inventory> =>
    Inventory.load(cluster.client, "mesh", "dev");

describe("inventory", () => {
    it("is empty and stores nothing for a stack that was never deployed", async () => {
        const cluster = new FakeCluster();
        const inventory = await load(cluster);
        deepStrictEqual([inventory.entries, inventory.isStored, cluster.writes], [[], false, []]);
    });

    it("gives back to a later run what was put, of every kind", async () => {
        const cluster = new FakeCluster();
        const entries: InventoryEntry[] = [
            configMapEntry("a", { hash: "1", dependencies: ["urn:x"], protect: true }),
            configMapEntry("r", {
                subject: { is: "release", namespace: "istio-system", name: "istiod" },
            }),
            configMapEntry("p", {
                subject: { is: "random", values: { id: "none", result: "secret" } },
            }),
        ];
        const inventory = await load(cluster);
        for (const entry of entries) await inventory.put(entry);
        deepStrictEqual((await load(cluster)).entries, entries);
        strictEqual(cluster.get(`${SECRETS}/mesh.dev`)?.["type"], "a4co-mesh/deployment");
    });

    it("writes several changes at once and none for an equal entry", async () => {
        const cluster = new FakeCluster();
        const inventory = await load(cluster);
        const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
        await Promise.all(names.map((name) => inventory.put(configMapEntry(name))));
        const writes = cluster.writes.filter((write) => write.includes("/secrets"));
        strictEqual(writes.length, 2);
        await inventory.put(configMapEntry("n3"));
        deepStrictEqual(
            cluster.writes.filter((write) => write.includes("/secrets")),
            writes,
        );
        strictEqual((await load(cluster)).entries.length, 20);
    });

    it("refuses to overwrite what another run has written", async () => {
        const cluster = new FakeCluster();
        const [one, other] = [await load(cluster), await load(cluster)];
        await one.put(configMapEntry("a"));
        await rejects(
            other.put(configMapEntry("b")),
            /another deployment writes to Secret a4co-mesh-deployer\/mesh\.dev/,
        );
        await one.put(configMapEntry("c"));
    });

    it("recognises its own write when the answer was lost", async () => {
        const cluster = new FakeCluster();
        const inventory = await load(cluster);
        await inventory.put(configMapEntry("a"));
        let losses = 1;
        cluster.loseAnswer = ({ method }) => method === "PUT" && (losses -= 1) === 0;
        await inventory.put(configMapEntry("b"));
        strictEqual((await load(cluster)).entries.length, 2);
        await inventory.put(configMapEntry("c"));
    });

    it("says what is wrong with a record it cannot read", async () => {
        const cluster = new FakeCluster();
        cluster.put(`${SECRETS}/mesh.dev`, {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name: "mesh.dev", resourceVersion: "1" },
            data: { inventory: "bm8=" },
        });
        await rejects(
            load(cluster),
            /Secret a4co-mesh-deployer\/mesh\.dev does not hold a deployment's record/,
        );
    });

    it("goes with its namespace, unless another stack is recorded there", async () => {
        const cluster = new FakeCluster();
        const [dev, prod] = [
            await load(cluster),
            await Inventory.load(cluster.client, "mesh", "prod"),
        ];
        await dev.put(configMapEntry("a"));
        await prod.put(configMapEntry("a"));
        await dev.remove();
        ok(cluster.get("/api/v1/namespaces/a4co-mesh-deployer"));
        strictEqual(cluster.get(`${SECRETS}/mesh.dev`), undefined);
        await prod.remove();
        strictEqual(cluster.get("/api/v1/namespaces/a4co-mesh-deployer"), undefined);
    });

    it("knows one object under another version of its API or another URN", () => {
        const subject = { is: "object", kind: "Gateway", namespace: "a4co", name: "g" } as const;
        const key = (apiVersion: string, urn: string): string =>
            subjectKey({ urn, subject: { ...subject, apiVersion } });
        strictEqual(key("networking.istio.io/v1", "u1"), key("networking.istio.io/v1beta1", "u2"));
        ok(key("networking.istio.io/v1", "u") !== key("gateway.networking.k8s.io/v1", "u"));
    });

    it("has a name that Kubernetes takes", () => {
        strictEqual(inventoryName("Mesh_1", "dev"), "mesh-1.dev");
    });
});
