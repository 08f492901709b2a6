import { at, isObject, listAt, stringAt } from "./json.ts";
import type { Request, Response, Transport } from "./kube-transport.ts";
import { KubeError } from "./kube-transport.ts";

/** Any object of the Kubernetes API. */
export interface KubeObject {
    apiVersion: string;
    kind: string;
    metadata: {
        name: string;
        namespace?: string;
        labels?: Record<string, string>;
        annotations?: Record<string, string>;
        [key: string]: unknown;
    };
    [key: string]: unknown;
}

/** A kind the API server does not serve: its CustomResourceDefinition is missing or not established yet. */
export class NoKindError extends Error {
    override readonly name = "NoKindError";

    constructor(apiVersion: string, kind: string) {
        super(`the cluster has no kind ${kind} in ${apiVersion}`);
    }
}

interface KindInfo {
    readonly plural: string;
    readonly namespaced: boolean;
}

/** The Kubernetes API by object instead of by path. Kinds are discovered and remembered per API version. */
export class KubeClient {
    readonly #transport: Transport;
    readonly #kinds = new Map<string, Promise<Map<string, KindInfo>>>();

    constructor(transport: Transport) {
        this.#transport = transport;
    }

    request(request: Request): Promise<Response> {
        return this.#transport(request);
    }

    /** @throws NoKindError */
    async isNamespaced(apiVersion: string, kind: string): Promise<boolean> {
        return (await this.#kind(apiVersion, kind)).namespaced;
    }

    /** Path of one object, or of the collection when no name is given. @throws NoKindError */
    async path(
        apiVersion: string,
        kind: string,
        namespace?: string,
        name?: string,
    ): Promise<string> {
        const info = await this.#kind(apiVersion, kind);
        const scope =
            info.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
        const tail = name === undefined ? "" : `/${encodeURIComponent(name)}`;
        return `${groupPath(apiVersion)}${scope}/${info.plural}${tail}`;
    }

    /** The live object, or undefined where there is none. @throws NoKindError */
    async get(
        reference: { apiVersion: string; kind: string; namespace?: string; name: string },
        signal?: AbortSignal,
    ): Promise<KubeObject | undefined> {
        const { apiVersion, kind, namespace, name } = reference;
        const path = await this.path(apiVersion, kind, namespace, name);
        try {
            return asObject((await this.request({ method: "GET", path, signal })).body);
        } catch (error) {
            if (error instanceof KubeError && error.status === 404) return undefined;
            throw error;
        }
    }

    /** Objects of a kind in a namespace. Their `apiVersion` and `kind` are filled in. */
    async list(
        apiVersion: string,
        kind: string,
        namespace: string | undefined,
        query: Readonly<Record<string, string>> = {},
    ): Promise<KubeObject[]> {
        const path = await this.path(apiVersion, kind, namespace);
        const { body } = await this.request({ method: "GET", path, query });
        return listAt(body, "items")
            .filter(isObject)
            .map((item) => asObject({ ...item, apiVersion, kind }));
    }

    async #kind(apiVersion: string, kind: string): Promise<KindInfo> {
        let known = this.#kinds.get(apiVersion);
        if (known === undefined) {
            known = this.#discover(apiVersion);
            this.#kinds.set(apiVersion, known);
        }
        const info = (await known.catch(() => undefined))?.get(kind);
        if (info !== undefined) return info;
        // The kind may have been added since; a discovery that failed must not be remembered either.
        this.#kinds.delete(apiVersion);
        const fresh = (await this.#discover(apiVersion)).get(kind);
        if (fresh === undefined) throw new NoKindError(apiVersion, kind);
        return fresh;
    }

    async #discover(apiVersion: string): Promise<Map<string, KindInfo>> {
        const kinds = new Map<string, KindInfo>();
        let body: unknown;
        try {
            ({ body } = await this.request({ method: "GET", path: groupPath(apiVersion) }));
        } catch (error) {
            if (error instanceof KubeError && error.status === 404) return kinds;
            throw error;
        }
        for (const resource of listAt(body, "resources")) {
            const plural = stringAt(resource, "name");
            const kind = stringAt(resource, "kind");
            if (plural === undefined || kind === undefined || plural.includes("/")) continue;
            kinds.set(kind, { plural, namespaced: at(resource, "namespaced") === true });
        }
        return kinds;
    }
}

/** @throws Error when the value has no name, kind or API version. */
export function asObject(value: unknown): KubeObject {
    const name = stringAt(value, "metadata", "name");
    const apiVersion = stringAt(value, "apiVersion");
    const kind = stringAt(value, "kind");
    if (!isObject(value) || !isObject(value["metadata"]) || !name || !apiVersion || !kind) {
        throw new Error(
            "an answer of the API server is not an object with apiVersion, kind and name",
        );
    }
    return { ...value, apiVersion, kind, metadata: { ...value["metadata"], name } };
}

function groupPath(apiVersion: string): string {
    return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
