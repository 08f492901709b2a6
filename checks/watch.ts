import { setTimeout as sleep } from "node:timers/promises";
import { reasonOf } from "#live/kubernetes/errors.ts";
import type { Outcome } from "./check.ts";
import type { ReportedRun } from "./report.ts";
import { allHolds } from "./report.ts";

/** What of a check is otherwise than the last time that it was asked. */
export interface Change {
    readonly id: string;
    readonly what:
        | "does not hold"
        | "no longer holds"
        | "holds again"
        | "accepted"
        | "no longer judged"
        | "judged again"
        | "no longer declared";
    /** What was seen, or why it is not judged. */
    readonly why?: string;
}

/** One round of a watch. */
export interface Round {
    /** From 1. */
    readonly number: number;
    readonly begun: Date;
    readonly milliseconds: number;
    /** Whether everything that was asked holds; where nothing could be asked, it does not. */
    readonly holds: boolean;
    /** What the checks saw, or why they could not be run. */
    readonly seen: ReportedRun | { readonly reason: string };
    /** Since the round before in which the checks were run; in the first one, what does not hold. */
    readonly changes: readonly Change[];
}

/** How a watch goes. */
export interface WatchOptions {
    /** From the beginning of a round to that of the next; a round that takes longer is followed by the next at once. */
    readonly everyMilliseconds: number;
    /** Aborted to stop it. */
    readonly signal: AbortSignal;
    /**
     * Runs the checks.
     *
     * @param broken ids of those that did not hold when they were last asked
     * @param signal aborted where the round is to end
     */
    readonly look: (broken: ReadonlySet<string>, signal: AbortSignal) => Promise<ReportedRun>;
    /** Told of each round that came to its end. */
    readonly report: (round: Round) => void;
}

/**
 * Runs the checks again and again until it is stopped. What stops a round from asking is no reason to give up: it is
 * what a watch is there to notice.
 *
 * @returns whether the last whole round held
 */
export async function watch(options: WatchOptions): Promise<boolean> {
    const { everyMilliseconds, signal, look, report } = options;
    const history = new History();
    let held = false;
    for (let number = 1; ; number += 1) {
        const begun = new Date();
        const since = performance.now();
        const seen = await lookOnce(signal, (own) => look(history.broken(), own));
        if (signal.aborted) {
            return held;
        }
        held = "results" in seen && allHolds(seen.results);
        const changes = "results" in seen ? history.changes(seen) : [];
        const milliseconds = performance.now() - since;
        report({ number, begun, milliseconds, holds: held, seen, changes });
        const pause = Math.max(0, everyMilliseconds - milliseconds);
        await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
}

/** A round with a signal of its own: one that lives as long as the watch would remember every round's. */
async function lookOnce(
    stopped: AbortSignal,
    look: (signal: AbortSignal) => Promise<ReportedRun>,
): Promise<Round["seen"]> {
    const round = new AbortController();
    const stop = (): void => {
        round.abort(stopped.reason);
    };
    stopped.addEventListener("abort", stop);
    try {
        stopped.throwIfAborted();
        return await look(round.signal);
    } catch (error) {
        return { reason: reasonOf(error) };
    } finally {
        stopped.removeEventListener("abort", stop);
    }
}

/** How each check ended when it was last asked. */
class History {
    readonly #last = new Map<string, Outcome["status"]>();

    broken(): ReadonlySet<string> {
        return new Set(
            [...this.#last].flatMap(([id, status]) => (status === "failed" ? [id] : [])),
        );
    }

    /** What a run changed, and remembers it. */
    changes({ results, leftOut }: ReportedRun): readonly Change[] {
        const changes: Change[] = results.flatMap(({ check: { id }, outcome }) => {
            const change = changeOf(id, this.#last.get(id), outcome);
            this.#last.set(id, outcome.status);
            return change === undefined ? [] : [change];
        });
        const known = new Set<string>([
            ...results.map(({ check }) => check.id),
            ...(leftOut?.checks ?? []).map(({ id }) => id),
        ]);
        const gone = [...this.#last].filter(([id]) => !known.has(id));
        for (const [id, status] of gone) {
            this.#last.delete(id);
            if (status === "failed") {
                changes.push({ id, what: "no longer declared" });
            }
        }
        return changes;
    }
}

function changeOf(
    id: string,
    before: Outcome["status"] | undefined,
    outcome: Outcome,
): Change | undefined {
    if (outcome.status === before) {
        return undefined;
    }
    switch (outcome.status) {
        case "failed": {
            const held = before === "passed" || before === "accepted";
            const what = held ? "no longer holds" : "does not hold";
            return { id, what, why: outcome.seen };
        }
        case "skipped":
            return before === undefined
                ? undefined
                : { id, what: "no longer judged", why: outcome.reason };
        case "accepted":
            return { id, what: "accepted", why: outcome.accepted.join("; ") };
        case "passed":
            return before === undefined
                ? undefined
                : { id, what: before === "skipped" ? "judged again" : "holds again" };
    }
}
