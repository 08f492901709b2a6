import type { KubeConfig, KubernetesObject } from "@kubernetes/client-node";
import { KubernetesObjectApi } from "@kubernetes/client-node";
import { z } from "zod";
import { askApiServer } from "#network/cluster-config.ts";
import { askUntil } from "#wait.ts";
import { statusMessage } from "./errors.ts";

/** Which object it is. */
export interface ObjectRef {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
}

/** An object exactly as the API server has it. */
export interface LiveObject extends ObjectRef {
    readonly metadata: ObjectRef["metadata"] & {
        readonly uid?: string | undefined;
        readonly resourceVersion?: string | undefined;
        readonly labels?: Readonly<Record<string, string>>;
        readonly managedFields?: readonly ManagedFields[] | undefined;
        readonly [field: string]: unknown;
    };
    readonly [field: string]: unknown;
}

/** One writer's entry in `metadata.managedFields`. */
export interface ManagedFields {
    readonly manager?: string;
    readonly operation?: string;
    readonly subresource?: string;
    readonly fieldsV1?: unknown;
}

/** A kind of objects, in the version that the API server prefers, and how its path calls it. */
export interface ServedKind {
    /** Empty for Kubernetes' core. */
    readonly group: string;
    readonly version: string;
    readonly kind: string;
    readonly plural: string;
}

/** The objects of a cluster, whatever their kind. */
export interface Objects {
    /** @returns undefined where there is no such object, or no such kind */
    read(ref: ObjectRef): Promise<LiveObject | undefined>;
    create(object: LiveObject): Promise<LiveObject>;
    /** Puts an object in the place of its namesake, provided that this is still of the same resource version. */
    replace(object: LiveObject): Promise<LiveObject>;
    /** Does nothing where there is no such object. */
    remove(ref: ObjectRef): Promise<void>;
}

/** The API server did not do what it was asked for. */
export class RefusedError extends Error {
    override readonly name = "RefusedError";
    /** HTTP status. */
    readonly code: number;

    constructor(code: number, message: string) {
        super(message);
        this.code = code;
    }
}

/** Another controller, for example istiod with its webhooks, may write between reading and replacing. */
const PATIENCE = { milliseconds: 5_000, pause: 50 };

const METHODS = {
    read: "GET",
    list: "GET",
    create: "POST",
    replace: "PUT",
    delete: "DELETE",
} as const;
type Verb = keyof typeof METHODS;

/** The client's own discovery, for where objects of any kind are. */
class Discovery extends KubernetesObjectApi {
    pathOf(spec: KubernetesObject, verb: Verb): Promise<string> {
        return this.specUriPath(spec, verb);
    }
}

/** One answer for all groups; source: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery */
const DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const discovered = z.object({
    kind: z.literal("APIGroupDiscoveryList"),
    items: z.array(
        z.object({
            metadata: z.object({ name: z.string() }),
            versions: z.array(
                z.object({
                    version: z.string(),
                    resources: z
                        .array(
                            z.object({
                                resource: z.string(),
                                responseKind: z.object({ kind: z.string() }),
                                verbs: z.array(z.string()),
                            }),
                        )
                        .nullish(),
                }),
            ),
        }),
    ),
});

/**
 * The objects of a real cluster, asked for without the client's models: those leave out and rename fields of the kinds
 * that they know.
 */
export class ClusterObjects implements Objects {
    readonly #kubeConfig: KubeConfig;
    readonly #discovery: Discovery;

    constructor(kubeConfig: KubeConfig) {
        this.#kubeConfig = kubeConfig;
        this.#discovery = kubeConfig.makeApiClient(Discovery);
    }

    async read(ref: ObjectRef): Promise<LiveObject | undefined> {
        const found = await orAbsent(this.#ask("read", ref));
        return found as LiveObject | undefined;
    }

    /** All objects of a kind in a namespace. */
    async list(apiVersion: string, kind: string, namespace: string): Promise<LiveObject[]> {
        const ref = { apiVersion, kind, metadata: { name: "*", namespace } };
        const found = await orAbsent(this.#ask("list", ref));
        const items = (found as { readonly items?: readonly LiveObject[] } | undefined)?.items;
        return (items ?? []).map((item) => ({ ...item, apiVersion, kind }));
    }

    /** Every kind of the groups beside Kubernetes' core that can be listed, each once. */
    async served(): Promise<readonly ServedKind[]> {
        const answer = await this.#request("read", "/apis", "the kinds of the cluster", {
            accept: DISCOVERY,
        });
        const kinds = discovered.parse(answer).items.flatMap(({ metadata, versions }) =>
            // The preferred version comes first.
            versions.flatMap(({ version, resources }) =>
                (resources ?? [])
                    .filter(({ verbs }) => verbs.includes("list"))
                    .map(({ resource, responseKind: { kind } }) => ({
                        group: metadata.name,
                        version,
                        kind,
                        plural: resource,
                    })),
            ),
        );
        return kinds.filter(
            ({ group, plural }, index) =>
                kinds.findIndex((other) => other.group === group && other.plural === plural) ===
                index,
        );
    }

    /**
     * All objects of a kind.
     *
     * @param namespace default: of the whole cluster
     * @throws RefusedError where they may not be listed
     */
    async listAll(
        { group, version, kind, plural }: ServedKind,
        namespace?: string,
    ): Promise<LiveObject[]> {
        const apiVersion = group === "" ? version : `${group}/${version}`;
        const root = group === "" ? "/api" : "/apis";
        const place = namespace === undefined ? "" : `/namespaces/${namespace}`;
        const found = await orAbsent(
            this.#request("list", `${root}/${apiVersion}${place}/${plural}`, kind),
        );
        const items = (found as { readonly items?: readonly LiveObject[] } | undefined)?.items;
        return (items ?? []).map((item) => ({ ...item, apiVersion, kind }));
    }

    async create(object: LiveObject): Promise<LiveObject> {
        return (await this.#ask("create", object, object)) as LiveObject;
    }

    async replace(object: LiveObject): Promise<LiveObject> {
        return (await this.#ask("replace", object, object)) as LiveObject;
    }

    async remove(ref: ObjectRef): Promise<void> {
        // Without a grace period: a pod would stay, and be seen, for its whole one.
        await orAbsent(this.#ask("delete", ref, { gracePeriodSeconds: 0 }));
    }

    async #ask(verb: Verb, ref: ObjectRef, body?: object): Promise<unknown> {
        const path = await this.#pathOf(verb, ref);
        return this.#request(verb, path, describeObject(ref), { body });
    }

    async #request(
        verb: Verb,
        path: string,
        what: string,
        {
            body,
            accept = "application/json",
        }: { readonly body?: object | undefined; readonly accept?: string } = {},
    ): Promise<unknown> {
        const answer = await askApiServer(this.#kubeConfig, path, {
            method: METHODS[verb],
            headers: { "Content-Type": "application/json", Accept: accept },
            body: body && JSON.stringify(body),
        });
        if (answer.status >= 300) {
            const reason = statusMessage(answer.text) ?? `the API server answered ${answer.status}`;
            throw new RefusedError(answer.status, `${what}: ${reason}`);
        }
        return JSON.parse(answer.text);
    }

    async #pathOf(verb: Verb, ref: ObjectRef): Promise<string> {
        const { apiVersion, kind } = ref;
        const { name, namespace = "default" } = ref.metadata;
        try {
            // Where objects have no namespace, the path has none either.
            const spec = { apiVersion, kind, metadata: { name, namespace } };
            return await this.#discovery.pathOf(spec, verb);
        } catch (error) {
            const reason = error instanceof Error ? error.message : String(error);
            throw /Unrecognized API version|HTTP-Code: 404/.test(reason)
                ? new RefusedError(404, `there is no kind ${kind} of ${apiVersion}`)
                : error;
        }
    }
}

async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
        return await answer;
    } catch (error) {
        if (error instanceof RefusedError && error.code === 404) {
            return undefined;
        }
        throw error;
    }
}

/**
 * Changes an object, again with what it is by then when somebody else was faster.
 *
 * @param to what it becomes; undefined leaves it as it is
 * @returns whether there is such an object
 */
export function editObject(
    objects: Objects,
    ref: ObjectRef,
    to: (live: LiveObject) => LiveObject | undefined,
): Promise<boolean> {
    return whileRefused([404, 409], PATIENCE, async () => {
        const live = await objects.read(ref);
        const next = live && to(live);
        if (next !== undefined) {
            await objects.replace(next);
        }
        return live !== undefined;
    });
}

/**
 * Tries again while the API server refuses for a reason that passes.
 *
 * @param codes that say so
 * @throws RefusedError when the time is up
 */
export async function whileRefused<T>(
    codes: readonly number[],
    patience: { readonly milliseconds: number; readonly pause: number },
    attempt: () => Promise<T>,
): Promise<T> {
    const answer = await askUntil(
        () =>
            attempt().catch((error: unknown) => {
                if (error instanceof RefusedError && codes.includes(error.code)) {
                    return error;
                }
                throw error;
            }),
        (result) => !(result instanceof RefusedError),
        patience,
    );
    if (answer instanceof RefusedError) {
        throw answer;
    }
    return answer;
}

/** The name of an object alone. */
export function refOf({ apiVersion, kind, metadata: { name, namespace } }: ObjectRef): ObjectRef {
    return {
        apiVersion,
        kind,
        metadata: { name, ...(namespace !== undefined && { namespace }) },
    };
}

/** An object in one phrase: `VirtualService a4co/order-service`. */
export function describeObject({ kind, metadata: { name, namespace } }: ObjectRef): string {
    return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
