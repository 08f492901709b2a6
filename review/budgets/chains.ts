import type { Calls, Hop } from "./hops.ts";

/** So many chains of one entry are told, the longest ones. */
const MOST_CHAINS = 10;

/** The hops from one entry on, without those that would lead back. */
interface Tree {
    readonly entry: string;
    readonly hops: ReadonlyMap<string, readonly Hop[]>;
    /** Whoever is reached, each before whom it calls. */
    readonly order: readonly string[];
}

/** What one entry leads to, without calls back to somebody who waits. */
export function treeFrom(entry: string, calls: Calls): Tree {
    const hops = new Map<string, readonly Hop[]>();
    const waiting = new Set<string>();
    const done: string[] = [];
    const visit = (name: string): void => {
        waiting.add(name);
        const forward = (calls.hops.get(name) ?? []).filter(({ to }) => !waiting.has(to));
        hops.set(name, forward);
        for (const { to } of forward) {
            if (!hops.has(to)) {
                visit(to);
            }
        }
        waiting.delete(name);
        done.push(name);
    };
    visit(entry);
    return { entry, hops, order: done.reverse() };
}

/** The chain from an entry that makes the most of one request at its end. */
export interface Worst {
    readonly copies: number;
    readonly chain: readonly Hop[];
}

/** For each one who is reached, the chain by which the most copies of one request arrive. */
export function worstChains({ entry, hops, order }: Tree): ReadonlyMap<string, Worst> {
    const worst = new Map<string, Worst>([[entry, { copies: 1, chain: [] }]]);
    for (const name of order) {
        const so = worst.get(name);
        for (const hop of so === undefined ? [] : (hops.get(name) ?? [])) {
            const copies = (so?.copies ?? 1) * hop.tries;
            if (copies > (worst.get(hop.to)?.copies ?? 0)) {
                worst.set(hop.to, { copies, chain: [...(so?.chain ?? []), hop] });
            }
        }
    }
    worst.delete(entry);
    return worst;
}

/** Chains from an entry to their ends, the longest first, and how many there are in all. */
export interface Chains {
    readonly longest: readonly (readonly Hop[])[];
    readonly count: number;
}

/** A chain that is not at its end yet, and how long it can become. */
interface Begun {
    readonly at: string;
    readonly chain: readonly Hop[];
    readonly length: number;
}

export function chainsOf({ entry, hops, order }: Tree): Chains {
    const depth = new Map<string, number>();
    const count = new Map<string, number>();
    for (const name of [...order].reverse()) {
        const next = (hops.get(name) ?? []).map(({ to }) => to);
        depth.set(name, Math.max(0, ...next.map((to) => 1 + (depth.get(to) ?? 0))));
        count.set(
            name,
            next.length === 0 ? 1 : next.reduce((sum, to) => sum + (count.get(to) ?? 1), 0),
        );
    }
    const begun: Begun[] = [{ at: entry, chain: [], length: depth.get(entry) ?? 0 }];
    const longest: (readonly Hop[])[] = [];
    while (longest.length < MOST_CHAINS) {
        const best = takeLongest(begun);
        if (best === undefined) {
            break;
        }
        const next = hops.get(best.at) ?? [];
        if (next.length === 0) {
            longest.push(best.chain);
        }
        for (const hop of next) {
            const chain = [...best.chain, hop];
            begun.push({ at: hop.to, chain, length: chain.length + (depth.get(hop.to) ?? 0) });
        }
    }
    return { longest: longest.filter((chain) => chain.length > 0), count: count.get(entry) ?? 0 };
}

/** Takes the chain that can become the longest; of several the one that is the furthest, then the first. */
function takeLongest(begun: Begun[]): Begun | undefined {
    const best = begun.reduce<Begun | undefined>(
        (one, other) =>
            one === undefined ||
            other.length > one.length ||
            (other.length === one.length && other.chain.length > one.chain.length)
                ? other
                : one,
        undefined,
    );
    if (best !== undefined) {
        begun.splice(begun.indexOf(best), 1);
    }
    return best;
}
