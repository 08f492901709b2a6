import { setTimeout as sleep } from "node:timers/promises";
import type { PodName } from "#live/pods.ts";
import type { BreakerCounters } from "#live/proxies/counters.ts";
import { breakerCounters } from "#live/proxies/counters.ts";
import { unlessAborted } from "../interrupt.ts";
import { CALLER } from "./scenario.ts";
import type { CounterSample, LoadContext, LoadProgress, ScenarioName } from "./scenario.ts";

const INTERVAL_MILLISECONDS = 1000;

/** What is watched while load runs, and who is told. */
export interface MeterOptions {
    /** Host of the service whose clusters in the caller's proxy are read. */
    readonly host: string;
    /** Pods whose inbound clusters are read as well, at the end of each phase. */
    readonly servers: readonly PodName[];
}

/** Reads counters while something goes on, and tells how far it has come. */
export class Meter {
    readonly samples: CounterSample[] = [];
    readonly #load: LoadContext;
    readonly #scenario: ScenarioName;
    readonly #options: MeterOptions;
    #statuses: Record<string, number> = {};
    #ended = 0;

    constructor(load: LoadContext, scenario: ScenarioName, options: MeterOptions) {
        this.#load = load;
        this.#scenario = scenario;
        this.#options = options;
    }

    /** Tells that something goes on before there is anything to measure. */
    static announce({ onProgress }: LoadContext, scenario: ScenarioName, phase: string): void {
        const nothing = { statuses: {}, rate: 0, overflow: 0, ejected: 0 };
        onProgress({ scenario, phase, ...nothing, ended: false });
    }

    /** Notes the status of a request that has ended. */
    count(status: number): void {
        this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
        this.#ended += 1;
    }

    /** Reads the counters of all proxies once. */
    async read(): Promise<void> {
        await Promise.all([
            this.#readCaller(),
            ...this.#options.servers.map((pod) => this.#readServer(pod)),
        ]);
    }

    /**
     * Measures about once a second until some work has ended, and once after it.
     *
     * @throws what the work throws, or what the signal was aborted with
     */
    async during(phase: string, work: Promise<unknown>): Promise<void> {
        const { signal } = this.#load;
        this.#statuses = {};
        this.#ended = 0;
        const done = new AbortController();
        const either = AbortSignal.any([signal, done.signal]);
        const watching = this.#watch(phase, either);
        try {
            await unlessAborted(work, signal);
        } finally {
            done.abort();
            await watching;
        }
        await this.read();
        this.#tell(phase, 0, true);
    }

    async #watch(phase: string, signal: AbortSignal): Promise<void> {
        let [last, at] = [0, Date.now()];
        for (;;) {
            try {
                await sleep(INTERVAL_MILLISECONDS, undefined, { signal });
            } catch {
                // Aborted: the phase is over.
                return;
            }
            // A reading that fails leaves a gap; the one at the end must not.
            await this.#readCaller().catch(() => undefined);
            const now = Date.now();
            this.#tell(phase, ((this.#ended - last) * 1000) / (now - at), false);
            [last, at] = [this.#ended, now];
        }
    }

    #tell(phase: string, rate: number, ended: boolean): void {
        const first = this.samples.find(({ proxy }) => proxy === CALLER)?.counters;
        const last = this.samples.findLast(({ proxy }) => proxy === CALLER)?.counters;
        const progress: LoadProgress = {
            scenario: this.#scenario,
            phase,
            statuses: this.#statuses,
            rate,
            overflow: (last?.overflow ?? 0) - (first?.overflow ?? 0),
            ejected: last?.ejected ?? 0,
            ended,
        };
        this.#load.onProgress(progress);
    }

    async #readCaller(): Promise<void> {
        const { kubeConfig, pod } = this.#load;
        // The name alone could be the beginning of another service's.
        const clusters = `outbound.*${this.#options.host.replaceAll(".", "\\.")}`;
        this.#note(CALLER, await breakerCounters(kubeConfig, pod, clusters));
    }

    async #readServer(pod: PodName): Promise<void> {
        this.#note(pod.name, await breakerCounters(this.#load.kubeConfig, pod, "inbound"));
    }

    #note(proxy: string, counters: BreakerCounters): void {
        this.samples.push({ at: Date.now(), proxy, counters });
    }
}
