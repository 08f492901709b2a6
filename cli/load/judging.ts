import type { BreakerCounters } from "#live/proxies/counters.ts";
import { grownBy, sumOf } from "#live/proxies/counters.ts";
import { countBy, percentile } from "../statistics.ts";
import type { Claim, CounterSample, Evidence, HostsSeen, LoadRequest, Phase } from "./scenario.ts";
import { CALLER } from "./scenario.ts";

/** A claim about what only the declared protection does. */
export function acts(claim: string, holds: boolean, expected: string, seen: string): Claim {
    return { claim, holds, expected, seen, acts: true };
}

/** A claim that holds with the protection and without it: that the scenario itself is what it should be. */
export function control(claim: string, holds: boolean, expected: string, seen: string): Claim {
    return { claim, holds, expected, seen, acts: false };
}

/** Whether any claim about the protection holds: without the protection none may. */
export function tripped(claims: readonly Claim[]): boolean {
    return claims.some((claim) => claim.acts && claim.holds);
}

/** The requests of one phase. */
export function requestsOf({ requests }: Evidence, phase: string): readonly LoadRequest[] {
    return requests.filter((request) => request.phase === phase);
}

/** How many requests had a status. */
export function withStatus(requests: readonly LoadRequest[], status: number): number {
    return requests.filter((request) => request.status === status).length;
}

/** Whether the callers got what they asked for. */
function succeeded({ status }: Pick<LoadRequest, "status">): boolean {
    return status >= 200 && status < 400;
}

/** The requests that failed. */
export function failures(requests: readonly LoadRequest[]): readonly LoadRequest[] {
    return requests.filter((request) => !succeeded(request));
}

/** Statuses with their counts, for example `200: 129, 503: 68`; `none` for no request at all. */
export function statusesOf(requests: readonly Pick<LoadRequest, "status">[]): string {
    const parts = Object.entries(countBy(requests, ({ status }) => String(status)))
        .sort(([a], [b]) => Number(a) - Number(b))
        .map(([status, count]) => `${status === "0" ? "no answer" : status}: ${count}`);
    return parts.length === 0 ? "none" : parts.join(", ");
}

/**
 * A percentile of the latencies in milliseconds; 0 for no request at all.
 *
 * @param percent 0 to 100
 */
export function latencyAt(
    requests: readonly Pick<LoadRequest, "milliseconds">[],
    percent: number,
): number {
    return percentile(
        requests.map(({ milliseconds }) => milliseconds),
        percent,
    );
}

function phaseOf({ phases }: Evidence, name: string): Phase {
    return phases.find((phase) => phase.name === name) ?? { name, what: "", from: 0, to: 0 };
}

/** What the caller's proxy counted in a phase. */
export function callerCounted(evidence: Evidence, phase: string): BreakerCounters {
    return counted(evidence.counters, phaseOf(evidence, phase), CALLER);
}

/** Whether the pods that were made to fail are ejected and nobody else is. */
export function onlyFailingEjected(seen: HostsSeen | undefined): boolean {
    const { ejected = [], failing = [] } = seen ?? {};
    return ejected.length > 0 && ejected.every((host) => failing.includes(host));
}

/** Who is ejected and who fails. */
export function ejectedInWords(seen: HostsSeen | undefined): string {
    const { ejected = [], failing = [] } = seen ?? {};
    return `ejected: ${ejected.join(", ") || "nobody"}; failing: ${failing.join(", ")}`;
}

/** Requests that were refused by a limit of the pool in a phase: by the caller's proxy and by those of the servers. */
export function refusedByPools(evidence: Evidence, phase: string): number {
    const proxies = new Set(evidence.counters.map(({ proxy }) => proxy));
    return [...proxies].reduce(
        (sum, proxy) => sum + counted(evidence.counters, phaseOf(evidence, phase), proxy).overflow,
        0,
    );
}

function counted(
    samples: readonly CounterSample[],
    { from, to }: Phase,
    proxy: string,
): BreakerCounters {
    const own = samples.filter((sample) => sample.proxy === proxy);
    const before = own.findLast(({ at }) => at <= from)?.counters ?? sumOf([]);
    const after = own.findLast(({ at }) => at <= to)?.counters ?? before;
    return grownBy(before, after);
}

/** Lines with a response flag that all proxies, or some, wrote in a phase. */
export function linesWith(
    { flags }: Evidence,
    phase: string,
    flag: string,
    by?: "caller" | "servers",
): number {
    return flags
        .filter((count) => count.phase === phase && count.flag.split(",").includes(flag))
        .filter((count) => by === undefined || count.by === by)
        .reduce((sum, { lines }) => sum + lines, 0);
}

/** Whether two counts of the same thing are about equal: counting and asking are not one moment. */
export function aboutEqual(a: number, b: number): boolean {
    return Math.abs(a - b) <= Math.max(3, 0.1 * Math.max(a, b));
}
