import type { CheckReport, Verdict } from "#review/report.ts";
import type { SourcePlace } from "#review/change.ts";
import { isUncompared } from "#review/verdict.ts";

/** Length of a commit's name in a sentence. */
const COMMIT_LENGTH = 12;

export function counted(count: number, one: string, many: string): string {
    return `${count} ${count === 1 ? one : many}`;
}

/** What was looked at, and what it was compared with. */
export function subjectWords({ subjects, base }: CheckReport): string {
    const names = subjects.map(({ name }) => name).join(", ");
    if (base === undefined) {
        return names;
    }
    return `${names} against ${base.ref} (${base.commit.slice(0, COMMIT_LENGTH)})`;
}

/** What it came to. What was not compared has no changes to count. */
export function verdictWords(report: CheckReport, verdict: Verdict): string {
    const { holds, errors, mandatory, advisory, weaker, changes } = verdict;
    const counts = [
        ...(report.base !== undefined
            ? [counted(changes, "change", "changes"), `${weaker} weaker`]
            : []),
        counted(mandatory, "violation", "violations"),
        `${advisory} advisory`,
        ...(errors > 0 ? [counted(errors, "error", "errors")] : []),
    ];
    return `${holds ? "holds" : "does not hold"}: ${counts.join(", ")}`;
}

export function placeWords({ file, line }: SourcePlace): string {
    return `${file}:${line}`;
}

/** Where a long list of places is cut. */
const MOST_PLACES = 5;

/** Places in one line. */
export function placesWords(sources: readonly SourcePlace[]): string {
    const shown = sources.slice(0, MOST_PLACES).map(placeWords);
    const left = sources.length - shown.length;
    return [...shown, ...(left > 0 ? [`${left} more places`] : [])].join(", ");
}

/** Whether a report compares, and finds nothing that somebody has to read. */
export function isQuiet(
    report: CheckReport,
    { errors, mandatory, weaker, changes }: Verdict,
): boolean {
    return (
        report.base !== undefined &&
        !isUncompared(report) &&
        [errors, mandatory, weaker, changes].every((count) => count === 0)
    );
}
