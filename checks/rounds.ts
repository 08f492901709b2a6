import type { ReportedRun, ReportTarget } from "./report.ts";
import { JSON_VERSION, jsonSummary, leftoverLines, sum } from "./report.ts";
import type { Round } from "./watch.ts";

/** How many changes a round names for people: where nothing can be asked any more, everything changes at once. */
const NAMED_CHANGES = 20;

/** A round of a watch for people: one line, and one for each change. */
export function roundAsText({ number, begun, seen, changes }: Round): string {
    const what = "results" in seen ? roundSum(seen) : `nothing could be asked: ${seen.reason}`;
    return [
        `${begun.toISOString()}  round ${number}: ${what}`,
        ...changes
            .slice(0, NAMED_CHANGES)
            .map(
                ({ id, what: change, why }) =>
                    `  ${change}: ${id}${why === undefined ? "" : `: ${why.replaceAll("\n", " ")}`}`,
            ),
        ...(changes.length > NAMED_CHANGES
            ? [`  and ${changes.length - NAMED_CHANGES} more changes`]
            : []),
        ...("results" in seen ? leftoverLines(seen).map((line) => `  ${line}`) : []),
        "",
    ].join("\n");
}

function roundSum(seen: ReportedRun): string {
    const { sample } = seen.leftOut ?? {};
    return sample === undefined
        ? sum(seen)
        : `${sum(seen)}; ${sample.asked} of ${sample.pairs} pairs, seed ${sample.seed}`;
}

/** A round of a watch for programs: one line of JSON. */
export function roundAsJson(target: ReportTarget, round: Round): string {
    const { number, begun, milliseconds, holds, seen, changes } = round;
    const document = {
        version: JSON_VERSION,
        target,
        round: number,
        begun: begun.toISOString(),
        milliseconds: Math.round(milliseconds),
        holds,
        ...("results" in seen ? { summary: jsonSummary(seen) } : { reason: seen.reason }),
        changes,
    };
    return `${JSON.stringify(document)}\n`;
}
