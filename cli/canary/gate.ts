import { LATENCY_FLOOR } from "#model/canary.ts";
import type { Thresholds } from "#model/canary.ts";
import type { Numbers, Reading } from "./reading.ts";
import { grownBetween, numbersOf } from "./reading.ts";

export interface GateResult {
    /** `unjudged` where there were too few requests. */
    readonly status: "passed" | "failed" | "unjudged";
    /** What decided, one phrase each. */
    readonly reasons: readonly string[];
    readonly canary: Numbers;
    /** What the canary is compared with. */
    readonly stable: Numbers;
    /** Whether the stable version's numbers are those of its whole life: in the window it had too few requests. */
    readonly stableSinceStart: boolean;
}

/**
 * Judges a canary by what was counted between two readings.
 *
 * So many errors that they would be too many even if all requests up to the least number succeeded fail it at once.
 */
export function gateResult(before: Reading, after: Reading, thresholds: Thresholds): GateResult {
    const { maxErrorRate, maxLatencyRatio, minRequests } = thresholds;
    const window = numbersOf(grownBetween(after, before));
    const { canary } = window;
    const stableSinceStart = window.stable.requests < Math.max(minRequests, 1);
    const stable = stableSinceStart ? numbersOf(after).stable : window.stable;
    const seen = { canary, stable, stableSinceStart };

    const broken: string[] = [];
    const enough = canary.requests >= minRequests;
    if (canary.errors * 100 > maxErrorRate * Math.max(canary.requests, minRequests)) {
        broken.push(
            `${percent(canary)} of its ${canary.requests} requests failed, allowed are ${maxErrorRate} %`,
        );
    }
    const ratio = latencyRatio(canary, stable);
    if (enough && ratio !== undefined && ratio > maxLatencyRatio) {
        broken.push(
            `its 95th percentile is ${ratio.toFixed(1)} times the stable version's, allowed is ${maxLatencyRatio}`,
        );
    }
    if (broken.length > 0) {
        return { status: "failed", reasons: broken, ...seen };
    }
    if (!enough) {
        const reason = `${canary.requests} of the ${minRequests} requests that are needed`;
        return { status: "unjudged", reasons: [reason], ...seen };
    }
    return {
        status: "passed",
        reasons: [
            `${percent(canary)} of ${canary.requests} requests failed`,
            ratio === undefined
                ? "latency not compared, because one of the two had no answers"
                : `95th percentile ${ratio.toFixed(1)} times the stable version's`,
        ],
        ...seen,
    };
}

/** `undefined` where one of the two answered nothing. */
function latencyRatio(canary: Numbers, stable: Numbers): number | undefined {
    return canary.p95 === undefined || stable.p95 === undefined
        ? undefined
        : canary.p95 / Math.max(stable.p95, LATENCY_FLOOR);
}

function percent({ requests, errors }: Numbers): string {
    return `${requests === 0 ? 0 : Number(((errors * 100) / requests).toFixed(2))} %`;
}

/** The numbers in one line: `canary 120 requests, 0 failed, p95 12 ms; stable ...`. */
export function describeNumbers({ canary, stable, stableSinceStart }: GateResult): string {
    const since = stableSinceStart && stable.requests > 0 ? " since its proxies started" : "";
    return `canary ${oneVersion(canary)}; stable ${oneVersion(stable)}${since}`;
}

/** One version's numbers: `120 requests, 0 failed, p95 12 ms`. */
export function oneVersion({ requests, errors, p95 }: Numbers): string {
    const latency = p95 === undefined ? "no answers" : `p95 ${Math.round(p95)} ms`;
    return `${requests} requests, ${errors} failed, ${latency}`;
}
