import type { KubeConfig } from "@kubernetes/client-node";
import type { ProbePod } from "#live/probes/session.ts";
import type { BreakerCounters } from "#live/proxies/counters.ts";
import type { Catalog, ServiceIntent } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import type { K6Request } from "./k6.ts";

/** A scenario by the name that the command line takes. */
export type ScenarioName =
    | "pool-overflow"
    | "outlier-ejection"
    | "hung-replica"
    | "ejection-limit"
    | "panic"
    | "retries"
    | "idle-connections"
    | "idempotency"
    | "timeout";

/** How far a scenario has come. */
export interface LoadProgress {
    readonly scenario: ScenarioName;
    /** Name of the phase, or what is being made ready. */
    readonly phase: string;
    /** Requests of the phase that ended, by their status. */
    readonly statuses: Readonly<Record<string, number>>;
    /** Requests a second that ended since the last report. */
    readonly rate: number;
    /** As the caller's proxy counts them since the scenario began. */
    readonly overflow: number;
    readonly ejected: number;
    /** Whether a phase has just ended. */
    readonly ended: boolean;
}

/** What a scenario is run with. */
export interface LoadContext {
    readonly kubeConfig: KubeConfig;
    readonly catalog: Catalog;
    readonly context: MeshContext;
    /** The service whose declaration is tried, and the caller whose identity makes the requests. */
    readonly service: ServiceIntent;
    readonly caller: string;
    /** A pod with k6 and the caller's identity. */
    readonly pod: ProbePod;
    readonly signal: AbortSignal;
    /** Called about once a second, and when a phase has ended. */
    readonly onProgress: (progress: LoadProgress) => void;
}

/** A request and the phase it belongs to. */
export interface LoadRequest extends K6Request {
    readonly phase: string;
}

/** A reading of the counters of one proxy. */
export interface CounterSample {
    /** Unix milliseconds. */
    readonly at: number;
    /** {@link CALLER}, or the name of a server's pod. */
    readonly proxy: string;
    readonly counters: BreakerCounters;
}

/** The caller's own proxy among {@link CounterSample}s. */
export const CALLER = "caller";

/** A part of a scenario with requests of one kind. */
export interface Phase {
    readonly name: string;
    /** Unix milliseconds. */
    readonly from: number;
    readonly to: number;
    /** What makes this phase different, one phrase with its numbers. */
    readonly what: string;
}

/** Which hosts the caller's proxy had ejected at a moment. */
export interface HostsSeen {
    /** Unix milliseconds. */
    readonly at: number;
    /** Addresses of the pods that were made to fail. */
    readonly failing: readonly string[];
    /** Addresses whose health flags say `failed_outlier_check`. */
    readonly ejected: readonly string[];
}

/** How often one request arrived at the servers' proxies. */
export interface Delivery {
    readonly phase: string;
    readonly copies: number;
}

/** How many lines with one response flag the proxies wrote in a phase. */
export interface FlagCount {
    readonly phase: string;
    /** For example `UO` or `UT`; `-` for none. */
    readonly flag: string;
    /** Whether the caller's proxy wrote them, or those of the servers. */
    readonly by: "caller" | "servers";
    readonly lines: number;
}

/** What was seen while a scenario ran. Claims are judged from it alone. */
export interface Evidence {
    readonly phases: readonly Phase[];
    readonly requests: readonly LoadRequest[];
    readonly counters: readonly CounterSample[];
    readonly hosts: readonly HostsSeen[];
    /** Empty where a scenario does not read the access logs; so are the flags. */
    readonly deliveries: readonly Delivery[];
    readonly flags: readonly FlagCount[];
}

/** One thing a scenario shows. */
export interface Claim {
    readonly claim: string;
    readonly holds: boolean;
    readonly expected: string;
    readonly seen: string;
    /** Whether only the declared protection can make it hold; without the protection it must fail. */
    readonly acts: boolean;
}

export interface ScenarioResult extends Evidence {
    readonly scenario: ScenarioName;
    readonly title: string;
    readonly service: string;
    readonly caller: string;
    /** False where the protection was taken away, to show that the claims then fail. */
    readonly protection: boolean;
    readonly claims: readonly Claim[];
}

/** What a scenario's run gives back. */
interface ScenarioRun {
    readonly evidence: Evidence;
    readonly claims: readonly Claim[];
}

/** A protection that is made to act. */
export interface Scenario {
    readonly name: ScenarioName;
    /** What is shown, one sentence. */
    readonly title: string;
    /** Why it cannot be shown for a service, for example because it declares no retries; `undefined` where it can. */
    inapplicable(service: ServiceIntent, caller: string): string | undefined;
    /**
     * Runs it against a rehearsal of the service.
     *
     * @param protection whether the declared protection holds; without it the claims that say that it acts must fail
     */
    run(load: LoadContext, protection: boolean): Promise<ScenarioRun>;
}
