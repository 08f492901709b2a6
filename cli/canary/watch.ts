import { setTimeout as sleep } from "node:timers/promises";
import type { Thresholds, GateResult } from "./gate.ts";
import { gateResult } from "./gate.ts";
import type { CounterSource, Reading } from "./reading.ts";

/** How a gate looks at a canary. Times are in seconds. */
export interface GateOptions extends Thresholds {
    /** How long it watches at least. */
    readonly forSeconds: number;
    /** How long it waits beyond that for the least number of requests. */
    readonly waitSeconds: number;
}

/** Between two readings. */
const INTERVAL_SECONDS = 5;
/** A reading may fail while a caller's pod ends; after so many in a row the cause is another. */
const FAILURES = 3;

/**
 * Watches a canary until it can be judged: a good one when the window is over, a bad one at once.
 *
 * @returns a verdict that is `unjudged` where the requests were still too few at the end of the wait
 * @throws Error where the counters cannot be read
 */
export async function watchGate(
    source: CounterSource,
    options: GateOptions,
    signal: AbortSignal,
    onVerdict: (verdict: GateResult, seconds: number) => void = () => undefined,
): Promise<GateResult> {
    const before = await patiently(source, signal);
    const begun = performance.now();
    const elapsed = (): number => (performance.now() - begun) / 1000;
    let pause = Math.min(INTERVAL_SECONDS, options.forSeconds);
    for (;;) {
        await sleep(pause * 1000, undefined, { signal });
        const verdict = gateResult(before, await patiently(source, signal), options);
        const seconds = elapsed();
        onVerdict(verdict, seconds);
        const windowOver = seconds >= options.forSeconds;
        if (verdict.status === "failed" || (windowOver && verdict.status === "passed")) {
            return verdict;
        }
        if (seconds >= options.forSeconds + options.waitSeconds) {
            return verdict;
        }
        const left = options.forSeconds - seconds;
        pause = left > 0 ? Math.min(INTERVAL_SECONDS, left) : INTERVAL_SECONDS;
    }
}

async function patiently(source: CounterSource, signal: AbortSignal): Promise<Reading> {
    for (let failed = 1; ; failed += 1) {
        try {
            return await source.read();
        } catch (error) {
            if (failed === FAILURES) {
                throw error;
            }
            await sleep(1000, undefined, { signal });
        }
    }
}
