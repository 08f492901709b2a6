import type { KubeConfig, V1Job, V1OwnerReference } from "@kubernetes/client-node";
import {
    BatchV1Api,
    CoreV1Api,
    CustomObjectsApi,
    KubernetesObjectApi,
} from "@kubernetes/client-node";
import { EnvironmentError } from "#errors.ts";
import { CHAOS_NOTES, experimentObjects, experimentTimer } from "#live/chaos.ts";
import { isRefusal, orAbsent } from "#live/kubernetes/errors.ts";
import { startTimer, stopTimers } from "#live/kubernetes/timer.ts";
import type { ChaosIntent } from "#model/chaos.ts";
import { CHAOS_LABEL, needsExperimentRoute, NEVER_ASSIGNED } from "#model/chaos.ts";
import { API_VERSIONS, groupAndVersion } from "#model/istio-kinds.ts";
import { experimentName } from "#model/mesh.ts";
import type { MeshContext } from "#model/mesh.ts";
import { choosePods, unlabelPods } from "./pods.ts";

/** An experiment as the cluster knows it. */
export interface RunningExperiment {
    /** The service's name: there is never more than one on a service. */
    readonly id: string;
    readonly kind: string;
    readonly caller: string;
    /** What it does to whom, one phrase. */
    readonly what: string;
    /** When the cluster ends it, ISO 8601. */
    readonly until: string;
}

const CONFLICT = 409;

/** The experiments of one namespace. */
export class Experiments {
    readonly #batch: BatchV1Api;
    readonly #core: CoreV1Api;
    readonly #custom: CustomObjectsApi;
    readonly #objects: KubernetesObjectApi;
    readonly #context: MeshContext;

    constructor(kubeConfig: KubeConfig, context: MeshContext) {
        this.#batch = kubeConfig.makeApiClient(BatchV1Api);
        this.#core = kubeConfig.makeApiClient(CoreV1Api);
        this.#custom = kubeConfig.makeApiClient(CustomObjectsApi);
        this.#objects = KubernetesObjectApi.makeApiClient(kubeConfig);
        this.#context = context;
    }

    /** What runs now, by its service's name. */
    async list(): Promise<readonly RunningExperiment[]> {
        const { items } = await this.#batch.listNamespacedJob({
            namespace: this.#context.namespace,
            labelSelector: CHAOS_LABEL,
        });
        return items
            .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
            .map(recordOf)
            .sort((one, other) => one.id.localeCompare(other.id));
    }

    /** @throws EnvironmentError naming the experiment that the service already has */
    async assertNone(service: string): Promise<void> {
        const running = (await this.list()).find(({ id }) => id === service);
        if (running !== undefined) {
            throw new EnvironmentError(
                `${service} has an experiment already: ${running.what}, until ${clock(running.until)} ("mesh chaos stop ${service}" ends it).`,
            );
        }
    }

    /**
     * Makes sure that the service's own VirtualService leads to an experiment.
     *
     * @throws EnvironmentError where it does not
     */
    async assertPlace({ kind, service }: ChaosIntent): Promise<void> {
        if (!needsExperimentRoute(kind)) {
            return;
        }
        const { namespace } = this.#context;
        const found = (await orAbsent(
            this.#custom.getNamespacedCustomObject({
                ...groupAndVersion(API_VERSIONS.VirtualService),
                namespace,
                plural: "virtualservices",
                name: service.name,
            }) as Promise<unknown>,
        )) as { spec?: { http?: { readonly delegate?: { readonly name: string } }[] } } | undefined;
        const leads = found?.spec?.http?.some(
            ({ delegate }) => delegate?.name === experimentName(service.name),
        );
        if (leads !== true) {
            throw new EnvironmentError(
                `VirtualService ${namespace}/${service.name} has no route for experiments; deploy the stack again.`,
            );
        }
    }

    /**
     * Starts an experiment: first the timer that ends it, then what the timer owns. When it returns, the objects are
     * made and pods that shall go are going.
     *
     * @param seconds after which the cluster ends it
     * @returns the pods that were chosen, by name
     * @throws EnvironmentError where the service has one already
     */
    async start(intent: ChaosIntent, what: string, seconds: number): Promise<readonly string[]> {
        const { service, kind } = intent;
        await this.assertNone(service.name);
        const address = kind === "partition" ? await this.#freeAddress() : NEVER_ASSIGNED[0];
        const experiment = { intent, address };
        let owner: V1OwnerReference;
        try {
            owner = await startTimer(
                this.#batch,
                experimentTimer(experiment, this.#context, what, seconds),
            );
        } catch (error) {
            if (isRefusal(error, CONFLICT)) {
                await this.assertNone(service.name);
            }
            throw error;
        }
        try {
            const chosen = await choosePods(this.#core, intent, this.#context);
            for (const object of experimentObjects(experiment, this.#context, owner)) {
                await this.#objects.create(object);
            }
            return chosen;
        } catch (error) {
            await this.stop(service.name);
            throw error;
        }
    }

    /** Ends a service's experiment, or all of them, at once; what is not there needs no end. */
    async stop(service?: string): Promise<void> {
        const { namespace } = this.#context;
        const label = service === undefined ? CHAOS_LABEL : `${CHAOS_LABEL}=${service}`;
        await stopTimers(this.#batch, namespace, label);
        await unlabelPods(this.#core, this.#context.namespace, label);
    }

    /** Takes the labels off pods whose experiment ended without this command; they did nothing any more. */
    async sweep(): Promise<void> {
        const running = new Set((await this.list()).map(({ id }) => id));
        const { items } = await this.#core.listNamespacedPod({
            namespace: this.#context.namespace,
            labelSelector: CHAOS_LABEL,
        });
        const stale = items
            .map(({ metadata }) => metadata?.labels?.[CHAOS_LABEL] ?? "")
            .filter((service) => !running.has(service));
        for (const service of new Set(stale)) {
            await unlabelPods(this.#core, this.#context.namespace, `${CHAOS_LABEL}=${service}`);
        }
    }

    /** An address that neither a pod nor a node of this cluster has. */
    async #freeAddress(): Promise<string> {
        const [pods, nodes] = await Promise.all([
            this.#core.listPodForAllNamespaces(),
            this.#core.listNode(),
        ]);
        const taken = new Set([
            ...pods.items.map(({ status }) => status?.podIP),
            ...nodes.items.flatMap(({ status }) => status?.addresses?.map((at) => at.address)),
        ]);
        const free = NEVER_ASSIGNED.find((address) => !taken.has(address));
        if (free === undefined) {
            throw new EnvironmentError(
                `This cluster uses ${NEVER_ASSIGNED.join(", ")}, which are for documentation: there is no address to which nobody answers.`,
            );
        }
        return free;
    }
}

function recordOf({ metadata, spec }: V1Job): RunningExperiment {
    const notes = metadata?.annotations ?? {};
    const begun = metadata?.creationTimestamp ?? new Date();
    const until = new Date(begun.getTime() + (spec?.activeDeadlineSeconds ?? 0) * 1000);
    return {
        id: metadata?.labels?.[CHAOS_LABEL] ?? "",
        kind: notes[CHAOS_NOTES.kind] ?? "",
        caller: notes[CHAOS_NOTES.caller] ?? "",
        what: notes[CHAOS_NOTES.what] ?? "",
        until: until.toISOString(),
    };
}

/** A moment as a clock on the wall of this machine shows it. */
export function clock(moment: string | number): string {
    return new Date(moment).toTimeString().slice(0, 8);
}
