import type { JsonObject } from "../../../local/deployer/embedded/json.ts";
import { canonical, isObject } from "../../../local/deployer/embedded/json.ts";
import { KubeClient } from "../../../local/deployer/embedded/kube-client.ts";
import type {
    Request,
    Response,
    Transport,
} from "../../../local/deployer/embedded/kube-transport.ts";
import { KubeError } from "../../../local/deployer/embedded/kube-transport.ts";

interface Kind {
    readonly apiVersion: string;
    readonly kind: string;
    readonly plural: string;
    readonly namespaced: boolean;
}

const KINDS: readonly Kind[] = [
    { apiVersion: "v1", kind: "Namespace", plural: "namespaces", namespaced: false },
    { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", namespaced: true },
    { apiVersion: "v1", kind: "Secret", plural: "secrets", namespaced: true },
    { apiVersion: "v1", kind: "Service", plural: "services", namespaced: true },
    { apiVersion: "v1", kind: "Pod", plural: "pods", namespaced: true },
    { apiVersion: "v1", kind: "Event", plural: "events", namespaced: true },
    { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments", namespaced: true },
    {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        plural: "endpointslices",
        namespaced: true,
    },
];

interface Stored {
    object: JsonObject & { metadata: JsonObject };
    applied: JsonObject;
    version: number;
}

/**
 * An API server in memory that knows a few kinds and throws for every request it was not made for. Server-side apply
 * is the real one's in what matters here: fields no longer applied go, fields of others stay, and an apply without
 * effect leaves the resource version alone.
 */
export class FakeCluster {
    readonly objects = new Map<string, Stored>();
    /** Every request that changed something or tried to, as `METHOD path`. */
    readonly writes: string[] = [];
    /** Errors to answer with; a function that returns undefined lets the request through. */
    refuse: (request: Request) => Error | undefined = () => undefined;
    /** Called after an object was written, for example to play its controller. */
    controller: (object: JsonObject & { metadata: JsonObject }) => void = (object) => {
        if (object["kind"] === "Namespace") object["status"] = { phase: "Active" };
    };
    /** Whether the connection breaks after a request was carried out, so that its answer is lost. */
    loseAnswer: (request: Request) => boolean = () => false;
    warnings: string[] = [];
    readonly client: KubeClient;
    #version = 1;

    constructor() {
        this.client = new KubeClient(this.#answer);
    }

    get(path: string): (JsonObject & { metadata: JsonObject }) | undefined {
        return this.objects.get(path)?.object;
    }

    put(path: string, object: JsonObject & { metadata: JsonObject }): void {
        this.objects.set(path, { object, applied: {}, version: (this.#version += 1) });
    }

    readonly #answer: Transport = (request) => {
        const error = this.refuse(request);
        if (request.method !== "GET") this.writes.push(`${request.method} ${request.path}`);
        if (error !== undefined) return Promise.reject(error);
        try {
            const response = this.#handle(request);
            if (!this.loseAnswer(request)) return Promise.resolve(response);
            const broken = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
            return Promise.reject(broken);
        } catch (thrown) {
            return Promise.reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
        }
    };

    #handle(request: Request): Response {
        const group = /^\/(?:api\/(v1)|apis\/([^/]+\/[^/]+))(?:\/(.*))?$/.exec(request.path);
        if (group === null) throw new Error(`unexpected path ${request.path}`);
        const apiVersion = group[1] ?? group[2] ?? "";
        const rest = group[3];
        if (rest === undefined) return this.#discovery(apiVersion);
        const match = /^(?:namespaces\/([^/]+)\/(?=.))?([^/]+)(?:\/([^/]+))?$/.exec(rest);
        const kind = KINDS.find(
            (one) => one.apiVersion === apiVersion && one.plural === match?.[2],
        );
        if (match === null || kind === undefined)
            throw new Error(`unexpected path ${request.path}`);
        if (match[3] === undefined && request.method === "GET") return this.#list(kind, request);
        const path =
            request.method === "POST" ? `${request.path}/${nameOf(request.body)}` : request.path;
        switch (request.method) {
            case "GET":
                return answer(this.#existing(path).object);
            case "POST":
                if (this.objects.has(path)) throw new KubeError(409, "AlreadyExists", "exists");
                return this.#write(path, request.body as JsonObject);
            case "PUT":
                return this.#replace(path, request.body as JsonObject);
            case "PATCH":
                return this.#apply(path, kind, request);
            case "DELETE":
                this.#existing(path);
                this.objects.delete(path);
                return answer({});
        }
    }

    #discovery(apiVersion: string): Response {
        const kinds = KINDS.filter((kind) => kind.apiVersion === apiVersion);
        if (kinds.length === 0) throw new KubeError(404, "NotFound", "no such group");
        const resources = kinds.map(({ plural, kind, namespaced }) => ({
            name: plural,
            kind,
            namespaced,
        }));
        return answer({ resources });
    }

    #list(kind: Kind, request: Request): Response {
        const selector = request.query?.["labelSelector"] ?? "";
        const wanted = selector.split(",").filter((part) => part !== "");
        const items = [...this.objects]
            .filter(([path]) => path.startsWith(`${request.path}/`))
            .map(([, stored]) => stored.object)
            .filter((object) => {
                const labels = isObject(object.metadata["labels"]) ? object.metadata["labels"] : {};
                return wanted.every((part) => {
                    const [key = "", value] = part.split("=");
                    return labels[key] === value;
                });
            });
        return answer({ kind: `${kind.kind}List`, items });
    }

    #existing(path: string): Stored {
        const stored = this.objects.get(path);
        if (stored === undefined) throw new KubeError(404, "NotFound", `${path} not found`);
        return stored;
    }

    #replace(path: string, body: JsonObject): Response {
        const stored = this.#existing(path);
        const given = isObject(body["metadata"]) ? body["metadata"]["resourceVersion"] : undefined;
        if (given !== String(stored.version)) throw new KubeError(409, "Conflict", "modified");
        return this.#write(path, body);
    }

    #apply(path: string, kind: Kind, request: Request): Response {
        if (request.query?.["fieldManager"] !== "a4co-mesh" || request.query["force"] !== "true") {
            throw new Error("an apply without its field manager and force");
        }
        const body = structuredClone(request.body) as JsonObject;
        if (body["kind"] !== kind.kind) throw new Error(`not a ${kind.kind} at ${path}`);
        const before = this.objects.get(path);
        const base = before === undefined ? {} : without(before.object, before.applied, body);
        const object = merge(base, body);
        if (before !== undefined && canonical(object) === canonical(before.object)) {
            return answer(before.object, this.warnings);
        }
        const response = this.#write(path, object);
        const stored = this.#existing(path);
        stored.applied = body;
        return { body: response.body, warnings: this.warnings };
    }

    #write(path: string, object: JsonObject): Response {
        const version = (this.#version += 1);
        const metadata = isObject(object["metadata"]) ? object["metadata"] : {};
        const written = { ...object, metadata: { ...metadata, resourceVersion: String(version) } };
        this.controller(written);
        this.objects.set(path, { object: written, applied: {}, version });
        return answer(written);
    }
}

function answer(body: unknown, warnings: readonly string[] = []): Response {
    return { body: structuredClone(body), warnings };
}

function nameOf(body: unknown): string {
    const metadata = isObject(body) && isObject(body["metadata"]) ? body["metadata"] : {};
    return typeof metadata["name"] === "string" ? metadata["name"] : "";
}

function merge(base: JsonObject, over: JsonObject): JsonObject {
    const merged: JsonObject = { ...base };
    for (const [key, value] of Object.entries(over)) {
        const old = merged[key];
        merged[key] = isObject(old) && isObject(value) ? merge(old, value) : value;
    }
    return merged;
}

/** The object without the fields that were applied and are no longer wanted. */
function without(object: JsonObject, applied: JsonObject, wanted: JsonObject): JsonObject {
    const kept: JsonObject = {};
    for (const [key, value] of Object.entries(object)) {
        const [was, now] = [applied[key], wanted[key]];
        if (isObject(value) && isObject(was)) {
            kept[key] = without(value, was, isObject(now) ? now : {});
        } else if (was === undefined || now !== undefined) {
            kept[key] = value;
        }
    }
    return kept;
}
