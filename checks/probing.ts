import type { Check, ProbedPair } from "./check.ts";
import { edgeName } from "./matrix.ts";

/** How much is asked from probe pods: every pair, a sample of a large mesh's pairs, or nothing at all. */
export const PROBE_MODES = ["all", "sample", "none"] as const;
export type ProbeMode = (typeof PROBE_MODES)[number];

/** Up to so many pairs of a caller and a callee a sample is all of them: those of some thirty services. */
export const SAMPLED_PAIRS = 1000;
/** Seeds are below it. */
export const SEEDS = 2 ** 32;

/** What is to be asked from probe pods. */
export interface ProbeChoice {
    readonly mode: ProbeMode;
    /** A whole number below {@link SEEDS}: the same one chooses the same sample. */
    readonly seed: number;
    /** Ids of checks that no sample leaves out. Default: none. */
    readonly again?: ReadonlySet<string>;
    /** Default: {@link SAMPLED_PAIRS}. */
    readonly bound?: number;
}

/** The checks that are not run for want of probes. */
export interface LeftOut {
    readonly checks: readonly Check[];
    /** One sentence. */
    readonly reason: string;
    /** The sample that was drawn, if one was. */
    readonly sample?: {
        readonly seed: number;
        readonly pairs: number;
        readonly asked: number;
    };
}

/** The checks that are run, and those that are not. */
export interface ProbePlan {
    readonly checks: readonly Check[];
    readonly leftOut?: LeftOut;
}

/** Chooses, among checks, those whose probes are to be made. */
export function planProbes(checks: readonly Check[], choice: ProbeChoice): ProbePlan {
    switch (choice.mode) {
        case "all":
            return { checks };
        case "none":
            return without(checks, ({ probes }) => probes !== undefined, {
                reason: "they need probe pods, and --probes none starts none",
            });
        case "sample":
            return sampled(checks, choice);
    }
}

function sampled(checks: readonly Check[], choice: ProbeChoice): ProbePlan {
    const { seed, again = new Set(), bound = SAMPLED_PAIRS } = choice;
    const pairs = new Map<string, ProbedPair>();
    const wanted: ProbedPair[] = [];
    for (const { id, probes } of checks) {
        if (probes !== undefined && probes !== "mesh") {
            pairs.set(edgeName(probes), probes);
            wanted.push(...(again.has(id) ? [probes] : []));
        }
    }
    if (pairs.size <= bound) {
        return { checks };
    }
    const chosen = samplePairs([...pairs.values()], { seed, bound, wanted });
    return without(
        checks,
        ({ probes }) => probes !== undefined && probes !== "mesh" && !chosen.has(edgeName(probes)),
        {
            reason: `seed ${seed} chose ${chosen.size} of ${pairs.size} pairs of a caller and a callee; --probes all asks every pair`,
            sample: { seed, pairs: pairs.size, asked: chosen.size },
        },
    );
}

function without(
    checks: readonly Check[],
    isLeftOut: (check: Check) => boolean,
    why: Omit<LeftOut, "checks">,
): ProbePlan {
    const leftOut = checks.filter(isLeftOut);
    return leftOut.length === 0
        ? { checks }
        : {
              checks: checks.filter((check) => !isLeftOut(check)),
              leftOut: { checks: leftOut, ...why },
          };
}

/** What a sample is drawn by. */
export interface SampleOptions {
    readonly seed: number;
    /** Exceeded only where fewer pairs would not cover everybody. */
    readonly bound: number;
    /** Pairs that are in it in any case. Default: none. */
    readonly wanted?: readonly ProbedPair[];
}

/**
 * Chooses pairs so that everybody who calls and everybody who is called is in one that is declared and in one that is
 * not, where there are such, and more at random up to the bound.
 *
 * @returns the pairs' names
 */
export function samplePairs(
    pairs: readonly ProbedPair[],
    { seed, bound, wanted = [] }: SampleOptions,
): ReadonlySet<string> {
    const chosen = new Set<string>();
    const covered = new Set<string>();
    const choose = (pair: ProbedPair): void => {
        chosen.add(edgeName(pair));
        sidesOf(pair).forEach((side) => covered.add(side));
    };
    wanted.forEach(choose);
    const drawn = shuffled(pairs, seed);
    // Those that cover two at once go first, so that few pairs cover everybody.
    for (const least of [2, 1]) {
        for (const pair of drawn) {
            if (sidesOf(pair).filter((side) => !covered.has(side)).length >= least) {
                choose(pair);
            }
        }
    }
    for (const pair of drawn) {
        if (chosen.size >= bound) {
            break;
        }
        choose(pair);
    }
    return chosen;
}

function sidesOf({ caller, callee, declared }: ProbedPair): readonly string[] {
    return [`${caller} calls, ${declared}`, `${callee} is called, ${declared}`];
}

/** In an order that follows from the seed alone (Fisher and Yates). */
function shuffled<T>(items: readonly T[], seed: number): readonly T[] {
    const random = randomFrom(seed);
    const order = items.map((_, index) => index);
    for (let last = order.length - 1; last > 0; last -= 1) {
        const other = Math.floor(random() * (last + 1));
        [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
    }
    return order.flatMap((index) => items.slice(index, index + 1));
}

/**
 * Numbers from 0 to below 1 that follow from a seed: Node's own cannot be given one.
 * Source: https://github.com/cprosche/mulberry32
 */
function randomFrom(seed: number): () => number {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) / SEEDS;
    };
}
