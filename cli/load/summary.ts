import { jsonText, table } from "../output.ts";
import { seconds as elapsed } from "../progress.ts";
import type { LeftOut } from "./choose.ts";
import type { BreakerArithmetic } from "./explain.ts";
import { flagsInWords } from "./flags.ts";
import {
    callerCounted,
    latencyAt,
    requestsOf,
    statusesOf,
    tripped,
    refusedByPools,
} from "./judging.ts";
import { asItShould } from "./run.ts";
import type { Claim, Evidence, LoadProgress, ScenarioResult } from "./scenario.ts";

/** One phase in numbers. */
export interface PhaseSummary {
    readonly name: string;
    readonly what: string;
    readonly seconds: number;
    readonly requests: number;
    /** For example `200: 129, 503: 68`. */
    readonly statuses: string;
    /** Response flags in the proxies' access logs, in words. */
    readonly flags: readonly string[];
    /** In milliseconds. */
    readonly latency: {
        readonly p50: number;
        readonly p95: number;
        readonly p99: number;
        readonly max: number;
    };
    /** What proxies counted: overflow those of the callers and the servers, the rest the caller's. */
    readonly counted: {
        readonly overflow: number;
        readonly ejections: number;
        readonly ejectionsDenied: number;
        readonly panic: number;
        readonly retries: number;
    };
}

/** The phases of a scenario in numbers. */
export function summaries(evidence: Evidence): readonly PhaseSummary[] {
    return evidence.phases.map(({ name, what, from, to }) => {
        const requests = requestsOf(evidence, name);
        const { ejections, ejectionsDenied, panic, retries } = callerCounted(evidence, name);
        const at = (percent: number): number => Math.round(latencyAt(requests, percent));
        return {
            name,
            what,
            seconds: Math.round((to - from) / 100) / 10,
            requests: requests.length,
            statuses: statusesOf(requests),
            flags: flagsInWords(evidence, name),
            latency: { p50: at(50), p95: at(95), p99: at(99), max: at(100) },
            counted: {
                overflow: refusedByPools(evidence, name),
                ejections,
                ejectionsDenied,
                panic,
                retries,
            },
        };
    });
}

/** What a run came to, in a few words. */
export function verdict(result: ScenarioResult): string {
    if (result.protection) {
        return asItShould(result) ? "holds" : "DOES NOT HOLD";
    }
    return tripped(result.claims)
        ? "TRIPPED: what it shows does not come from the protection"
        : "did not trip, as it must";
}

/** A scenario's outcome for people. */
export function resultAsText(result: ScenarioResult): string {
    const title = result.protection
        ? `${result.scenario}: ${result.title}`
        : `${result.scenario} without its protection`;
    const phases = summaries(result).map(({ name, requests, statuses, latency, counted }) => [
        `  ${name}`,
        String(requests),
        statuses,
        String(latency.p50),
        String(latency.p95),
        String(latency.p99),
        String(latency.max),
        String(counted.overflow),
        String(counted.ejections),
        String(counted.ejectionsDenied),
        String(counted.retries),
    ]);
    const lines = [
        `${title}: ${verdict(result)}`,
        table([
            [
                "  phase",
                "requests",
                "by status",
                "p50",
                "p95",
                "p99",
                "max ms",
                "overflow",
                "ejected",
                "denied",
                "retries",
            ],
            ...phases,
        ]),
        ...summaries(result).flatMap(({ name, what, flags }) => [
            `  ${name}: ${what}`,
            ...flags.map((flag) => `    ${flag}`),
        ]),
        ...result.claims.map((claim) => claimAsText(claim)),
    ];
    return `${lines.join("\n")}\n`;
}

function claimAsText({ claim, holds, expected, seen }: Claim): string {
    return holds
        ? `  yes  ${claim}: ${seen}`
        : `  NO   ${claim}: expected ${expected}; seen ${seen}`;
}

/** Where a run is, in one line without its end. */
export function progressLine(progress: LoadProgress, since: number): string {
    const { scenario, phase, statuses, rate, overflow, ejected } = progress;
    const counts = Object.entries(statuses)
        .map(([status, count]) => `${status}: ${count}`)
        .join(", ");
    const parts = [
        `${scenario}, ${phase}`,
        ...(counts === "" ? [] : [counts]),
        ...(progress.ended || counts === "" ? [] : [`${rate.toFixed(0)}/s`]),
        `overflow ${overflow}`,
        `ejected ${ejected}`,
    ];
    return `${elapsed(Date.now() - since)}  ${parts.join("  ")}`;
}

/** Version of the shape of the JSON report. */
const JSON_VERSION = 1;

/** Everything a program may want to know of a run, one JSON object. */
export function resultsAsJson(
    results: readonly ScenarioResult[],
    leftOut: readonly LeftOut[],
    arithmetic: readonly BreakerArithmetic[],
): string {
    const report = {
        version: JSON_VERSION,
        holds: results.every(asItShould),
        scenarios: results.map((result) => ({
            scenario: result.scenario,
            title: result.title,
            service: result.service,
            caller: result.caller,
            protection: result.protection,
            asItShould: asItShould(result),
            claims: result.claims,
            phases: summaries(result),
        })),
        leftOut,
        arithmetic,
    };
    return jsonText(report);
}
