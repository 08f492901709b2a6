import { requestsOf } from "../judging.ts";
import type { Evidence } from "../scenario.ts";
import { CALLER } from "../scenario.ts";

/** Lines over time, as uPlot takes them: the seconds first, then the values of each line; null leaves a gap. */
export interface Plot {
    readonly title: string;
    readonly unit: string;
    /** One a line. */
    readonly names: readonly string[];
    readonly data: readonly (readonly (number | null)[])[];
    /** Whether the lines are counts that stay until they change. */
    readonly steps: boolean;
}

/** The time in which a phase ran, in seconds since the first. */
export interface Shade {
    readonly name: string;
    readonly from: number;
    readonly to: number;
}

/** The phases as times, which every plot has as shades behind its lines. */
export function shades({ phases }: Evidence): readonly Shade[] {
    const begin = beginOf(phases);
    return phases.map(({ name, from, to }) => ({
        name,
        from: (from - begin) / 1000,
        to: (to - begin) / 1000,
    }));
}

/** Latency, requests by status, and the proxies' counters over time. */
export function plots(evidence: Evidence): readonly Plot[] {
    return [latency(evidence), statuses(evidence), counters(evidence)];
}

function beginOf(phases: Evidence["phases"]): number {
    return Math.min(...phases.map(({ from }) => from));
}

/** Every request at the second of its end; several at one moment stay several points. */
function latency(evidence: Evidence): Plot {
    const begin = beginOf(evidence.phases);
    const names = evidence.phases.map(({ name }) => name);
    const requests = names
        .flatMap((name) => requestsOf(evidence, name))
        .sort((a, b) => a.at - b.at);
    return {
        title: "Latency of each request",
        unit: "ms",
        names,
        data: [
            requests.map(({ at }) => (at - begin) / 1000),
            ...names.map((name) =>
                requests.map((request) => (request.phase === name ? request.milliseconds : null)),
            ),
        ],
        steps: false,
    };
}

function statuses(evidence: Evidence): Plot {
    const begin = beginOf(evidence.phases);
    const end = Math.max(...evidence.phases.map(({ to }) => to));
    const seconds = Array.from({ length: Math.ceil((end - begin) / 1000) + 1 }, (_, at) => at);
    const kinds = [...new Set(evidence.requests.map(({ status }) => status))].sort((a, b) => a - b);
    return {
        title: "Requests a second by status",
        unit: "/s",
        names: kinds.map((status) => (status === 0 ? "no answer" : String(status))),
        data: [
            seconds,
            ...kinds.map((status) => {
                const counts = seconds.map(() => 0);
                for (const request of evidence.requests) {
                    const second = Math.floor((request.at - begin) / 1000);
                    if (request.status === status && counts[second] !== undefined) {
                        counts[second] += 1;
                    }
                }
                return counts;
            }),
        ],
        steps: true,
    };
}

const COUNTERS = {
    "refused by the pool": "overflow",
    "ejected now": "ejected",
    "ejection denied": "ejectionsDenied",
    "chosen in panic": "panic",
    retries: "retries",
} as const;

function counters(evidence: Evidence): Plot {
    const begin = beginOf(evidence.phases);
    const own = evidence.counters.filter(({ proxy, at }) => proxy === CALLER && at >= begin);
    const first = evidence.counters.find(({ proxy }) => proxy === CALLER)?.counters;
    return {
        title: "What the caller's proxy counted since the scenario began",
        unit: "",
        names: Object.keys(COUNTERS),
        data: [
            own.map(({ at }) => (at - begin) / 1000),
            ...Object.values(COUNTERS).map((name) =>
                own.map(({ counters: now }) => now[name] - (first?.[name] ?? 0)),
            ),
        ],
        steps: true,
    };
}
