import { request } from "node:https";
import type { RequestOptions } from "node:https";
import type { KubeConfig, KubernetesObject } from "@kubernetes/client-node";
import { CoreV1Api, KubernetesObjectApi } from "@kubernetes/client-node";
import type { LiveObject } from "./managed-fields.ts";

/** What names an object. */
export type ObjectName = Pick<LiveObject, "apiVersion" | "kind"> & {
    readonly metadata: Pick<LiveObject["metadata"], "name" | "namespace">;
};

type Verb = "read" | "list" | "replace";

/** How often a change is tried that others are faster with. */
const TRIES = 10;
/** A request that takes longer is one that is never answered. */
const TIMEOUT_MS = 30_000;

/** An object is no more of the resource version that was to be replaced. */
class ConflictError extends Error {
    override readonly name = "ConflictError";
}

/** The client's own discovery, for where objects of any kind are. */
class Discovery extends KubernetesObjectApi {
    pathOf(spec: KubernetesObject, verb: Verb): Promise<string> {
        return this.specUriPath(spec, verb);
    }
}

/**
 * The objects of a cluster, whatever their kind, exactly as the API server has them: the client's models leave out and
 * rename fields of the kinds that they know.
 */
export class ClusterObjects {
    readonly core: CoreV1Api;
    readonly #kubeConfig: KubeConfig;
    readonly #discovery: Discovery;

    constructor(kubeConfig: KubeConfig) {
        this.core = kubeConfig.makeApiClient(CoreV1Api);
        this.#kubeConfig = kubeConfig;
        this.#discovery = kubeConfig.makeApiClient(Discovery);
    }

    /** @returns undefined where there is no such object, or no such kind */
    async read(name: ObjectName): Promise<LiveObject | undefined> {
        const found = await this.#ask("read", refOf(name));
        return found as LiveObject | undefined;
    }

    /** All objects of a kind in a namespace. */
    async list(apiVersion: string, kind: string, namespace: string): Promise<LiveObject[]> {
        const found = await this.#ask("list", { apiVersion, kind, metadata: { namespace } });
        const items = (found as { readonly items?: readonly LiveObject[] } | undefined)?.items;
        return (items ?? []).map((item) => ({ ...item, apiVersion, kind }));
    }

    /**
     * Changes an object, again with what it is by then when somebody else, a controller for example, was faster.
     *
     * @param to what it becomes; undefined leaves it as it is
     * @throws Error with the API server's reason
     */
    async edit(
        object: LiveObject,
        to: (live: LiveObject) => LiveObject | undefined,
    ): Promise<void> {
        for (let left = TRIES, live: LiveObject | undefined = object; ; left -= 1) {
            const next = live && to(live);
            if (next === undefined) {
                return;
            }
            try {
                await this.#ask("replace", refOf(next), JSON.stringify(next));
                return;
            } catch (error) {
                if (!(error instanceof ConflictError) || left === 1) {
                    throw error;
                }
            }
            live = await this.read(object);
        }
    }

    async #ask(verb: Verb, spec: KubernetesObject, body?: string): Promise<unknown> {
        let path: string;
        try {
            path = await this.#discovery.pathOf(spec, verb);
        } catch (error) {
            if (isUnknownKind(error)) {
                return undefined;
            }
            throw error;
        }
        const options: RequestOptions = {
            method: body === undefined ? "GET" : "PUT",
            headers: { "Content-Type": "application/json", Accept: "application/json" },
            signal: AbortSignal.timeout(TIMEOUT_MS),
        };
        await this.#kubeConfig.applyToHTTPSOptions(options);
        const server = this.#kubeConfig.getCurrentCluster()?.server ?? "";
        const { status, text } = await answerOf(new URL(server + path), options, body);
        if (status === 404) {
            return undefined;
        }
        const answer: unknown = JSON.parse(text);
        if (status >= 300) {
            const { message = text } = answer as { readonly message?: string };
            const sentence = `${spec.kind ?? ""} ${spec.metadata?.name ?? ""}: ${message}`;
            throw status === 409 ? new ConflictError(sentence) : new Error(sentence);
        }
        return answer;
    }
}

function answerOf(
    url: URL,
    options: RequestOptions,
    body: string | undefined,
): Promise<{ readonly status: number; readonly text: string }> {
    return new Promise((resolve, reject) => {
        const call = request(url, options, (response) => {
            const parts: Buffer[] = [];
            response.on("data", (part: Buffer) => parts.push(part));
            response.on("error", reject);
            response.on("end", () => {
                const text = Buffer.concat(parts).toString();
                resolve({ status: response.statusCode ?? 0, text });
            });
        });
        call.on("error", reject);
        call.end(body);
    });
}

function isUnknownKind(error: unknown): boolean {
    return error instanceof Error && /Unrecognized API version|HTTP-Code: 404/.test(error.message);
}

function refOf({ apiVersion, kind, metadata: { name, namespace } }: ObjectName): KubernetesObject {
    // Objects without a namespace have no use for one.
    return { apiVersion, kind, metadata: { name, namespace: namespace ?? "default" } };
}

/** An object in one phrase: `VirtualService a4co/order-service`. */
export function describeObject({ kind, metadata: { name, namespace } }: ObjectName): string {
    return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
