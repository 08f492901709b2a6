import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api } from "@kubernetes/client-node";
import { proxyLog } from "#live/access-logs.ts";
import type { PodName } from "#live/pods.ts";
import { runningPods } from "#live/pods.ts";
import type { RehearsalGroup, RehearsalOptions } from "#live/rehearsal/objects.ts";
import type { Rehearsal } from "#live/rehearsal/session.ts";
import { startRehearsal } from "#live/rehearsal/session.ts";
import { PROBE_HEADER } from "#model/access-log.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { clusterHost, rehearsalName } from "#model/mesh.ts";
import { ejectedHosts } from "./hosts.ts";
import { runK6 } from "./k6.ts";
import { loggedRequests } from "./logs.ts";
import type { ProxyLog } from "./logs.ts";
import { Meter } from "./meter.ts";
import type { RequestShape } from "./requests.ts";
import type {
    Evidence,
    HostsSeen,
    LoadContext,
    LoadRequest,
    Phase,
    ScenarioName,
} from "./scenario.ts";

/** How long a rehearsal may exist, whatever becomes of this process. */
const LIFETIME_SECONDS = 240;
/** k6 starts, and lets requests that are under way come to their end. */
const K6_EXTRA_SECONDS = 50;
/** Proxies write their logs once a second. */
const LOG_MILLISECONDS = 1500;

/** The rehearsal that a scenario acts on. */
export interface StageOptions extends Pick<RehearsalOptions, "breaker" | "alterRoutes"> {
    readonly scenario: ScenarioName;
    /** The load's own service, or it with a part of its routes taken away. */
    readonly service: ServiceIntent;
    readonly groups: readonly RehearsalGroup[];
    /** Whether the counters of the servers' proxies are read as well, at the end of each phase. Default false. */
    readonly servers?: boolean;
}

/** Requests at a fixed rate for some time. */
export interface PhasePlan {
    readonly name: string;
    readonly what: string;
    readonly request: RequestShape;
    /** Requests a second, whole. */
    readonly rate: number;
    readonly seconds: number;
}

/** A rehearsal, load on it, and notes of what is seen. */
export class Stage {
    readonly #load: LoadContext;
    readonly #options: StageOptions;
    readonly #rehearsal: Rehearsal;
    readonly #meter: Meter;
    readonly #begun = Date.now();
    readonly #run = randomBytes(3).toString("hex");
    readonly #tags: Record<string, string> = {};
    readonly #phases: Phase[] = [];
    readonly #requests: LoadRequest[] = [];
    readonly #hosts: HostsSeen[] = [];

    private constructor(
        load: LoadContext,
        options: StageOptions,
        rehearsal: Rehearsal,
        servers: readonly PodName[],
    ) {
        this.#load = load;
        this.#options = options;
        this.#rehearsal = rehearsal;
        this.#meter = new Meter(load, options.scenario, {
            host: this.#host,
            servers: options.servers === true ? servers : [],
        });
    }

    /**
     * Runs a part of a scenario against a rehearsal, which is gone when it returns or throws.
     *
     * @throws what the signal was aborted with; Error where the rehearsal does not become ready
     */
    static async with(
        load: LoadContext,
        options: StageOptions,
        act: (stage: Stage) => Promise<void>,
    ): Promise<Evidence> {
        const { kubeConfig, catalog, context, signal } = load;
        Meter.announce(load, options.scenario, "pods start");
        const rehearsal = await startRehearsal({
            service: options.service,
            catalog,
            context,
            image: options.service.image,
            groups: options.groups,
            breaker: options.breaker,
            ...(options.alterRoutes && { alterRoutes: options.alterRoutes }),
            kubeConfig,
            lifetimeSeconds: LIFETIME_SECONDS,
            signal,
        });
        try {
            const core = kubeConfig.makeApiClient(CoreV1Api);
            const servers = await runningPods(core, rehearsal.name, context);
            const stage = new Stage(load, options, rehearsal, servers);
            await stage.#meter.read();
            await act(stage);
            // Awaited here: the servers' logs are gone with their pods.
            return await stage.#evidence();
        } finally {
            await rehearsal.close();
        }
    }

    /** Makes requests, one after the other phase. */
    async phase(plan: PhasePlan): Promise<void> {
        const { kubeConfig, pod, signal } = this.#load;
        const tag = `load-${this.#run}-${this.#phases.length}`;
        this.#tags[plan.name] = tag;
        const headers = Object.entries({ ...plan.request.headers, [PROBE_HEADER]: "{n}" }).map(
            ([name, value]) => [name, value.replaceAll("{n}", `${tag}-{n}`)],
        );
        const from = Date.now();
        await this.#meter.during(
            plan.name,
            runK6({
                kubeConfig,
                pod,
                script: "steady-rate.js",
                env: {
                    URL: `http://${this.#host}:${this.#options.service.port}${plan.request.path}`,
                    METHOD: plan.request.method,
                    RATE: String(plan.rate),
                    DURATION: `${plan.seconds}s`,
                    HEADERS: JSON.stringify(Object.fromEntries(headers)),
                },
                timeoutSeconds: plan.seconds + K6_EXTRA_SECONDS,
                onRequest: (request) => {
                    this.#requests.push({ ...request, phase: plan.name });
                    this.#meter.count(request.status);
                },
            }),
        );
        signal.throwIfAborted();
        this.#phases.push({ name: plan.name, what: plan.what, from, to: Date.now() });
    }

    /**
     * Notes which hosts are ejected.
     *
     * @param group name of the pods that were made to fail
     */
    async lookAtHosts(group: string): Promise<HostsSeen> {
        const { kubeConfig, pod, context } = this.#load;
        const pods = await runningPods(
            kubeConfig.makeApiClient(CoreV1Api),
            this.#rehearsal.name,
            context,
        );
        const seen = {
            at: Date.now(),
            failing: pods
                .filter(({ labels }) => labels["group"] === group)
                .map(({ ip }) => ip ?? ""),
            ejected: await ejectedHosts(kubeConfig, pod, this.#host),
        };
        this.#hosts.push(seen);
        return seen;
    }

    /** Reads what the proxies wrote about this stage's requests. */
    async #logs(): Promise<readonly ProxyLog[]> {
        await sleep(LOG_MILLISECONDS, undefined, { signal: this.#load.signal });
        const { kubeConfig, pod, context } = this.#load;
        const core = kubeConfig.makeApiClient(CoreV1Api);
        const servers = await runningPods(core, this.#rehearsal.name, context);
        const since = Math.ceil((Date.now() - this.#begun) / 1000) + 1;
        const read = async (by: ProxyLog["by"], name: PodName): Promise<ProxyLog> => ({
            by,
            lines: await proxyLog(core, name, since),
        });
        return Promise.all([
            read("caller", pod),
            ...servers.map((server) => read("servers", server)),
        ]);
    }

    get #host(): string {
        return clusterHost(rehearsalName(this.#options.service.name), this.#load.context);
    }

    async #evidence(): Promise<Evidence> {
        const logged = loggedRequests(await this.#logs(), this.#tags);
        return {
            phases: this.#phases,
            requests: this.#requests,
            hosts: this.#hosts,
            counters: this.#meter.samples,
            ...logged,
        };
    }
}
