import { differencesIn } from "#review/graph/drawing.ts";
import type { Drawing } from "#review/graph/drawing.ts";
import { mermaidOf } from "#review/graph/mermaid.ts";
import type { CheckReport } from "#review/report.ts";
import { findingsIn, verdictOf } from "#review/verdict.ts";
import { drawingsOf } from "./drawings.ts";
import { linkTarget, markdownName, markdownText } from "./markdown-text.ts";
import type { Item, Section } from "./sections.ts";
import { oldAdvice, sectionsOf } from "./sections.ts";
import { counted, isQuiet, placesWords, subjectWords, verdictWords } from "./words.ts";

/** The first line of the comment, by which it is found again. */
export const MARKER = "<!-- mesh check -->";

/** GitHub refuses a longer comment. Bytes are counted, of which there are never fewer than of characters. */
export const LONGEST_COMMENT = 65_536;

/** A drawing with more edges shows those alone that differ, and then no more than this. */
const MOST_EDGES = 40;
/** Mermaid and a reader's eyes take no more. */
const LONGEST_DRAWING = 12_000;
const MOST_DRAWINGS = 3;

/** Where the whole report is, for a reader of one that was cut: a sentence's end. */
export interface MarkdownOptions {
    readonly whole: string;
}

/** A part of the comment: what comes before its items, they, and what comes after. */
interface Part {
    readonly begin: string;
    readonly items: readonly string[];
    readonly end: string;
    /** What one and many of its items are called where they are cut. */
    readonly names: readonly [one: string, many: string];
}

/** The report as a comment of a pull request: the most important first, and cut at the least important end. */
export function reportAsMarkdown(report: CheckReport, { whole }: MarkdownOptions): string {
    const verdict = verdictOf(report);
    const sections = sectionsOf(report, { old: false });
    const head = [
        MARKER,
        `### mesh check ${verdictWords(report, verdict)}`,
        markdownName(subjectWords(report)),
        ...(isQuiet(report, verdict) ? ["Nothing changed."] : []),
    ];
    const important = sections.filter(({ weight }) => weight !== "topic");
    const topics = sections.filter(({ weight }) => weight === "topic");
    const parts = [
        ...[...important].sort(weakerFirst).map(openPart),
        ...drawingParts(report),
        ...topics.map(foldedPart),
        ...chainPart(report),
        ...oldPart(report),
    ];
    return fitted(`${head.join("\n\n")}\n`, parts, whole);
}

function weakerFirst(one: Section, other: Section): number {
    return Number(other.weight === "weaker") - Number(one.weight === "weaker");
}

/** As many items of each part, in their order, as there is room for. */
function fitted(head: string, parts: readonly Part[], whole: string): string {
    const cut = (count: number, { names }: Part): string =>
        count === 0 ? "" : `\n_${counted(count, ...names)} left out; the whole is ${whole}._\n`;
    const around = parts.map((part) => `\n${part.begin}${cut(part.items.length, part)}${part.end}`);
    let room = LONGEST_COMMENT - bytesOf([head, ...around].join(""));
    const shown = parts.map((part) => {
        const fitting = firstFitting(part.items, room);
        room -= fitting.reduce((sum, item) => sum + bytesOf(item), 0);
        const left = cut(part.items.length - fitting.length, part);
        return `\n${part.begin}${fitting.join("")}${left}${part.end}`;
    });
    return [head, ...shown].join("");
}

/** The longest beginning of a list that there is room for. */
function firstFitting(items: readonly string[], room: number): readonly string[] {
    let taken = 0;
    const end = items.findIndex((item) => {
        taken += bytesOf(item);
        return taken > room;
    });
    return end < 0 ? items : items.slice(0, end);
}

function bytesOf(text: string): number {
    return Buffer.byteLength(text);
}

function openPart({ title, items }: Section): Part {
    return {
        begin: `#### ${title}\n\n`,
        items: items.map(itemLine),
        end: "",
        names: ["finding", "findings"],
    };
}

function foldedPart({ title, items }: Section): Part {
    return {
        begin: `<details><summary>${title} (${items.length})</summary>\n\n`,
        items: items.map(itemLine),
        end: "\n</details>\n",
        names: ["line", "lines"],
    };
}

function itemLine({ text, because, label, url, subjects, sources }: Item): string {
    const target = url === undefined ? undefined : linkTarget(url);
    const name = label === undefined ? "" : markdownText(label);
    const kind = target === undefined || name === "" ? name : `[${name}](${target})`;
    const place = placesWords(sources);
    const said = [
        `${kind === "" ? "" : `${kind}: `}${markdownText(text)}`,
        ...(because === undefined ? [] : [`because ${markdownText(because)}`]),
    ].join(", ");
    const where = [
        ...(subjects.length === 0 ? [] : [markdownText(subjects.join(", "))]),
        ...(place === "" ? [] : [markdownText(place)]),
    ].join("; ");
    return `- ${said}${where === "" ? "" : ` (${where})`}\n`;
}

/** A drawing of the services for each graph that differs from the others. */
function drawingParts(report: CheckReport): Part[] {
    const drawings = drawingsOf(report).filter(
        ({ drawing }) => differencesIn(drawing).nodes.length > 0,
    );
    const others = drawings.slice(MOST_DRAWINGS).flatMap(({ subjects }) => subjects);
    return [
        ...drawings.slice(0, MOST_DRAWINGS).map(({ subjects, drawing }): Part => {
            const { text, left } = mermaidFitting(drawing);
            const more =
                left === 0
                    ? ""
                    : `\n_${counted(left, "edge", "edges")} left out of the drawing._\n`;
            return {
                begin: `#### Who may call whom: ${markdownName(subjects.join(", "))}\n\n`,
                items: [`\`\`\`mermaid\n${text}\`\`\`\n${more}`],
                end: "",
                names: ["drawing", "drawings"],
            };
        }),
        ...(others.length === 0
            ? []
            : [sentencePart(`Not drawn: ${markdownName(others.join(", "))}.`)]),
    ];
}

/** A sentence that is always there. */
function sentencePart(sentence: string): Part {
    return { begin: `${sentence}\n`, items: [], end: "", names: ["line", "lines"] };
}

/** A drawing that a reader can take in: whole where it is small, else what differs. */
function mermaidFitting(drawing: Drawing): { readonly text: string; readonly left: number } {
    const small = drawing.edges.length <= MOST_EDGES ? drawing : differencesIn(drawing);
    let shown = withEdges(small, MOST_EDGES);
    while (bytesOf(mermaidOf(shown)) > LONGEST_DRAWING && shown.edges.length > 0) {
        shown = withEdges(shown, Math.floor(shown.edges.length / 2));
    }
    return { text: mermaidOf(shown), left: drawing.edges.length - shown.edges.length };
}

/** The first edges of a drawing with their ends; of one that is shown whole, all nodes as well. */
function withEdges(drawing: Drawing, most: number): Drawing {
    if (drawing.edges.length <= most && drawing.nodes.length <= MOST_EDGES) {
        return drawing;
    }
    const edges = drawing.edges.slice(0, most);
    const ends = new Set(edges.flatMap(({ from, to }) => [from, to]));
    return { edges, nodes: drawing.nodes.filter(({ name }) => ends.has(name)) };
}

function chainPart(report: CheckReport): Part[] {
    const { budgets } = findingsIn(report);
    if (budgets.length === 0) {
        return [];
    }
    return [
        {
            begin: `<details><summary>Chains of calls (${budgets.length})</summary>\n\n| chain | slowest answer | most copies | in |\n| --- | --- | --- | --- |\n`,
            items: budgets.map(({ finding, subjects }) => {
                const where = subjects.length === report.subjects.length ? [] : subjects;
                const cells = [finding.chain, finding.slowest, finding.copies, where.join(", ")];
                return `| ${cells.map(markdownText).join(" | ")} |\n`;
            }),
            end: "\n</details>\n",
            names: ["chain", "chains"],
        },
    ];
}

function oldPart(report: CheckReport): Part[] {
    const old = oldAdvice(report);
    return old === 0
        ? []
        : [
              sentencePart(
                  `Not listed, as the base has it as well: ${counted(old, "piece", "pieces")} of advice.`,
              ),
          ];
}
