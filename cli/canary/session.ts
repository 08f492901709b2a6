import { setTimeout as sleep } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { EnvironmentError } from "#errors.ts";
import type { Objects } from "#live/kubernetes/objects.ts";
import { ClusterObjects } from "#live/kubernetes/objects.ts";
import type { TargetLook } from "#live/stack-record.ts";
import { CANARY } from "#model/canary.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { addonEndpoints } from "#stack/addon-endpoints.ts";
import { declaredCatalog } from "#stack/catalog.ts";
import type { MeshConfig } from "#stack/config.ts";
import { meshContext } from "#stack/config.ts";
import { stackConfig } from "#stack/read-stack.ts";
import type { ReleaseState } from "#stack/stack-file.ts";
import { readStackFile, stackFileOf, withRelease, writeStackFile } from "#stack/stack-file.ts";
import type { DeploymentRoute } from "../deployment-route.ts";
import { previewLines } from "../planned-changes.ts";
import type { Interruption } from "../interrupt.ts";
import type { Progress } from "../progress.ts";
import type { Divergence } from "./live.ts";
import { divergenceOf, readRelease } from "./live.ts";
import type { TallySource } from "./losses.ts";
import { CallerLogs } from "./losses.ts";
import type { RunningState, Stage } from "./plan.ts";
import { prometheusCounters } from "./prometheus.ts";
import { proxyCounters } from "./proxies.ts";
import type { CounterSource } from "./reading.ts";

/** Until every proxy has heard of new weights; two seconds were measured to be enough. */
const SETTLE_MILLISECONDS = 3000;

/** A service of a stack whose canary is worked on, as the commands see it. */
export interface Release {
    readonly stack: string;
    readonly service: ServiceIntent;
    /** What the stack's file says now. */
    readonly state: ReleaseState;
    /** @throws EnvironmentError where there is no canary */
    readonly running: RunningState;
    /** Image of the service's own versions. */
    readonly image: string;
    readonly signal: AbortSignal;
    readonly progress: Progress;
    /** Where the canary's gates read. */
    counters(): CounterSource;
    /** Where it is read what callers lose. */
    losses(): TallySource;
    /** What the cluster has otherwise than the stack's file says now; `undefined` where nothing. */
    divergence(): Promise<Divergence | undefined>;
    /** Deploys a stage. */
    apply(stage: Stage): Promise<void>;
}

/** A release whose state is the stack's file, and whose stages are deployments. */
export class CanarySession implements Release {
    readonly stack: string;
    readonly service: ServiceIntent;
    readonly progress: Progress;
    readonly #route: DeploymentRoute;
    readonly #interruption: Interruption;
    readonly #assertTarget: TargetLook;
    readonly #objects: Objects;
    #config: MeshConfig;

    private constructor(options: SessionOptions, config: MeshConfig, service: ServiceIntent) {
        this.stack = options.stack;
        this.service = service;
        this.#route = options.route;
        this.#interruption = options.interruption;
        this.#assertTarget = options.assertTarget;
        this.#objects = new ClusterObjects(options.route.kubeConfig);
        this.progress = options.progress;
        this.#config = config;
    }

    /** @throws EnvironmentError for a service that cannot be released */
    static async open(options: SessionOptions): Promise<CanarySession> {
        const config = await stackConfig(options.stack);
        return new CanarySession(options, config, await releasableService(options.service));
    }

    get signal(): AbortSignal {
        return this.#interruption.signal;
    }

    get state(): ReleaseState {
        return releaseState(this.#config, this.service.name);
    }

    get running(): RunningState {
        return runningState(this.state, this.service.name, this.stack);
    }

    get image(): string {
        return this.state.image ?? this.service.image;
    }

    counters(): CounterSource {
        return countersOf(this.#route.kubeConfig, this.#config, this.service);
    }

    losses(): TallySource {
        return new CallerLogs(this.#route.kubeConfig, this.service, meshContext(this.#config));
    }

    async divergence(): Promise<Divergence | undefined> {
        const context = meshContext(this.#config);
        const live = await readRelease(this.#objects, this.service, context);
        return divergenceOf(live, this.state, this.service, context);
    }

    /** Deploys a stage, with its preview, and waits until the proxies have heard of it. */
    async apply({ title, state }: Stage): Promise<void> {
        this.signal.throwIfAborted();
        await this.#assertTarget();
        await this.#write(title, state);
        await this.#deploy();
        await sleep(SETTLE_MILLISECONDS, undefined, { signal: this.signal });
    }

    /** Written before anything is deployed: whatever happens then, the file says what should be. */
    async #write(title: string, state: ReleaseState): Promise<void> {
        const { name } = this.service;
        const replaced = settingsWith(this.#config, name, state);
        const config = await stackConfig(this.stack, { replaced });
        this.progress.line(`${name}: ${title}`);
        const file = await stackFileOf(this.stack);
        const text = await readStackFile(file);
        await writeStackFile(file, withRelease(text, name, state));
        try {
            this.progress.line("  preview:");
            const changes = await this.#route.preview(this.signal);
            previewLines(changes).forEach((line) => {
                this.progress.line(`    ${line}`);
            });
            // The preview took its time.
            await this.#assertTarget();
        } catch (error) {
            await writeStackFile(file, text);
            throw error;
        }
        this.#config = config;
    }

    async #deploy(): Promise<void> {
        const begun = performance.now();
        const lines: string[] = [];
        try {
            const touched = await this.#interruption.guard(
                this.#route.deploy((line) => {
                    lines.push(line);
                    this.progress.now(`  ${line}`);
                }, this.signal),
            );
            const seconds = ((performance.now() - begun) / 1000).toFixed(1);
            this.progress.line(
                `  deployed: ${touched} ${touched === 1 ? "resource" : "resources"} touched, ${seconds} s`,
            );
        } catch (error) {
            lines.slice(-LAST_LINES).forEach((line) => {
                this.progress.line(`    ${line}`);
            });
            throw error;
        }
    }
}

/** Lines of a deployment that failed which are shown. */
const LAST_LINES = 10;

/** The service and the stack that a canary's commands work on. */
export interface SessionOptions {
    readonly stack: string;
    /** Its name. */
    readonly service: string;
    readonly route: DeploymentRoute;
    /** Asked before each stage is written, and before it is deployed. */
    readonly assertTarget: TargetLook;
    readonly interruption: Interruption;
    readonly progress: Progress;
}

/**
 * A service of the catalogue whose images the stack sets.
 *
 * @throws EnvironmentError for any other
 */
export async function releasableService(name: string): Promise<ServiceIntent> {
    const catalog = await declaredCatalog();
    const service = catalog.services.find((each) => each.name === name);
    if (service === undefined) {
        const known = catalog.services.map((each) => each.name).join(", ");
        throw new EnvironmentError(`There is no service ${name}; there are ${known}.`);
    }
    const versions: ServiceIntent["versions"] = service.versions;
    if (versions.some(({ image }) => image !== undefined)) {
        throw new EnvironmentError(
            `The versions of ${name} state images of their own, which a canary could not replace; change them in its declaration.`,
        );
    }
    return service;
}

/** What a stack's configuration says of a service. */
export function releaseState(config: MeshConfig, service: string): ReleaseState {
    return { canary: config.canaries[service], image: config.serviceImages[service] };
}

/** @throws EnvironmentError where there is no canary */
export function runningState(state: ReleaseState, service: string, stack: string): RunningState {
    const { canary } = state;
    if (canary === undefined) {
        throw new EnvironmentError(
            `No ${CANARY} of ${service} is running in stack ${stack}; "mesh canary start" starts one.`,
        );
    }
    return { ...state, canary };
}

/** Where a service's requests are counted: by Prometheus where it has Istio's metrics, else by the callers' proxies. */
export function countersOf(
    kubeConfig: KubeConfig,
    config: MeshConfig,
    service: ServiceIntent,
): CounterSource {
    const { prometheus } = addonEndpoints(config);
    const context = meshContext(config);
    // Of upstream's Envoy the metrics are made of access logs at the scrape; its proxies are asked themselves.
    return prometheus === undefined || config.stockEnvoy
        ? proxyCounters(kubeConfig, service, context)
        : prometheusCounters(kubeConfig, service, context, prometheus);
}

/** The configuration with another state, for the program's own rules to judge before it is written. */
function settingsWith(
    config: MeshConfig,
    service: string,
    { canary, image }: ReleaseState,
): Readonly<Record<string, string>> {
    const put = <T>(entries: Readonly<Record<string, T>>, value: T | undefined): string => {
        const others = Object.entries(entries).filter(([name]) => name !== service);
        const own = value === undefined ? [] : [[service, value] as const];
        return JSON.stringify(Object.fromEntries([...others, ...own]));
    };
    return {
        "mesh:canaries": put(config.canaries, canary),
        "mesh:serviceImages": put(config.serviceImages, image),
    };
}
