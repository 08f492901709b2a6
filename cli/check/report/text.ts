import { styleText } from "node:util";
import { plainText } from "#review/plain-text.ts";
import type { CheckReport, Timing } from "#review/report.ts";
import { findingsIn, verdictOf } from "#review/verdict.ts";
import { table } from "../../output.ts";
import type { Item, Section, Weight } from "./sections.ts";
import { oldAdvice, sectionsOf } from "./sections.ts";
import { counted, isQuiet, placesWords, subjectWords, verdictWords } from "./words.ts";

/** How a report looks on a terminal. */
export interface TextStyle {
    readonly colour: boolean;
    /** Whether it says where the time went. */
    readonly timings: boolean;
}

type Colour = "bold" | "red" | "yellow" | "green";

const COLOURS: Readonly<Record<Weight, Colour>> = {
    wrong: "red",
    weaker: "yellow",
    advice: "bold",
    topic: "bold",
};

/** The report for people at a terminal, the most important first. */
export function reportAsText(report: CheckReport, style: TextStyle): string {
    const verdict = verdictOf(report);
    const sections = sectionsOf(report, { old: false });
    const blocks = [
        ...sections.map((section) => sectionText(section, style)),
        ...chainsText(report, style),
        ...(style.timings ? [timingsText(report.timings, style)] : []),
    ];
    const quiet = isQuiet(report, verdict);
    const words = verdictWords(report, verdict);
    const old = oldAdvice(report);
    const last = [
        plainText(subjectWords(report)),
        quiet ? `nothing changed, ${words}` : words,
        ...(old > 0
            ? [`${counted(old, "piece", "pieces")} of advice that the base needs as well`]
            : []),
    ].join("; ");
    return `${[...blocks, paint(last, verdict.holds ? "green" : "red", style)].join("\n\n")}\n`;
}

function sectionText({ title, weight, items }: Section, style: TextStyle): string {
    return [paint(title, COLOURS[weight], style), ...items.map(itemText)].join("\n");
}

/** No line begins with somebody's text: a runner could take it for a command. */
function itemText({ label, text, because, url, subjects, sources }: Item): string {
    const name = label === undefined ? "" : `${plainText(label)}: `;
    const where = subjects.length === 0 ? "" : ` [${plainText(subjects.join(", "))}]`;
    const place = placesWords(sources);
    return [
        `  - ${name}${plainText(text)}${where}`,
        ...(because === undefined ? [] : [`      because ${plainText(because)}`]),
        ...(place === "" ? [] : [`      at ${plainText(place)}`]),
        ...(url === undefined ? [] : [`      see ${plainText(url)}`]),
    ].join("\n");
}

/** The chains, unless they are as they were. */
function chainsText(report: CheckReport, style: TextStyle): string[] {
    const { budgets, changes } = findingsIn(report);
    const isKnown =
        report.base !== undefined && changes.every(({ finding }) => finding.topic !== "budgets");
    if (budgets.length === 0 || isKnown) {
        return [];
    }
    const rows = budgets.map(({ finding, subjects }) => [
        `  - ${plainText(finding.chain)}`,
        plainText(finding.slowest),
        plainText(finding.copies),
        subjects.length === report.subjects.length ? "" : plainText(subjects.join(", ")),
    ]);
    return [
        [
            paint("Chains of calls", "bold", style),
            table([["    chain", "slowest answer", "most copies", ""], ...rows]),
        ].join("\n"),
    ];
}

function timingsText(timings: readonly Timing[], style: TextStyle): string {
    const rows = timings.map(({ step, milliseconds }) => [
        `  - ${plainText(step)}`,
        `${(milliseconds / 1000).toFixed(2)} s`,
    ]);
    return [paint("Where the time went", "bold", style), table(rows)].join("\n");
}

function paint(text: string, format: Colour, { colour }: TextStyle): string {
    // Whether the terminal takes colours has been asked already.
    return colour ? styleText(format, text, { validateStream: false }) : text;
}
