import type { Helm } from "../../../local/deployer/embedded/helm.ts";
import type { InventoryEntry } from "../../../local/deployer/embedded/inventory-entry.ts";
import { Inventory } from "../../../local/deployer/embedded/inventory.ts";
import type { JsonObject } from "../../../local/deployer/embedded/json.ts";
import type { ApplyContext, ResourceRequest } from "../../../local/deployer/embedded/resource.ts";
import type { FakeCluster } from "./fake-cluster.ts";

export const URN = "urn:pulumi:dev::mesh::";

/** What appliers need, with an inventory read from the fake cluster; `lines` collects what they report. */
export async function contextFor(
    cluster: FakeCluster,
    directory = "/",
): Promise<ApplyContext & { inventory: Inventory; lines: string[] }> {
    const lines: string[] = [];
    return {
        client: cluster.client,
        inventory: await Inventory.load(cluster.client, "mesh", "dev"),
        kubeconfig: "/kubeconfig",
        signal: new AbortController().signal,
        report: (line) => lines.push(line),
        directory,
        claim: () => undefined,
        lines,
    };
}

export function requestFor(
    type: string,
    name: string,
    inputs: JsonObject,
    more: Partial<ResourceRequest> = {},
): ResourceRequest {
    return {
        urn: `${URN}${type}::${name}`,
        type,
        name,
        inputs,
        dependencies: [],
        ignoreChanges: [],
        protect: false,
        retainOnDelete: false,
        timeouts: {},
        defaultNamespace: "default",
        ...more,
    };
}

export function configMapEntry(name: string, more: Partial<InventoryEntry> = {}): InventoryEntry {
    return {
        urn: `${URN}kubernetes:core/v1:ConfigMap::${name}`,
        type: "kubernetes:core/v1:ConfigMap",
        name,
        hash: "",
        dependencies: [],
        subject: { is: "object", apiVersion: "v1", kind: "ConfigMap", namespace: "a4co", name },
        ...more,
    };
}

/** A Helm that records its arguments, runs `behave`, and fails for anything not asked for by the code under test. */
export class FakeHelm implements Helm {
    readonly runs: string[][] = [];
    readonly files: string[] = [];
    behave: (args: readonly string[]) => void = () => undefined;

    run(args: readonly string[]): Promise<void> {
        this.runs.push([...args]);
        return new Promise((resolve) => {
            this.behave(args);
            resolve();
        });
    }

    file(name: string, content: string): Promise<string> {
        this.files.push(content);
        return Promise.resolve(`/private/${name}`);
    }

    signIn: Helm["signIn"] = (_spec, chart) => Promise.resolve(chart);

    dispose(): Promise<void> {
        return Promise.resolve();
    }
}
