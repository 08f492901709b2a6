import { setTimeout as sleep } from "node:timers/promises";

/** How long something is waited for. */
export interface Patience {
    /** Since the first time that it was asked. */
    readonly milliseconds: number;
    /** Between an answer and the next time that it is asked. */
    readonly pause: number;
    /** Ends the waiting at once, with the reason that it was aborted with. */
    readonly signal?: AbortSignal | undefined;
}

/**
 * Asks until an answer will do, or the time is up.
 *
 * @returns the last answer, whether it will do or not
 * @throws what `ask` throws, and what the signal was aborted with
 */
export async function askUntil<T>(
    ask: () => Promise<T>,
    willDo: (answer: T) => boolean,
    { milliseconds, pause, signal }: Patience,
): Promise<T> {
    const deadline = Date.now() + milliseconds;
    for (;;) {
        signal?.throwIfAborted();
        const answer = await ask();
        if (willDo(answer) || Date.now() > deadline) {
            return answer;
        }
        await sleep(pause, undefined, signal && { signal });
    }
}
