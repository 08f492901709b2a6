import { setTimeout as sleep } from "node:timers/promises";
import { EnvironmentError } from "#errors.ts";
import type { Thresholds } from "#model/canary.ts";
import { UnansweredError } from "#network/exchange.ts";
import { askUntil } from "#wait.ts";
import type { GateResult } from "./gate.ts";
import { gateResult } from "./gate.ts";
import type { CounterSource, Reading } from "./reading.ts";

/** How a gate looks at a canary. Times are in seconds. */
export interface GateOptions extends Thresholds {
    /** How long it watches at least. */
    readonly forSeconds: number;
    /** How long it waits beyond that for the least number of requests. */
    readonly waitSeconds: number;
}

/** Between two readings at most. */
const INTERVAL_SECONDS = 5;
/** A reading may fail while a caller's pod ends; after so many in a row the cause is another. */
const FAILURES = 3;

/**
 * Watches a canary until it can be judged: a good one when the window is over, a bad one at once.
 *
 * @param assertOwn called before each verdict; throws where the numbers are not those of the declared canary any more
 * @returns a verdict that is `unjudged` where the requests were still too few at the end of the wait
 * @throws Error where the counters cannot be read, and what `assertOwn` throws
 */
export async function watchGate(
    source: CounterSource,
    options: GateOptions,
    signal: AbortSignal,
    assertOwn: () => Promise<void>,
    onVerdict: (verdict: GateResult) => void = () => undefined,
): Promise<GateResult> {
    const { forSeconds, waitSeconds } = options;
    const read = (): Promise<Reading> => patiently(() => source.read(), signal);
    const before = await read();
    const begun = Date.now();
    return askUntil(
        async () => {
            await patiently(assertOwn, signal);
            const verdict = gateResult(before, await read(), options);
            onVerdict(verdict);
            return verdict;
        },
        ({ status }) =>
            status === "failed" || (status === "passed" && Date.now() - begun >= forSeconds * 1000),
        {
            milliseconds: (forSeconds + waitSeconds) * 1000,
            pause: Math.min(INTERVAL_SECONDS, forSeconds || waitSeconds) * 1000,
            signal,
        },
    );
}

/** An answer, where one of the next tries succeeds. */
async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let failed = 1; ; failed += 1) {
        try {
            return await ask();
        } catch (error) {
            const mayPass =
                !(error instanceof EnvironmentError) || error instanceof UnansweredError;
            if (failed === FAILURES || !mayPass) {
                throw error;
            }
            await sleep(1000, undefined, { signal });
        }
    }
}
