import { isDeepStrictEqual } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";

import type { InventoryEntry } from "./inventory-entry.ts";
import { inventoryDocument, subjectKey } from "./inventory-entry.ts";
import type { JsonObject } from "./json.ts";
import { stringAt } from "./json.ts";
import type { KubeClient } from "./kube-client.ts";
import { KubeError } from "./kube-transport.ts";
import { deleteObject } from "./remove-object.ts";
import { retry } from "./retry.ts";

/** Where deployments without the CLI keep what they made. */
export const INVENTORY_NAMESPACE = "a4co-mesh-deployer";
const SECRET_TYPE = "a4co-mesh/deployment";
const MANAGER = "a4co-mesh";
/** Of the API server's limit for a Secret's data, a little is left for its metadata. */
const LARGEST_BYTES = 1_000_000;

/**
 * What the deployments of one stack made, kept in the cluster itself. Changes are written as they happen, several
 * at a time, and each write states which version it replaces, so that two runs at once cannot overwrite each other.
 */
export class Inventory {
    readonly #client: KubeClient;
    readonly #secretName: string;
    readonly #entries = new Map<string, InventoryEntry>();
    #resourceVersion: string | undefined;
    #wanted = 0;
    #written = 0;
    #writing: Promise<void> | undefined;

    private constructor(client: KubeClient, secretName: string) {
        this.#client = client;
        this.#secretName = secretName;
    }

    /** Reads the recorded inventory; a stack that was never deployed has an empty one. */
    static async load(client: KubeClient, project: string, stack: string): Promise<Inventory> {
        const inventory = new Inventory(client, inventoryName(project, stack));
        await inventory.#read();
        return inventory;
    }

    get entries(): readonly InventoryEntry[] {
        return [...this.#entries.values()];
    }

    get isStored(): boolean {
        return this.#resourceVersion !== undefined;
    }

    find(key: string): InventoryEntry | undefined {
        return this.#entries.get(key);
    }

    /** Resolves when the entry is stored. An entry equal to the recorded one costs nothing. */
    async put(entry: InventoryEntry): Promise<void> {
        const key = subjectKey(entry);
        if (isDeepStrictEqual(this.#entries.get(key), entry)) return this.flush();
        this.#entries.set(key, entry);
        this.#wanted += 1;
        return this.flush();
    }

    async drop(key: string): Promise<void> {
        if (this.#entries.delete(key)) this.#wanted += 1;
        return this.flush();
    }

    /** Resolves when everything put so far is stored. */
    async flush(): Promise<void> {
        const needed = this.#wanted;
        while (this.#written < needed) {
            this.#writing ??= this.#write().finally(() => {
                this.#writing = undefined;
            });
            await this.#writing;
        }
    }

    /** Removes the stored inventory, and its namespace when no other stack's is in it. */
    async remove(): Promise<void> {
        if (this.isStored) {
            const path = `${secretsPath()}/${this.#secretName}`;
            await retry(() =>
                this.#client.request({ method: "DELETE", path }).catch(ignoreMissing),
            );
            this.#resourceVersion = undefined;
        }
        const others = await retry(() => this.#client.list("v1", "Secret", INVENTORY_NAMESPACE));
        if (others.some((secret) => secret["type"] === SECRET_TYPE)) return;
        const namespace = { apiVersion: "v1", kind: "Namespace", name: INVENTORY_NAMESPACE };
        await deleteObject({ client: this.#client }, namespace, { wait: true });
    }

    async #read(): Promise<void> {
        const secret = await retry(() =>
            this.#client.get({
                apiVersion: "v1",
                kind: "Secret",
                namespace: INVENTORY_NAMESPACE,
                name: this.#secretName,
            }),
        );
        if (secret === undefined) return;
        const data = stringAt(secret, "data", "inventory");
        const version = stringAt(secret, "metadata", "resourceVersion");
        if (data === undefined || version === undefined) throw this.#unreadable("it has no data");
        let entries: InventoryEntry[];
        try {
            const text = gunzipSync(Buffer.from(data, "base64")).toString("utf8");
            entries = inventoryDocument.parse(JSON.parse(text)).entries;
        } catch (error) {
            throw this.#unreadable(error instanceof Error ? error.message : String(error));
        }
        for (const entry of entries) this.#entries.set(subjectKey(entry), entry);
        this.#resourceVersion = version;
    }

    async #write(): Promise<void> {
        const upTo = this.#wanted;
        const document = JSON.stringify({ version: 1, entries: this.entries });
        const data = gzipSync(document).toString("base64");
        if (data.length > LARGEST_BYTES) {
            throw new Error(
                `the record of ${this.#entries.size} resources does not fit into a Secret; split the stack`,
            );
        }
        await retry(() => this.#store(data));
        this.#written = upTo;
    }

    async #store(data: string): Promise<void> {
        const secret = {
            apiVersion: "v1",
            kind: "Secret",
            type: SECRET_TYPE,
            metadata: {
                name: this.#secretName,
                namespace: INVENTORY_NAMESPACE,
                labels: { "app.kubernetes.io/managed-by": MANAGER },
                ...(this.#resourceVersion ? { resourceVersion: this.#resourceVersion } : {}),
            },
            data: { inventory: data },
        };
        try {
            const { body } = await (this.#resourceVersion === undefined
                ? this.#create(secret)
                : this.#client.request({
                      method: "PUT",
                      path: `${secretsPath()}/${this.#secretName}`,
                      body: secret,
                  }));
            this.#resourceVersion = stringAt(body, "metadata", "resourceVersion");
        } catch (error) {
            if (!(error instanceof KubeError && error.status === 409)) throw error;
            await this.#acceptOwnWrite(data);
        }
    }

    async #create(secret: JsonObject): Promise<{ body: unknown }> {
        const namespace = {
            apiVersion: "v1",
            kind: "Namespace",
            metadata: { name: INVENTORY_NAMESPACE },
        };
        await this.#client
            .request({ method: "POST", path: "/api/v1/namespaces", body: namespace })
            .catch((error: unknown) => {
                if (!(error instanceof KubeError && error.status === 409)) throw error;
            });
        return this.#client.request({ method: "POST", path: secretsPath(), body: secret });
    }

    /** A write whose answer was lost meets itself when it is repeated; anything else is another run. */
    async #acceptOwnWrite(data: string): Promise<void> {
        const live = await this.#client.get({
            apiVersion: "v1",
            kind: "Secret",
            namespace: INVENTORY_NAMESPACE,
            name: this.#secretName,
        });
        if (stringAt(live, "data", "inventory") !== data) {
            throw new Error(
                `another deployment writes to Secret ${INVENTORY_NAMESPACE}/${this.#secretName}; ` +
                    `wait until it has ended and run again`,
            );
        }
        this.#resourceVersion = stringAt(live, "metadata", "resourceVersion");
    }

    #unreadable(why: string): Error {
        return new Error(
            `Secret ${INVENTORY_NAMESPACE}/${this.#secretName} does not hold a deployment's record: ${why}`,
        );
    }
}

/** Name of the Secret of one stack; every character a name of Kubernetes cannot have becomes a dash. */
export function inventoryName(project: string, stack: string): string {
    return `${project}.${stack}`.toLowerCase().replace(/[^a-z0-9.-]/g, "-");
}

function secretsPath(): string {
    return `/api/v1/namespaces/${INVENTORY_NAMESPACE}/secrets`;
}

function ignoreMissing(error: unknown): void {
    if (!(error instanceof KubeError && error.status === 404)) throw error;
}
