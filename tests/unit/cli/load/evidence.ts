import type {
    Claim,
    CounterSample,
    Delivery,
    Evidence,
    FlagCount,
    HostsSeen,
    LoadRequest,
} from "#cli/load/scenario.ts";
import { CALLER } from "#cli/load/scenario.ts";
import type { BreakerCounters } from "#live/proxies/counters.ts";
import { sumOf } from "#live/proxies/counters.ts";

const PHASE_MILLISECONDS = 10_000;
/** Unix milliseconds at which the made-up evidence begins. */
export const BEGIN = 1_800_000_000_000;

/** Requests of one kind, spread evenly over a part of a phase. */
interface MadeUp {
    readonly count: number;
    readonly status?: number;
    readonly milliseconds?: number;
    readonly overloaded?: boolean;
    /** Parts of the phase, 0 to 1. Default: all of it. */
    readonly between?: readonly [number, number];
}

/** A phase and what is counted in it. */
export interface MadeUpPhase {
    readonly name: string;
    readonly requests: readonly MadeUp[];
    /** What the caller's counters grow by, or a gauge becomes. */
    readonly counted?: Partial<BreakerCounters>;
    /** The overflow that a server's proxy counts. */
    readonly atServer?: number;
    /** Default 10000. */
    readonly milliseconds?: number;
    readonly flags?: readonly Omit<FlagCount, "phase">[];
    readonly copies?: readonly number[];
}

/** No counter has moved. */
const NOTHING = sumOf([]);

/** Evidence with these phases, one after the other. */
export function evidence(
    phases: readonly MadeUpPhase[],
    hosts: readonly HostsSeen[] = [],
): Evidence {
    const counters: CounterSample[] = [
        { at: BEGIN, proxy: CALLER, counters: NOTHING },
        { at: BEGIN, proxy: "server", counters: NOTHING },
    ];
    const [made, requests]: [Evidence["phases"][number][], LoadRequest[]] = [[], []];
    const [flags, deliveries]: [FlagCount[], Delivery[]] = [[], []];
    let [from, total, server] = [BEGIN, NOTHING, 0];
    for (const phase of phases) {
        const to = from + (phase.milliseconds ?? PHASE_MILLISECONDS);
        made.push({ name: phase.name, what: `what ${phase.name} is`, from, to });
        requests.push(...phase.requests.flatMap((kind) => spread(kind, phase.name, from, to)));
        total = added(total, phase.counted ?? {});
        server += phase.atServer ?? 0;
        counters.push(
            { at: to, proxy: CALLER, counters: total },
            { at: to, proxy: "server", counters: { ...NOTHING, overflow: server } },
        );
        flags.push(...(phase.flags ?? []).map((flag) => ({ ...flag, phase: phase.name })));
        deliveries.push(...(phase.copies ?? []).map((copies) => ({ phase: phase.name, copies })));
        from = to;
    }
    return { phases: made, requests, counters, hosts, flags, deliveries };
}

function spread(kind: MadeUp, phase: string, from: number, to: number): LoadRequest[] {
    const [first, last] = kind.between ?? [0, 1];
    return Array.from({ length: kind.count }, (_, index) => ({
        phase,
        at: from + (to - from) * (first + ((index + 0.5) / kind.count) * (last - first)),
        milliseconds: kind.milliseconds ?? 5,
        status: kind.status ?? 200,
        overloaded: kind.overloaded ?? false,
    }));
}

function added(total: BreakerCounters, grown: Partial<BreakerCounters>): BreakerCounters {
    const { ejected } = { ...total, ...grown };
    return { ...sumOf([total, { ...NOTHING, ...grown }]), ejected };
}

/** The claims that do not hold. */
export function broken(claims: readonly Claim[]): readonly string[] {
    return claims.filter(({ holds }) => !holds).map(({ claim }) => claim);
}
