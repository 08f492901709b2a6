import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubeConfig, V1OwnerReference, V1Pod } from "@kubernetes/client-node";
import { BatchV1Api, CoreV1Api } from "@kubernetes/client-node";
import type { Identity } from "#model/authorization.ts";
import { askUntil } from "#wait.ts";
import { execIn } from "../kubernetes/exec.ts";
import { startTimer, stopTimers } from "../kubernetes/timer.ts";
import type { PodName } from "../pods.ts";
import { LABEL, PROBE_CONTAINER, probePod, timerName } from "./pod.ts";
import type { ProbePodOptions } from "./pod.ts";
import type { Probe, ProbeResult } from "./probe.ts";

/** The cluster that probe pods run on, their image, and when the cluster ends them. */
export interface ProbeSessionOptions {
    readonly kubeConfig: KubeConfig;
    /** Any image with `node` on its PATH. */
    readonly image: string;
    /** The cluster removes everything after this many seconds, whatever became of this process. */
    readonly lifetimeSeconds: number;
    /** Aborted on Ctrl-C. */
    readonly signal?: AbortSignal;
}

/** A pod that can be told to make requests. */
export interface ProbePod extends PodName {
    readonly ip: string;
    run(probes: readonly Probe[]): Promise<ReadonlyMap<string, ProbeResult>>;
}

const PARALLEL_PROBES = 8;
const READY_TIMEOUT_SECONDS = 60;

/** Where a pod stands that does not become ready, in one phrase. */
function whyNotReady(pod: V1Pod | undefined): string {
    const statuses = [
        ...(pod?.status?.initContainerStatuses ?? []),
        ...(pod?.status?.containerStatuses ?? []),
    ];
    const waiting = statuses.find(({ ready, state }) => !ready && state?.waiting);
    return waiting
        ? `container ${waiting.name} of image ${waiting.image}: ${waiting.state?.waiting?.reason ?? "waiting"}`
        : (pod?.status?.phase ?? "not created");
}

/**
 * Short-lived pods that make requests under a workload's identity. The identity comes from the ServiceAccount alone:
 * a pod with the workload's labels would become an endpoint of its Service and get real requests.
 */
export class ProbeSession {
    readonly #core: CoreV1Api;
    readonly #batch: BatchV1Api;
    readonly #id = randomBytes(3).toString("hex");
    readonly #timers = new Map<string, Promise<V1OwnerReference>>();
    readonly #looks = new Map<string, Promise<readonly V1Pod[]>>();
    readonly #creations = new Set<Promise<void>>();
    readonly #options: ProbeSessionOptions;
    #closed = false;

    constructor(options: ProbeSessionOptions) {
        this.#options = options;
        this.#core = options.kubeConfig.makeApiClient(CoreV1Api);
        this.#batch = options.kubeConfig.makeApiClient(BatchV1Api);
    }

    /**
     * Starts a pod and waits until it is ready, its sidecar included where the namespace is injected.
     *
     * @throws Error where it does not become ready; then it is gone, and may be started again
     */
    async start(options: ProbePodOptions): Promise<ProbePod> {
        const { namespace } = options;
        const name = `${timerName(this.#id)}-${options.name}`;
        await this.#whileOpen(() => this.#create(name, options));
        try {
            const pod = await this.#ready(namespace, name);
            return {
                name,
                namespace,
                ip: pod.status?.podIP ?? "",
                run: (probes) => this.#run(namespace, name, probes),
            };
        } catch (error) {
            await this.stop({ namespace, name }).catch(() => undefined);
            throw error;
        }
    }

    /** Starts a pod with the identity of a workload. */
    async startAs(
        identity: Identity,
        options: Pick<ProbePodOptions, "inject" | "idle"> = {},
    ): Promise<ProbePod> {
        return this.start({
            name: identity.serviceAccount,
            namespace: identity.namespace,
            serviceAccount: identity.serviceAccount,
            ...options,
        });
    }

    /** Removes a pod, as a collection, so that it needs no permission that closing does not need. */
    async stop({ namespace, name }: PodName): Promise<void> {
        await this.#core.deleteCollectionNamespacedPod({
            namespace,
            fieldSelector: `metadata.name=${name}`,
            gracePeriodSeconds: 0,
        });
    }

    /**
     * Removes everything the session made, what is being made at the moment included.
     *
     * @throws Error where that failed somewhere, after it was tried everywhere
     */
    async close(): Promise<void> {
        this.#closed = true;
        await Promise.allSettled(this.#creations);
        const namespaces = [...this.#timers.keys()];
        const labelSelector = `${LABEL}=${this.#id}`;
        const removals = await Promise.allSettled([
            ...namespaces.map((namespace) =>
                this.#core.deleteCollectionNamespacedPod({
                    namespace,
                    labelSelector,
                    gracePeriodSeconds: 0,
                }),
            ),
            ...namespaces.map((namespace) => stopTimers(this.#batch, namespace, labelSelector)),
        ]);
        const failed = removals.find((removal) => removal.status === "rejected");
        if (failed !== undefined) {
            throw failed.reason;
        }
    }

    /** Notes what is being made, so that nothing is made behind the back of {@link close}. */
    async #whileOpen(make: () => Promise<void>): Promise<void> {
        if (this.#closed) {
            throw new Error("the probe session has ended");
        }
        const creation = make();
        this.#creations.add(creation);
        try {
            await creation;
        } finally {
            this.#creations.delete(creation);
        }
    }

    async #create(name: string, options: ProbePodOptions): Promise<void> {
        const { image, lifetimeSeconds } = this.#options;
        const owner = await this.#timer(options.namespace);
        await this.#core.createNamespacedPod({
            namespace: options.namespace,
            body: probePod(name, options, {
                image,
                labels: { [LABEL]: this.#id },
                lifetimeSeconds,
                owner,
            }),
        });
    }

    /** One timer a namespace: an owner must live where what it owns does. */
    #timer(namespace: string): Promise<V1OwnerReference> {
        const known = this.#timers.get(namespace);
        if (known !== undefined) {
            return known;
        }
        const created = startTimer(this.#batch, {
            namespace,
            name: timerName(this.#id),
            labels: { [LABEL]: this.#id },
            seconds: this.#options.lifetimeSeconds,
        });
        this.#timers.set(namespace, created);
        created.catch(() => this.#timers.delete(namespace));
        return created;
    }

    async #ready(namespace: string, name: string): Promise<V1Pod> {
        const isReady = ({ status }: V1Pod): boolean =>
            status?.conditions?.some(
                ({ type, status: state }) => type === "Ready" && state === "True",
            ) === true;
        const pod = await askUntil(
            async () =>
                (await this.#look(namespace)).find(({ metadata }) => metadata?.name === name),
            (seen) => seen !== undefined && isReady(seen),
            {
                milliseconds: READY_TIMEOUT_SECONDS * 1000,
                pause: 250,
                signal: this.#options.signal,
            },
        );
        if (pod === undefined || !isReady(pod)) {
            throw new Error(
                `probe pod ${namespace}/${name} is not ready after ${READY_TIMEOUT_SECONDS} s (${whyNotReady(pod)})`,
            );
        }
        return pod;
    }

    /** The session's pods in a namespace: who waits for one looks with all the others that wait. */
    #look(namespace: string): Promise<readonly V1Pod[]> {
        const looking = this.#looks.get(namespace);
        if (looking !== undefined) {
            return looking;
        }
        const begun = this.#core
            .listNamespacedPod({ namespace, labelSelector: `${LABEL}=${this.#id}` })
            .then(({ items }) => items)
            .finally(() => this.#looks.delete(namespace));
        this.#looks.set(namespace, begun);
        return begun;
    }

    async #run(
        namespace: string,
        pod: string,
        probes: readonly Probe[],
    ): Promise<ReadonlyMap<string, ProbeResult>> {
        const script = await readFile(join(import.meta.dirname, "probe.cjs"), "utf8");
        const output = await execIn(this.#options.kubeConfig, {
            namespace,
            pod,
            container: PROBE_CONTAINER,
            command: ["node", "-e", script],
            input: JSON.stringify({
                parallel: PARALLEL_PROBES,
                probes: probes.map((probe) => ({ timeoutMilliseconds: 5000, ...probe })),
            }),
        });
        const results = JSON.parse(output) as ProbeResult[];
        return new Map(results.map((result) => [result.id, result]));
    }
}
