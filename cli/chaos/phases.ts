import { countBy, percentile } from "../statistics.ts";
import type { LoggedRequest } from "./observe.ts";
import type { Answer } from "./traffic.ts";

export const PHASES = ["before", "during", "after"] as const;
export type PhaseName = (typeof PHASES)[number];

/** When a phase's requests were made, Unix milliseconds; the end is not part of it. */
export interface Span {
    readonly from: number;
    readonly to: number;
}

/** What clients saw in one phase. Times are milliseconds. */
export interface PhaseStatistics {
    readonly requests: number;
    /** Answers with a status below 400. */
    readonly succeeded: number;
    readonly p50: number;
    readonly p95: number;
    readonly max: number;
    /** How often each status came; `none` where no answer did. */
    readonly statuses: Readonly<Record<string, number>>;
}

/** What was made within a span. */
export function within<T extends { readonly at: number }>(
    items: readonly T[],
    { from, to }: Span,
): readonly T[] {
    return items.filter(({ at }) => at >= from && at < to);
}

export function statisticsOf(answers: readonly Answer[]): PhaseStatistics {
    const times = answers.map(({ milliseconds }) => milliseconds);
    return {
        requests: answers.length,
        succeeded: answers.filter(({ status = 599 }) => status < 400).length,
        p50: percentile(times, 50),
        p95: percentile(times, 95),
        max: percentile(times, 100),
        statuses: countBy(answers, ({ status }) => String(status ?? "none")),
    };
}

/** Share of the requests that succeeded, 0 to 1; 0 where there were none. */
export function successOf({ requests, succeeded }: PhaseStatistics): number {
    return requests === 0 ? 0 : succeeded / requests;
}

/** How often each of Envoy's response flags was logged; a line may have several. */
export function flagsOf(lines: readonly LoggedRequest[]): Readonly<Record<string, number>> {
    return countBy(
        lines.flatMap(({ flags }) => flags.split(",")).filter((flag) => flag !== "-"),
        (flag) => flag,
    );
}
