import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";

import type { InventoryEntry } from "../../../local/deployer/embedded/inventory-entry.ts";
import { Inventory } from "../../../local/deployer/embedded/inventory.ts";
import { KubeError } from "../../../local/deployer/embedded/kube-transport.ts";
import { dependentsOf, removeEntries } from "../../../local/deployer/embedded/remove.ts";
import { FakeCluster } from "./fake-cluster.ts";
import { configMapEntry, FakeHelm } from "./fixtures.ts";

const namespaceEntry = configMapEntry("ns", {
    subject: { is: "object", apiVersion: "v1", kind: "Namespace", name: "a4co" },
});

/** A cluster in which the entries are recorded and their objects exist. */
async function deployed(entries: readonly InventoryEntry[]): Promise<{
    cluster: FakeCluster;
    helm: FakeHelm;
    inventory: Inventory;
    remove: (some?: readonly InventoryEntry[]) => Promise<string[]>;
}> {
    const cluster = new FakeCluster();
    const helm = new FakeHelm();
    const inventory = await Inventory.load(cluster.client, "mesh", "dev");
    for (const entry of entries) {
        await inventory.put(entry);
        if (entry.subject.is !== "object") continue;
        const { apiVersion, kind, name } = entry.subject;
        cluster.put(pathOf(entry), { apiVersion, kind, metadata: { name } });
    }
    const order: string[] = [];
    const remove = async (some = entries): Promise<string[]> => {
        await removeEntries(
            {
                client: cluster.client,
                inventory,
                helm,
                signal: new AbortController().signal,
                done: ({ name }) => order.push(name),
            },
            some,
        );
        return order;
    };
    return { cluster, helm, inventory, remove };
}

function pathOf({ subject }: InventoryEntry): string {
    if (subject.is !== "object") throw new Error("only objects have a path");
    return subject.namespace === undefined
        ? `/api/v1/namespaces/${subject.name}`
        : `/api/v1/namespaces/${subject.namespace}/configmaps/${subject.name}`;
}

describe("removing what a stack made", () => {
    const first = configMapEntry("first");
    const second = configMapEntry("second", { dependencies: [first.urn] });
    const third = configMapEntry("third", { dependencies: [second.urn] });

    it("goes from the last to the first, and a namespace after everything in it", async () => {
        const { remove, inventory, cluster } = await deployed([
            namespaceEntry,
            first,
            second,
            third,
        ]);
        deepStrictEqual(await remove(), ["third", "second", "first", "ns"]);
        deepStrictEqual(inventory.entries, []);
        strictEqual(cluster.get("/api/v1/namespaces/a4co"), undefined);
    });

    it("removes only what it is asked to", async () => {
        const { remove, inventory, cluster } = await deployed([namespaceEntry, first, second]);
        deepStrictEqual(await remove([second]), ["second"]);
        strictEqual(inventory.entries.length, 2);
        ok(cluster.get(pathOf(first)));
    });

    it("takes what is already gone for removed", async () => {
        const { remove, cluster } = await deployed([first]);
        cluster.objects.delete(pathOf(first));
        deepStrictEqual(await remove(), ["first"]);
    });

    it("takes an object whose kind is gone for removed, at once", async () => {
        const kindless = configMapEntry("thing", {
            subject: {
                is: "object",
                apiVersion: "gone.example/v1",
                kind: "Thing",
                namespace: "a4co",
                name: "t",
            },
        });
        const { remove, inventory } = await deployed([]);
        await inventory.put(kindless);
        deepStrictEqual(await remove([kindless]), ["thing"]);
    });

    it("leaves what something that could not be removed depends on, and names it", async () => {
        const { remove, cluster, inventory } = await deployed([
            first,
            second,
            configMapEntry("other"),
        ]);
        cluster.refuse = ({ method, path }) =>
            method === "DELETE" && path === pathOf(second)
                ? new KubeError(403, "Forbidden", "no right to delete")
                : undefined;
        await rejects(remove(), {
            name: "DeployError",
            message: "could not remove second (kubernetes:core/v1:ConfigMap): no right to delete",
        });
        ok(cluster.get(pathOf(first)));
        deepStrictEqual(
            inventory.entries.map(({ name }) => name),
            ["first", "second"],
        );
    });

    it("refuses to remove anything while a protected resource is among it", async () => {
        const { remove, cluster } = await deployed([
            first,
            configMapEntry("kept", { protect: true }),
        ]);
        await rejects(remove(), /protected and therefore not removed: kept/);
        ok(cluster.get(pathOf(first)));
    });

    it("forgets a retained resource and leaves it in the cluster", async () => {
        const kept = configMapEntry("kept", { retainOnDelete: true });
        const { remove, cluster, inventory } = await deployed([kept]);
        await remove();
        ok(cluster.get(pathOf(kept)));
        deepStrictEqual(inventory.entries, []);
    });

    it("uninstalls a release with Helm, and only one that is there", async () => {
        const release = configMapEntry("istiod", {
            subject: { is: "release", namespace: "istio-system", name: "istiod" },
        });
        const { remove, helm, cluster } = await deployed([release]);
        cluster.put("/api/v1/namespaces/istio-system/secrets/sh.helm.release.v1.istiod.v1", {
            metadata: {
                name: "sh.helm.release.v1.istiod.v1",
                labels: { owner: "helm", name: "istiod", status: "deployed", version: "1" },
            },
            data: { release: Buffer.from(Buffer.from("{}").toString("base64")).toString("base64") },
        });
        await remove();
        deepStrictEqual(helm.runs, [
            ["uninstall", "istiod", "--namespace", "istio-system", "--wait", "--timeout", "300s"],
        ]);
        const gone = await deployed([release]);
        await gone.remove();
        deepStrictEqual(gone.helm.runs, []);
    });

    it("does not wait for itself where dependencies go in a circle", () => {
        const one = configMapEntry("one", { dependencies: [configMapEntry("two").urn] });
        const two = configMapEntry("two", { dependencies: [one.urn] });
        const dependents = dependentsOf([one, two]);
        strictEqual([...dependents.values()].flat().length, 1);
    });

    it("removes objects of a kind before the definition of the kind", () => {
        const definition = configMapEntry("crd", {
            subject: {
                is: "object",
                apiVersion: "apiextensions.k8s.io/v1",
                kind: "CustomResourceDefinition",
                name: "gateways.networking.istio.io",
            },
        });
        const gateway = configMapEntry("gateway", {
            subject: {
                is: "object",
                apiVersion: "networking.istio.io/v1",
                kind: "Gateway",
                namespace: "a4co",
                name: "g",
            },
        });
        deepStrictEqual(dependentsOf([definition, gateway]).get(definition), [gateway]);
    });
});
