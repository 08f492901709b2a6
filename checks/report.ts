import { styleText } from "node:util";
import type { Check, Outcome } from "./check.ts";
import { SECTION_NAMES } from "./check.ts";
import type { CheckResult, Progress, VerifyRun } from "./engine.ts";
import { sectionOf } from "./filter.ts";
import type { LeftOut } from "./probing.ts";

/** What was judged by what. */
export interface ReportTarget {
    readonly stack: string;
    /** Name of the kubeconfig's context. */
    readonly context: string;
    readonly server: string;
    readonly local: boolean;
    readonly fallback: boolean;
    readonly namespace: string;
    readonly controlPlaneNamespace: string;
    readonly probeImage: string;
}

/** How a report for people looks. */
export interface ReportStyle {
    /** Marks as on a terminal; else words. */
    readonly symbols: boolean;
    readonly colour: boolean;
}

/** A run, and the checks that were left out of it. Default: none. */
export interface ReportedRun extends VerifyRun {
    readonly leftOut?: LeftOut | undefined;
}

type Status = Outcome["status"];

const MARKS: Readonly<
    Record<Status, { symbol: string; word: string; colour: "green" | "red" | "yellow" }>
> = {
    passed: { symbol: "✔", word: "ok", colour: "green" },
    accepted: { symbol: "!", word: "acc", colour: "yellow" },
    failed: { symbol: "✖", word: "FAIL", colour: "red" },
    skipped: { symbol: "-", word: "skip", colour: "yellow" },
};
const WORD_WIDTH = 4;

/** Version of the shape of the JSON reports. */
export const JSON_VERSION = 1;

/** Numbers of results by how they ended. */
export function countsOf(results: readonly CheckResult[]): Readonly<Record<Status, number>> {
    const counts = { passed: 0, accepted: 0, failed: 0, skipped: 0 };
    for (const { outcome } of results) {
        counts[outcome.status] += 1;
    }
    return counts;
}

/** Whether anything was shown, and nothing shown to be otherwise. */
export function allHolds(results: readonly CheckResult[]): boolean {
    const { passed, accepted, failed } = countsOf(results);
    return failed === 0 && passed + accepted > 0;
}

/** What is judged, before it is. */
export function header(target: ReportTarget, checks: number, all: number): string {
    const { stack, context, server, local, fallback, namespace } = target;
    const cluster = fallback
        ? "the local cluster (there is no other kubeconfig)"
        : `context ${context}${local ? " (the local cluster)" : ""}`;
    const chosen = checks === all ? `${all} checks` : `${checks} of ${all} checks`;
    return `Stack ${stack} in namespace ${namespace} on ${cluster}, ${server}: ${chosen}\n`;
}

/** What of the chosen checks is not run; nothing where all are. */
export function leftOutLine(leftOut: LeftOut | undefined): string {
    return leftOut === undefined
        ? ""
        : `${leftOut.checks.length} checks are not asked: ${leftOut.reason}\n`;
}

/** One line on how far a run has come. */
export function progressLine({ round, ended, failed, total }: Progress): string {
    return [
        ...(round === 1 ? [] : [`round ${round}`]),
        `${ended} of ${total} checks`,
        ...(failed === 0 ? [] : [`${failed} ${failed === 1 ? "does" : "do"} not hold`]),
    ].join(", ");
}

/** The report for people: section by section, then the sum, then what was left open. */
export function reportAsText(run: ReportedRun, style: ReportStyle): string {
    const { results, leftOut } = run;
    const sections = SECTION_NAMES.flatMap((name) => {
        const own = results.filter(({ check }) => sectionOf(check) === name);
        return own.length === 0
            ? []
            : [["", paint(name, "bold", style), ...own.map((one) => resultLines(one, style))]];
    });
    const reasons = new Map<string, string[]>();
    for (const { check, outcome } of results) {
        if (outcome.status === "skipped") {
            reasons.set(outcome.reason, [...(reasons.get(outcome.reason) ?? []), check.id]);
        }
    }
    const skips = [
        ...[...reasons].map(([reason, ids]) => `  ${ids.join(", ")}: ${reason}`),
        ...(leftOut === undefined ? [] : [`  ${leftOut.checks.length} checks: ${leftOut.reason}`]),
    ];
    return [
        ...sections.flat(),
        ...(skips.length === 0 ? [] : ["", "Not judged:", ...skips]),
        "",
        summary(run, style),
        "",
    ].join("\n");
}

/** The sum of a run, as a sentence or two. */
function summary(run: ReportedRun, style: ReportStyle): string {
    const { passed, accepted, failed } = countsOf(run.results);
    return [
        paint(sum(run), failed > 0 ? "red" : passed > 0 ? "green" : "yellow", style),
        ...(passed + accepted + failed === 0
            ? ["Every check was skipped: nothing was shown."]
            : []),
        ...leftoverLines(run),
    ].join("\n");
}

/** What a run saw, in one line. */
export function sum({ results, rounds, milliseconds, leftOut }: ReportedRun): string {
    const { passed, accepted, failed, skipped } = countsOf(results);
    return [
        `${passed} hold, `,
        ...(accepted === 0 ? [] : [`${accepted} but for what is accepted, `]),
        `${failed} do not, ${skipped} skipped`,
        ...(leftOut === undefined ? [] : [`, ${leftOut.checks.length} not asked`]),
        ` in ${(milliseconds / 1000).toFixed(1)} s`,
        ...(rounds === 1 ? [] : [`, in ${rounds} rounds`]),
    ].join("");
}

/** What became of the probe pods, where that is worth a line. */
export function leftoverLines({ leftover }: ReportedRun): readonly string[] {
    return leftover === undefined
        ? []
        : [
              `Probe pods could not be removed (${leftover}); the cluster removes them when their time is up.`,
          ];
}

/** A result: one line, and for what does not hold everything that is known of it. */
export function resultLines({ check, outcome }: CheckResult, style: ReportStyle): string {
    const { symbol, word, colour } = MARKS[outcome.status];
    const mark = paint(style.symbols ? symbol : word.padEnd(WORD_WIDTH), colour, style);
    const line = `  ${mark} ${check.id}  ${check.title}`;
    if (outcome.status === "accepted") {
        return [`${line}: ${outcome.seen}`, ...outcome.accepted.map((one) => `      ${one}`)].join(
            "\n",
        );
    }
    if (outcome.status !== "failed") {
        return `${line}: ${outcome.status === "passed" ? outcome.seen : outcome.reason}`;
    }
    const { expected, seen, hint } = outcome;
    const details = { expected, seen, hint, documentation: check.documentation };
    return [
        line,
        ...Object.entries(details).map(
            ([name, text]) => `      ${name}: ${text.replaceAll("\n", `\n${" ".repeat(8)}`)}`,
        ),
    ].join("\n");
}

function paint(
    text: string,
    format: "bold" | "green" | "red" | "yellow",
    style: ReportStyle,
): string {
    // Whether the terminal takes colours has been asked already.
    return style.colour ? styleText(format, text, { validateStream: false }) : text;
}

/** The report for programs. */
export function reportAsJson(target: ReportTarget, run: ReportedRun): string {
    return asJson({
        version: JSON_VERSION,
        target,
        summary: jsonSummary(run),
        checks: run.results.map(({ check, outcome, milliseconds }) => ({
            ...described(check),
            ...outcome,
            milliseconds: Math.round(milliseconds),
        })),
    });
}

/** What a run saw, for programs. */
export function jsonSummary({
    results,
    rounds,
    milliseconds,
    leftover,
    leftOut,
}: ReportedRun): object {
    return {
        holds: allHolds(results),
        ...countsOf(results),
        rounds,
        milliseconds: Math.round(milliseconds),
        ...(leftOut !== undefined && { notAsked: notAsked(leftOut) }),
        ...(leftover !== undefined && { leftover }),
    };
}

function notAsked({ checks, reason, sample }: LeftOut): object {
    return { checks: checks.length, reason, ...sample };
}

/** The checks for people: an id, what holds when it passes, and where that is explained. */
export function listAsText(checks: readonly Check[]): string {
    return checks
        .map(({ id, title, documentation }) => `${id}\n    ${title}\n    ${documentation}\n`)
        .join("");
}

/** The checks for programs. */
export function listAsJson(stack: string, checks: readonly Check[]): string {
    return asJson({ version: JSON_VERSION, stack, checks: checks.map(described) });
}

function described(check: Check): Readonly<Record<string, string>> {
    const { id, title, documentation } = check;
    return { id, section: sectionOf(check), title, documentation };
}

function asJson(document: unknown): string {
    return `${JSON.stringify(document, undefined, 2)}\n`;
}
