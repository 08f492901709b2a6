/** How long some work takes, in milliseconds. */
export async function milliseconds(work: () => unknown): Promise<number> {
    const begun = performance.now();
    await work();
    return performance.now() - begun;
}

export function median(values: readonly number[]): number {
    return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/**
 * Times contenders in turn, so that a busy moment of the machine hits all of them.
 *
 * @param warmUps rounds that are run first and not counted
 * @returns each contender's times in milliseconds, under its name
 */
export async function inTurn(
    contenders: Readonly<Record<string, () => unknown>>,
    rounds: number,
    warmUps: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
    const taken = new Map(Object.keys(contenders).map((name) => [name, [] as number[]]));
    for (let round = 0; round < warmUps + rounds; round++) {
        for (const [name, work] of Object.entries(contenders)) {
            const time = await milliseconds(work);
            if (round >= warmUps) {
                taken.get(name)?.push(time);
            }
        }
    }
    return taken;
}

/** Prints each contender's times, and how its median compares with the first one's. */
export function printTimes(title: string, taken: ReadonlyMap<string, readonly number[]>): void {
    const [first = []] = taken.values();
    process.stdout.write(`${title}: minimum, median, maximum; ratio of the medians\n`);
    for (const [name, times] of taken) {
        const seconds = [Math.min(...times), median(times), Math.max(...times)].map((time) =>
            (time / 1000).toFixed(2).padStart(8),
        );
        const ratio = (median(times) / median(first)).toFixed(2).padStart(8);
        process.stdout.write(`${seconds.join("")} s${ratio}  ${name}\n`);
    }
}

/** Prints with which power of the size something grows, from the smallest to the largest. */
export function printExponent(
    sizes: readonly number[],
    values: readonly number[],
    what: string,
): void {
    const growthOf = (all: readonly number[]): number =>
        Math.log((all.at(-1) ?? NaN) / (all[0] ?? NaN));
    const exponent = growthOf(values) / growthOf(sizes);
    process.stdout.write(`${exponent.toFixed(2).padStart(8)}    exponent of ${what}\n`);
}
