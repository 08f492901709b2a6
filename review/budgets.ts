import { graphOf } from "./access/graph.ts";
import { chainsOf, treeFrom, worstChains } from "./budgets/chains.ts";
import type { Worst } from "./budgets/chains.ts";
import { callsOf, shorter } from "./budgets/hops.ts";
import type { Calls, Hop } from "./budgets/hops.ts";
import type { Change, Graph } from "./change.ts";
import { meshViewOf } from "./mesh.ts";
import { declaredBy, refsOf, timeWritten } from "./routes/words.ts";
import type { Compare, Subject } from "./subject.ts";

/** What one request may cost along a chain of calls, whichever of a service's requests makes which of its calls. */
export interface Budget {
    /** Names from the entry on: a gateway, or somebody whom nobody calls. */
    readonly chain: readonly string[];
    /** Milliseconds that whoever asks the entry waits at most; absent where that has no end. */
    readonly slowest?: number;
    /** How many copies of one request may arrive at the end of the chain at most. */
    readonly copies: number;
    /** Calls that wait less long than what they wait for, each one sentence without its full stop. */
    readonly inverted: readonly string[];
}

/** The budgets of a mesh, those of the longest chains first. */
export interface Budgets {
    readonly chains: readonly Budget[];
    /** How many shorter chains of an entry are left out. */
    readonly leftOut: readonly { readonly entry: string; readonly chains: number }[];
}

/** How long a caller waits for one try. */
function patience({ limit, tryLimit }: Hop): number | undefined {
    return shorter(limit, tryLimit);
}

/** Whether a call ends before another one that it waits for. */
function isInverted(first: Hop, second: Hop): boolean {
    const given = patience(first);
    return given !== undefined && (second.limit === undefined || second.limit > given);
}

function given(hop: Hop): string {
    const time = patience(hop);
    const isTry = hop.tryLimit !== undefined && hop.tryLimit === time && hop.tries > 1;
    return time === undefined ? "any time" : `${timeWritten(time)}${isTry ? " for each try" : ""}`;
}

function waits({ limit, to }: Hop): string {
    return limit === undefined
        ? `which waits for ${to} without end`
        : `which waits up to ${timeWritten(limit)} for ${to}`;
}

function inversion(first: Hop, second: Hop): string {
    return `${first.from} gives ${first.to} ${given(first)}, ${waits(second)}`;
}

function budgetOf(chain: readonly Hop[]): Budget {
    const [first] = chain;
    const inverted = chain.flatMap((hop, at) => {
        const next = chain[at + 1];
        return next !== undefined && isInverted(hop, next) ? [inversion(hop, next)] : [];
    });
    return {
        chain: [first?.from ?? "", ...chain.map(({ to }) => to)],
        ...(first?.limit !== undefined && { slowest: first.limit }),
        copies: chain.reduce((product, { tries }) => product * tries, 1),
        inverted,
    };
}

/**
 * What requests may cost along each chain of calls.
 *
 * @param graph who may call whom
 */
export function budgetsOf(subject: Subject, graph: Graph): Budgets {
    const calls = callsOf(subject, graph);
    const found = calls.entries.map((entry) => ({
        entry,
        ...chainsOf(treeFrom(entry, calls)),
    }));
    return {
        chains: found
            .flatMap(({ longest }) => longest.map(budgetOf))
            .sort(
                (one, other) => other.chain.length - one.chain.length || other.copies - one.copies,
            ),
        leftOut: found
            .map(({ entry, longest, count }) => ({ entry, chains: count - longest.length }))
            .filter(({ chains }) => chains > 0),
    };
}

function change(
    kind: string,
    about: string,
    text: string,
    hops: readonly Hop[],
    subject: Subject,
    weaker?: string,
): Change {
    const [hop] = hops;
    const prefix = hop?.prefix === undefined ? [] : [{ prefix: hop.prefix }];
    return {
        topic: "budgets",
        kind: `budgets/${kind}`,
        about,
        text,
        ...(weaker !== undefined && { weaker }),
        objects: refsOf(hops.flatMap(({ objects }) => objects)),
        ...(hop !== undefined && declaredBy(hop.host, meshViewOf(subject), ["routes", ...prefix])),
    };
}

/** How long whoever asks an entry waits for its first answer. */
function waitChanges(before: Calls, after: Calls, subject: Subject): readonly Change[] {
    return after.entries.flatMap((entry) =>
        (after.hops.get(entry) ?? []).flatMap((hop): readonly Change[] => {
            const old = before.hops.get(entry)?.find(({ to }) => to === hop.to);
            if (old === undefined || old.limit === hop.limit) {
                return [];
            }
            const was = old.limit === undefined ? "without end" : timeWritten(old.limit);
            const now =
                hop.limit === undefined ? "without end" : `at most ${timeWritten(hop.limit)}`;
            const weaker =
                hop.limit === undefined
                    ? "nothing ends a request that is never answered"
                    : undefined;
            const who = after.gateways.has(entry) ? `who asks ${entry}` : entry;
            const text = `${who} waits ${now} for ${hop.to}, was ${was}`;
            return [change("slowest", hop.to, text, [hop], subject, weaker)];
        }),
    );
}

type WorstByEnd = ReadonlyMap<string, Worst>;

function worstOf(calls: Calls): ReadonlyMap<string, WorstByEnd> {
    return new Map(calls.entries.map((entry) => [entry, worstChains(treeFrom(entry, calls))]));
}

/** One request that becomes another number of copies, and the first call of the chain that makes it so. */
interface Multiplied {
    readonly entry: string;
    readonly end: string;
    readonly was: number;
    readonly worst: Worst;
    readonly cause: Hop | undefined;
}

function causeOf(chain: readonly Hop[], before: Calls): Hop | undefined {
    return chain.find(
        ({ from, to, tries }) =>
            before.hops.get(from)?.find((hop) => hop.to === to)?.tries !== tries,
    );
}

function multiplied(before: Calls, after: Calls): readonly Multiplied[] {
    const old = worstOf(before);
    return [...worstOf(after)].flatMap(([entry, ends]) =>
        [...ends].flatMap(([end, worst]) => {
            const was = old.get(entry)?.get(end)?.copies;
            return was === undefined || was === worst.copies
                ? []
                : [{ entry, end, was, worst, cause: causeOf(worst.chain, before) }];
        }),
    );
}

/** What is changed by one call is told once, where it is the most. */
function copyChanges(before: Calls, after: Calls, subject: Subject): readonly Change[] {
    const groups = new Map<string, Multiplied[]>();
    for (const one of multiplied(before, after)) {
        const key = JSON.stringify([one.cause?.from, one.cause?.to, one.worst.copies > one.was]);
        groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    return Array.from(groups.values(), (members) => {
        const most = members.reduce((one, other) =>
            other.worst.copies > one.worst.copies ? other : one,
        );
        const { entry, end, was, worst, cause } = most;
        const more =
            members.length === 1 ? "" : `, and ${members.length - 1} other chains likewise`;
        const names = [entry, ...worst.chain.map(({ to }) => to)].join(" → ");
        const text = `one request of ${entry} may become ${worst.copies} at ${end} at most, was ${was} (${names})${more}`;
        const hops = cause === undefined ? worst.chain : [cause];
        const weaker =
            worst.copies > was ? "a service that fails gets more load just then" : undefined;
        return change("copies", end, text, hops, subject, weaker);
    });
}

/** Calls of which the first waits for the second, by their three ends. */
function pairs({ hops }: Calls): ReadonlyMap<string, readonly [first: Hop, second: Hop]> {
    return new Map(
        [...hops.values()]
            .flat()
            .flatMap((first) =>
                (hops.get(first.to) ?? [])
                    .filter(({ to }) => to !== first.from)
                    .map((second) => [`${first.from} ${first.to} ${second.to}`, [first, second]]),
            ),
    );
}

/** Calls that now end before what they wait for does, or no longer. */
function inversionChanges(before: Calls, after: Calls, subject: Subject): readonly Change[] {
    const old = pairs(before);
    return [...pairs(after)].flatMap(([key, [first, second]]): readonly Change[] => {
        const was = old.get(key);
        const [isNow, isOld] = [isInverted(first, second), was !== undefined && isInverted(...was)];
        if (isNow && !isOld) {
            const weaker =
                was === undefined
                    ? undefined
                    : `${first.to} goes on working for nobody, and its answer is lost`;
            const text = inversion(first, second);
            return [change("inverted", first.to, text, [first, second], subject, weaker)];
        }
        const text = `${first.from} gives ${first.to} ${given(first)}, no longer less than it waits for ${second.to}`;
        return isOld && !isNow
            ? [change("inverted", first.to, text, [first, second], subject)]
            : [];
    });
}

/** The graphs of the two sides of a comparison. */
export interface Graphs {
    readonly before: Graph;
    readonly after: Graph;
}

/** How the budgets of two subjects differ by their graphs; what only one of them calls is told with who may call whom. */
export function budgetChanges(before: Subject, after: Subject, graphs: Graphs): readonly Change[] {
    const [old, now] = [callsOf(before, graphs.before), callsOf(after, graphs.after)];
    return [
        ...waitChanges(old, now, after),
        ...copyChanges(old, now, after),
        ...inversionChanges(old, now, after),
    ];
}

/** How long requests may take, and how often they may be made, along each chain of calls. */
export const compareBudgets: Compare = (before, after) =>
    budgetChanges(before, after, { before: graphOf(before), after: graphOf(after) });
