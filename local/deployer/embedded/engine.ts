import { setMaxListeners } from "node:events";
import { DeployError } from "../types.ts";
import type { ResourceOutcome } from "../types.ts";
import type { Helm } from "./helm.ts";
import { applyRelease, RELEASE_TYPE } from "./helm-release.ts";
import type { InventoryEntry } from "./inventory-entry.ts";
import { subjectKey } from "./inventory-entry.ts";
import { messageOf } from "./json.ts";
import { applyObject, isKubernetesObject } from "./kubernetes-object.ts";
import { applyRandom, RANDOM_TYPES } from "./random.ts";
import type { Applied, ApplyContext, ResourceRequest } from "./resource.ts";

/** How long applications under way may still take once another one has failed. */
const GRACE_MS = 30_000;

export interface EngineOptions {
    readonly context: Omit<ApplyContext, "claim" | "signal">;
    readonly helm: Helm;
    readonly signal: AbortSignal;
    readonly done: (outcome: ResourceOutcome, seconds: number) => void;
}

/**
 * Applies resources as the program registers them. After the first failure nothing new is started, what is under way
 * gets half a minute to end well, and {@link Engine.stopped} tells what went wrong.
 */
export class Engine {
    readonly #options: EngineOptions;
    readonly #context: ApplyContext & { readonly helm: Helm };
    readonly #abort = new AbortController();
    readonly #claims = new Map<string, string>();
    readonly #running = new Set<Promise<unknown>>();
    readonly #failures: string[] = [];
    readonly #outcomes: ResourceOutcome[] = [];
    #announceStop: (error: DeployError) => void = () => undefined;
    /** Settles only when the run cannot go on, with the reason, and after everything under way has ended. */
    readonly stopped: Promise<DeployError>;

    constructor(options: EngineOptions) {
        this.#options = options;
        const signal = AbortSignal.any([options.signal, this.#abort.signal]);
        // Each resource that is being applied listens to it: more than ten of them are no leak.
        setMaxListeners(0, signal);
        const claim = (key: string, urn: string): void => {
            this.#claim(key, urn);
        };
        this.#context = { ...options.context, claim, signal, helm: options.helm };
        this.stopped = new Promise((resolve) => (this.#announceStop = resolve));
        options.signal.addEventListener("abort", () => {
            this.#stop();
        });
    }

    get outcomes(): readonly ResourceOutcome[] {
        return this.#outcomes;
    }

    /** What the inventory has that this run did not ask for. */
    leavers(): InventoryEntry[] {
        return this.#context.inventory.entries.filter(
            (entry) => !this.#claims.has(subjectKey(entry)),
        );
    }

    /** Applies one resource. Never settles when the run is stopping, so that nothing depending on it starts. */
    async apply(request: ResourceRequest): Promise<Applied> {
        if (this.#isStoppingNow()) return never();
        const started = Date.now();
        const work = this.#dispatch(request);
        this.#running.add(work);
        try {
            const applied = await work;
            const { urn, type, name } = request;
            const outcome = { urn, type, name, action: applied.action };
            this.#outcomes.push(outcome);
            this.#options.done(outcome, (Date.now() - started) / 1000);
            if (!this.#isStoppingNow()) return applied;
        } catch (error) {
            if (!this.#context.signal.aborted) this.fail(describe(request, error));
        } finally {
            this.#running.delete(work);
        }
        return never();
    }

    /** Records a failure from outside an application, for example of the program itself, and stops the run. */
    fail(message: string): void {
        this.#failures.push(message);
        if (this.#failures.length === 1) this.#stop();
    }

    /**
     * Resolves when nothing has failed. A rejection inside the program's `apply` is known only some turns of the event
     * loop after everything was registered.
     *
     * @throws DeployError with what failed.
     */
    async finish(): Promise<void> {
        for (let turn = 0; turn < 3; turn += 1)
            await new Promise((resolve) => setImmediate(resolve));
        if (this.#isStoppingNow()) throw await this.stopped;
    }

    #isStoppingNow(): boolean {
        return this.#failures.length > 0 || this.#options.signal.aborted;
    }

    #stop(): void {
        const grace = setTimeout(() => {
            this.#abort.abort(new DeployError("another resource failed"));
        }, GRACE_MS);
        const settled = async (): Promise<void> => {
            while (this.#running.size > 0) await Promise.allSettled([...this.#running]);
            clearTimeout(grace);
            const reason = this.#options.signal.aborted
                ? "interrupted; what was made is recorded, and the next run goes on from there"
                : this.#failures.join("\n");
            this.#announceStop(new DeployError(reason));
        };
        void settled();
    }

    #claim(key: string, urn: string): void {
        const other = this.#claims.get(key);
        if (other !== undefined && other !== urn) {
            throw new DeployError(
                `${key} in the cluster is ${other.split("::").at(-1) ?? other} already`,
            );
        }
        this.#claims.set(key, urn);
    }

    async #dispatch(request: ResourceRequest): Promise<Applied> {
        if (request.type === RELEASE_TYPE) return applyRelease(this.#context, request);
        if (RANDOM_TYPES.includes(request.type)) return applyRandom(this.#context, request);
        if (isKubernetesObject(request)) return applyObject(this.#context, request);
        throw unsupported(`resource type ${request.type}`);
    }
}

/** The error for what only the CLI and its plugins can do. */
export function unsupported(what: string): DeployError {
    return new DeployError(
        `${what} is not supported without the Pulumi CLI; supported are Kubernetes objects and custom resources, ` +
            `${RELEASE_TYPE}, ${RANDOM_TYPES.map((type) => type.split(":").at(-1) ?? type).join(", ")} and component resources`,
    );
}

export function describe(request: Pick<ResourceRequest, "type" | "name">, error: unknown): string {
    return `${request.name} (${request.type}): ${messageOf(error)}`;
}

function never(): Promise<never> {
    return new Promise(() => undefined);
}
