import { setTimeout as sleep } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { AuthenticationV1Api, CoreV1Api, CustomObjectsApi } from "@kubernetes/client-node";
import type { Requester } from "#model/guard.ts";
import { API_VERSIONS, groupAndVersion } from "#model/istio-kinds.ts";
import { ClusterConfig } from "#network/cluster-config.ts";
import { LIMITS } from "#network/exchange.ts";
import type { ClusterAccess } from "#stack/config.ts";

/** A creation that the API server is to go through with and then forget. */
export interface AdmissionRequest {
    readonly kind: "Pod" | "VirtualService";
    readonly namespace: string;
    readonly object: object;
}

/** What the API server said of a dry run. */
export type AdmissionAnswer =
    | { readonly accepted: true; readonly object: unknown }
    | { readonly accepted: false; readonly reason: string };

/** Asks an API server what it would do. */
export interface AdmissionClient {
    /** Never rejects: no answer is an answer as well. `deadline` is in milliseconds since 1970. */
    dryRun(request: AdmissionRequest, deadline: number): Promise<AdmissionAnswer>;
}

/** A client of the cluster that a kubeconfig's current context names. */
export function admissionClient(config: KubeConfig): AdmissionClient {
    const core = config.makeApiClient(CoreV1Api);
    const custom = config.makeApiClient(CustomObjectsApi);
    return {
        dryRun: async (request, deadline) => {
            const patience = Math.max(1000, Math.min(LIMITS.milliseconds, deadline - Date.now()));
            const given = new AbortController();
            try {
                const object = await Promise.race([
                    create(core, custom, request),
                    sleep(patience, undefined, { signal: given.signal }).then(() => {
                        throw new Error(`no answer in ${Math.round(patience / 1000)} s`);
                    }),
                ]);
                return { accepted: true, object };
            } catch (error) {
                return { accepted: false, reason: refusal(error) };
            } finally {
                given.abort();
            }
        },
    };
}

/**
 * What a cluster's API server calls the user of a kubeconfig's current context.
 *
 * @throws Error with the reason why there is no answer
 */
export async function requesterOf(config: KubeConfig): Promise<Requester> {
    const reviews = config.makeApiClient(AuthenticationV1Api);
    const { status } = await reviews
        .createSelfSubjectReview({ body: {} })
        .catch((error: unknown) => {
            throw new Error(refusal(error), { cause: error });
        });
    const { username = "", groups = [] } = status?.userInfo ?? {};
    return { username, groups };
}

/** Whether it is a kubeconfig itself, and no file's path. */
function isContent(kubeconfig: string): boolean {
    return /^\s*(\{|[A-Za-z]+:\s)/.test(kubeconfig);
}

function load(config: KubeConfig, { kubeconfig }: ClusterAccess): void {
    if (kubeconfig === undefined) {
        config.loadFromDefault();
    } else if (isContent(kubeconfig)) {
        config.loadFromString(kubeconfig);
    } else {
        config.loadFromFile(kubeconfig);
    }
}

/** The kubeconfig of the cluster that the program deploys to. @throws Error that quotes nothing of it */
export function kubeConfigOf(access: ClusterAccess): KubeConfig {
    const config = new ClusterConfig();
    try {
        load(config, access);
    } catch {
        const { kubeconfig = "of KUBECONFIG or the home folder" } = access;
        const file = isContent(kubeconfig) ? "of kubernetes:kubeconfig" : kubeconfig;
        // The reader's own message quotes what stands there, tokens and all.
        throw new Error(
            `the kubeconfig ${file} cannot be read: a file, or YAML, with clusters, contexts and users is needed`,
        );
    }
    if (access.kubeContext !== undefined) {
        config.setCurrentContext(access.kubeContext);
    }
    return config;
}

async function create(
    core: CoreV1Api,
    custom: CustomObjectsApi,
    { kind, namespace, object }: AdmissionRequest,
): Promise<unknown> {
    if (kind === "Pod") {
        return core.createNamespacedPod({ namespace, body: object, dryRun: "All" });
    }
    const answer: unknown = await custom.createNamespacedCustomObject({
        ...groupAndVersion(API_VERSIONS.VirtualService),
        plural: "virtualservices",
        namespace,
        body: object,
        dryRun: "All",
    });
    return answer;
}

/** The API server's own sentence where it gave one. */
function refusal(error: unknown): string {
    const body = typeof error === "object" && error !== null && "body" in error ? error.body : "";
    const status = parse(body);
    if (typeof status === "object" && status !== null && "message" in status) {
        return String(status.message);
    }
    if (typeof error === "object" && error !== null && "code" in error && error.code === 404) {
        return "the API server does not know this kind";
    }
    return error instanceof Error ? (error.message.split("\n")[0] ?? error.name) : String(error);
}

function parse(body: unknown): unknown {
    if (typeof body !== "string") {
        return body;
    }
    try {
        const value: unknown = JSON.parse(body);
        return value;
    } catch {
        return undefined;
    }
}
