import type { BreakerCounters } from "#live/proxies/counters.ts";
import type { ChaosIntent } from "#model/chaos.ts";
import { milliseconds } from "#model/duration.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { routeOf } from "#model/requests.ts";
import type { LoggedRequest } from "./observe.ts";
import type { PhaseName, PhaseStatistics } from "./phases.ts";
import type { MeasuredRequest } from "./traffic.ts";

/** Everything that was seen of an experiment. */
export interface ChaosFacts {
    readonly intent: ChaosIntent;
    readonly request: MeasuredRequest;
    /** Pods of the service before it began. */
    readonly pods: number;
    /** Pods that were chosen, and whether they are gone. */
    readonly chosen: { readonly pods: readonly string[]; readonly gone: boolean };
    readonly phases: Readonly<Record<PhaseName, PhaseStatistics>>;
    /** The caller's requests to the service in the phase with the fault. */
    readonly calls: readonly LoggedRequest[];
    /** What the caller's proxies did in that phase. */
    readonly counters: BreakerCounters;
}

export interface Finding {
    /** What had to act, one phrase. */
    readonly what: string;
    readonly outcome: "acted" | "did not act" | "not judged";
    /** What was seen, or why it could not be judged. */
    readonly seen: string;
}

/** What had to act, and whether it did. */
export function judged(what: string, acted: boolean, seen: string): Finding {
    return { what, outcome: acted ? "acted" : "did not act", seen };
}

/** Why it cannot be told whether something acted. */
export function notJudged(what: string, why: string): Finding {
    return { what, outcome: "not judged", seen: why };
}

/** Callers are answered as before when so little more of their requests fail. */
export const TOLERATED_LOSS = 0.05;

/** Milliseconds as seconds, for people. */
export function inSeconds(time: number): string {
    return `${(time / 1000).toFixed(1)} s`;
}

/** A share of 0 to 1 as percent, for people. */
export function inPercent(share: number): string {
    return `${(share * 100).toFixed(share === 1 ? 0 : 1)} %`;
}

/** The longest that a request to a service may take, in milliseconds; on the route of a path where one is given. */
export function timeoutOf(service: ServiceIntent, path?: string): number {
    const found = path === undefined ? undefined : routeOf(service, path);
    return found === undefined
        ? Math.max(...service.routes.map(({ timeout }) => milliseconds(timeout)))
        : milliseconds(found.timeout);
}
