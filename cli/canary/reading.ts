import { CANARY } from "#model/canary.ts";
import { quantile } from "../statistics.ts";

/** What one proxy counted of the requests to one version since it started. */
export interface VersionCounters {
    readonly version: string;
    readonly requests: number;
    /** Requests that ended with a 5xx or without an answer. */
    readonly errors: number;
    /** How many requests took at most so many milliseconds, by that bound; the counts grow with it. */
    readonly latency: ReadonlyMap<number, number>;
}

/** All counters at one moment, by the instance that counted and the version: `<instance>/<version>`. */
export type Reading = ReadonlyMap<string, VersionCounters>;

/** Where counters are read. */
export interface CounterSource {
    /** What counts, for people: `the proxies of payment-service`. */
    readonly name: string;
    /** @throws Error where a counter cannot be read */
    read(): Promise<Reading>;
}

/** What the canary, or the other versions together, did in some time. */
export interface Numbers {
    readonly requests: number;
    readonly errors: number;
    /** Milliseconds within which 95 % of the requests were answered; none where none was. */
    readonly p95: number | undefined;
}

const QUANTILE = 0.95;
const NOTHING: Reading = new Map();

/**
 * What was counted between two readings. A counter that is smaller than before was set back by a restart: all of it
 * is new then. What an instance that is gone has counted since the first reading is lost with it.
 *
 * @param before default: everything since the instances started
 */
export function grownBetween(after: Reading, before: Reading = NOTHING): Reading {
    return new Map([...after].map(([key, now]) => [key, grown(before.get(key), now)]));
}

function grown(then: VersionCounters | undefined, now: VersionCounters): VersionCounters {
    if (then === undefined || wasReset(then, now)) {
        return now;
    }
    return {
        version: now.version,
        requests: now.requests - then.requests,
        errors: now.errors - then.errors,
        latency: new Map(
            [...now.latency].map(([bound, count]) => [
                bound,
                count - (then.latency.get(bound) ?? 0),
            ]),
        ),
    };
}

function wasReset(then: VersionCounters, now: VersionCounters): boolean {
    return (
        now.requests < then.requests ||
        now.errors < then.errors ||
        [...now.latency].some(([bound, count]) => count < (then.latency.get(bound) ?? 0))
    );
}

/** The canary's numbers, and those of all other versions. */
export function numbersOf(reading: Reading): {
    readonly canary: Numbers;
    readonly stable: Numbers;
} {
    const all = [...reading.values()];
    return {
        canary: sum(all.filter(({ version }) => version === CANARY)),
        stable: sum(all.filter(({ version }) => version !== CANARY)),
    };
}

function sum(counters: readonly VersionCounters[]): Numbers {
    const latency = new Map<number, number>();
    for (const [bound, count] of counters.flatMap((each) => [...each.latency])) {
        latency.set(bound, (latency.get(bound) ?? 0) + count);
    }
    return {
        requests: counters.reduce((total, { requests }) => total + requests, 0),
        errors: counters.reduce((total, { errors }) => total + errors, 0),
        p95: quantile(QUANTILE, latency),
    };
}
