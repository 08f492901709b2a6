import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

import { KubeConfig } from "@kubernetes/client-node";

import { at, isObject, listAt, stringAt } from "./json.ts";

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

/** An answer of the API server other than success. */
export class KubeError extends Error {
    override readonly name = "KubeError";
    readonly status: number;
    /** The `reason` of the Status object, for example `NotFound`, `Conflict`, `Invalid`. */
    readonly reason: string;

    constructor(status: number, reason: string, message: string) {
        super(message);
        this.status = status;
        this.reason = reason;
    }
}

/** A kind the API server does not serve: its CustomResourceDefinition is missing or not established yet. */
export class NoKindError extends Error {
    override readonly name = "NoKindError";

    constructor(apiVersion: string, kind: string) {
        super(`the cluster has no kind ${kind} in ${apiVersion}`);
    }
}

export interface Request {
    readonly method: "GET" | "PATCH" | "POST" | "PUT" | "DELETE";
    readonly path: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly body?: unknown;
    readonly contentType?: string;
    readonly signal?: AbortSignal | undefined;
}

export interface Response {
    readonly body: unknown;
    /** Texts of the answer's `Warning` headers. */
    readonly warnings: readonly string[];
}

/** One request to the API server; the seam at which tests put a fake cluster. */
export type Transport = (request: Request) => Promise<Response>;

interface KindInfo {
    readonly plural: string;
    readonly namespaced: boolean;
}

const REQUEST_TIMEOUT_MS = 60_000;
/** Exec and OIDC credentials expire, so they are asked for again after this time. */
const CREDENTIALS_TTL_MS = 60_000;

/** The transport of a kubeconfig's current context. */
export function kubeconfigTransport(kubeconfig: string): Transport {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const server = config.getCurrentCluster()?.server;
    if (server === undefined)
        throw new Error(`${kubeconfig} has no current context with a cluster`);
    let credentials: Promise<https.RequestOptions> | undefined;
    let asked = 0;
    const options = (): Promise<https.RequestOptions> => {
        if (credentials === undefined || Date.now() - asked > CREDENTIALS_TTL_MS) {
            asked = Date.now();
            const fresh: https.RequestOptions = {};
            credentials = config.applyToHTTPSOptions(fresh).then(() => fresh);
        }
        return credentials;
    };
    return async (request) => send(server, await options(), request);
}

function send(server: string, options: https.RequestOptions, request: Request): Promise<Response> {
    const url = new URL(server.replace(/\/$/, "") + request.path);
    for (const [key, value] of Object.entries(request.query ?? {}))
        url.searchParams.set(key, value);
    const payload = request.body === undefined ? undefined : JSON.stringify(request.body);
    const headers: Record<string, string> = { accept: "application/json" };
    for (const [key, value] of Object.entries(options.headers ?? {})) headers[key] = String(value);
    if (payload !== undefined) {
        headers["content-type"] = request.contentType ?? "application/json";
        headers["content-length"] = String(Buffer.byteLength(payload));
    }
    return new Promise((resolve, reject) => {
        const call = https.request(url, {
            ...options,
            method: request.method,
            headers,
            timeout: REQUEST_TIMEOUT_MS,
            ...(request.signal ? { signal: request.signal } : {}),
        });
        call.on("timeout", () => {
            call.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" }));
        });
        call.on("error", reject);
        call.on("response", (answer) => {
            const chunks: Buffer[] = [];
            answer.on("data", (chunk: Buffer) => chunks.push(chunk));
            answer.on("error", reject);
            answer.on("end", () => {
                try {
                    const text = Buffer.concat(chunks).toString("utf8");
                    resolve(interpret(answer.statusCode ?? 0, text, answer.headers["warning"]));
                } catch (error) {
                    reject(error instanceof Error ? error : new Error(String(error)));
                }
            });
        });
        call.end(payload);
    });
}

function interpret(status: number, text: string, warning: string | string[] | undefined): Response {
    let body: unknown;
    try {
        body = text === "" ? undefined : JSON.parse(text);
    } catch {
        body = undefined;
    }
    if (status >= 400 || status === 0) {
        const message = stringAt(body, "message") ?? text.slice(0, 300);
        throw new KubeError(status, stringAt(body, "reason") ?? "", message || `HTTP ${status}`);
    }
    const raw = Array.isArray(warning) ? warning.join(",") : (warning ?? "");
    const warnings = [...raw.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) =>
        (match[1] ?? "").replace(/\\(.)/g, "$1"),
    );
    return { body, warnings };
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

/** Waits, or throws the signal's reason as soon as it is aborted. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
    try {
        await sleep(milliseconds, undefined, signal ? { signal } : {});
    } catch (error) {
        signal?.throwIfAborted();
        throw error;
    }
}
