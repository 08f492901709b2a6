/** How often each key occurs. */
export function countBy<T>(
    items: readonly T[],
    keyOf: (item: T) => string,
): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const item of items) {
        const key = keyOf(item);
        counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
}

/**
 * A percentile by the nearest rank: a value that was really measured; 0 where there is none.
 *
 * @param percent 0 to 100
 */
export function percentile(values: readonly number[], percent: number): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}

/**
 * The value below which that share lies, interpolated inside a bucket as Prometheus' `histogram_quantile` does it.
 * Above the last finite bound it is that bound.
 *
 * @param buckets counts by upper bound, cumulative
 */
export function quantile(share: number, buckets: ReadonlyMap<number, number>): number | undefined {
    const sorted = [...buckets].sort(([a], [b]) => a - b);
    const total = sorted.at(-1)?.[1] ?? 0;
    if (total === 0) {
        return undefined;
    }
    const rank = share * total;
    let [lower, below] = [0, 0];
    for (const [upper, count] of sorted) {
        if (count >= rank) {
            return Number.isFinite(upper)
                ? lower + ((upper - lower) * (rank - below)) / (count - below)
                : lower;
        }
        [lower, below] = [upper, count];
    }
    return lower;
}
