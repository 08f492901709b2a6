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
