import type { ChaosIntent } from "#model/chaos.ts";
import type { MeshContext } from "#model/mesh.ts";
import { publicHost } from "#model/mesh.ts";
import { jsonText, table } from "../output.ts";
import { clock } from "./experiments.ts";
import type { RunningExperiment } from "./experiments.ts";
import type { ChaosFacts, Finding } from "./facts.ts";
import { flagsInWords } from "./judge.ts";
import { flagsOf, PHASES } from "./phases.ts";
import type { MeasuredRequest } from "./traffic.ts";
import { REQUESTS_PER_SECOND } from "./traffic.ts";
import { CHAOS_NOTES, chaosInWords } from "./words.ts";

/** The blast radius, before anything is done. */
export function announcement(
    intent: ChaosIntent,
    { from, entry, method, path }: MeasuredRequest,
    seconds: number,
    context: MeshContext,
): string {
    const { service } = intent;
    const rate = `${REQUESTS_PER_SECOND} requests a second`;
    return [
        `Experiment: ${chaosInWords(intent)}.`,
        `  ${CHAOS_NOTES[intent.kind]}`,
        intent.kind === "vanish" || intent.kind === "kill-istiod"
            ? "  ends by itself: the Deployment makes new pods at once, whatever becomes of this command"
            : `  ends after ${seconds} s: the cluster does it (Job ${context.namespace}/mesh-chaos-${service.name}), whatever becomes of this command; at once by Ctrl-C or mesh chaos stop ${service.name}`,
        from === "outside"
            ? `  measured by ${rate}: ${method} ${publicHost(entry.hostname ?? entry.name, context)}${path} through the gateway, marked as probes`
            : `  measured by ${rate}: ${method} ${entry.name}${path} by a pod with ${intent.caller}'s identity, marked as probes`,
    ].join("\n");
}

/** What came of an experiment, for people. */
export function resultAsText(facts: ChaosFacts, verdicts: readonly Finding[]): string {
    const { phases, calls, counters, intent } = facts;
    const rows = PHASES.map((name) => {
        const { requests, succeeded, p50, p95, max, statuses } = phases[name];
        const answered = requests === 0 ? "-" : `${((succeeded / requests) * 100).toFixed(1)} %`;
        const seen = Object.entries(statuses).map(([status, count]) => `${status}: ${count}`);
        return [
            name,
            String(requests),
            answered,
            `${p50} ms`,
            `${p95} ms`,
            `${max} ms`,
            seen.join(", "),
        ];
    });
    return `${[
        "",
        "What clients saw",
        table([["PHASE", "REQUESTS", "SUCCESS", "P50", "P95", "MAX", "STATUS"], ...rows]),
        "",
        `What ${intent.caller}'s proxy wrote during it: ${calls.length} requests to ${intent.service.name}, flags ${flagsInWords(calls)}`,
        `What it counted: ${counters.requests} tries, ${counters.retries} of them again; ${counters.ejections} ejections, ${counters.overflow} refused by the pool`,
        "",
        table(verdicts.map(({ what, outcome, seen }) => [outcome, what, seen])),
    ].join("\n")}\n`;
}

/** The same for programs; a moment is Unix milliseconds, a time milliseconds. */
export function resultAsJson(facts: ChaosFacts, verdicts: readonly Finding[]): string {
    const { intent, request, phases, calls, counters, chosen, pods } = facts;
    const { kind, service, caller, fault } = intent;
    return jsonText({
        kind,
        service: service.name,
        caller,
        ...(fault && { fault }),
        holds: holds(verdicts),
        measured: { entry: request.entry.name, method: request.method, path: request.path },
        pods,
        chosen,
        phases,
        calls: { requests: calls.length, flags: flagsOf(calls) },
        counters,
        verdicts,
    });
}

/** Whether nothing that had to act did not. */
export function holds(verdicts: readonly Finding[]): boolean {
    return verdicts.every(({ outcome }) => outcome !== "did not act");
}

/** What runs now, for people. */
export function listAsText(experiments: readonly RunningExperiment[]): string {
    return experiments.length === 0
        ? "No experiment runs.\n"
        : `${table([
              ["ID", "KIND", "CALLER", "UNTIL", "WHAT"],
              ...experiments.map(({ id, kind, caller, until, what }) => [
                  id,
                  kind,
                  caller,
                  clock(until),
                  what,
              ]),
          ])}\n`;
}
