import { createHash } from "node:crypto";
import { Graphviz } from "@hpcc-js/wasm-graphviz";
import { plainText } from "#review/plain-text.ts";
import { dotOf } from "#review/graph/dot.ts";
import type { Drawing } from "#review/graph/drawing.ts";
import type { CheckReport, Verdict } from "#review/report.ts";
import { findingsIn, verdictOf } from "#review/verdict.ts";
import { escapeHtml, htmlTable } from "../../html.ts";
import type { DrawingOfSubjects } from "./drawings.ts";
import { drawingsOf } from "./drawings.ts";
import type { Item, Section } from "./sections.ts";
import { sectionsOf } from "./sections.ts";
import { placeWords, subjectWords, verdictWords } from "./words.ts";

const STYLE = `
:root { color-scheme: light dark; --ink: #222; --paper: #fff; --line: #ccc; --head: #f3f3f3; --added: #1a7f37; --removed: #cf222e; --changed: #9a6700; }
@media (prefers-color-scheme: dark) {
    :root { --ink: #e6e6e6; --paper: #16181c; --line: #444; --head: #24272d; --added: #4ac26b; --removed: #ff7b72; --changed: #e3b341; }
}
body { font: 15px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 80rem; padding: 0 1rem; color: var(--ink); background: var(--paper); }
h2 { margin-top: 2.5rem; font-size: 1.25rem; }
h2.wrong { color: var(--removed); }
h2.weaker { color: var(--changed); }
a { color: inherit; }
table { border-collapse: collapse; margin: 0.75rem 0; }
th, td { border: 1px solid var(--line); padding: 0.25rem 0.6rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: var(--head); }
.verdict { font-size: 1.1rem; font-weight: bold; }
.holds { color: var(--added); }
.fails { color: var(--removed); }
.added { color: var(--added); }
.removed { color: var(--removed); }
.changed { color: var(--changed); }
.graph { overflow: auto; border: 1px solid var(--line); padding: 0.5rem; }
.graph svg text { fill: var(--ink); font-family: monospace; }
.graph svg .node path, .graph svg .edge path { stroke: var(--ink); }
.graph svg .edge polygon { stroke: var(--ink); fill: var(--ink); }
.graph svg .added path { stroke: var(--added); }
.graph svg .added polygon { stroke: var(--added); fill: var(--added); }
.graph svg .added text { fill: var(--added); }
.graph svg .removed path { stroke: var(--removed); }
.graph svg .removed polygon { stroke: var(--removed); fill: var(--removed); }
.graph svg .removed text { fill: var(--removed); }
.graph svg .changed path { stroke: var(--changed); }
.graph svg .changed polygon { stroke: var(--changed); fill: var(--changed); }
.graph svg .changed text { fill: var(--changed); }
@media print {
    :root { --ink: #000; --paper: #fff; --line: #999; --head: #eee; --added: #1a7f37; --removed: #cf222e; --changed: #9a6700; }
    body { max-width: none; }
    .graph { overflow: visible; border: none; }
    .graph svg { max-width: 100%; height: auto; }
    tr, .graph { break-inside: avoid; }
}
`;

/** Nothing is loaded and nothing runs; of styles the page's own alone. */
const POLICY = [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
    "base-uri 'none'",
    "form-action 'none'",
].join("; ");

/** The report as one page that needs no network and no script. */
export async function reportAsHtml(report: CheckReport): Promise<string> {
    const verdict = verdictOf(report);
    const drawings = drawingsOf(report);
    const graphviz = drawings.length === 0 ? undefined : await Graphviz.load();
    const sections = sectionsOf(report, { old: true });
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>mesh check: ${verdict.holds ? "holds" : "does not hold"}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>mesh check</h1>
${verdictHtml(report, verdict)}
${sections
    .filter(({ weight }) => weight !== "topic")
    .map(sectionHtml)
    .join("\n")}
${drawings.map((one) => graphHtml(one, graphviz)).join("\n")}
${sections
    .filter(({ weight }) => weight === "topic")
    .map(sectionHtml)
    .join("\n")}
${chainsHtml(report)}
${lookedAtHtml(report)}
</body>
</html>
`;
}

/** Somebody's text in an element. */
function shown(text: string): string {
    return escapeHtml(plainText(text));
}

function verdictHtml(report: CheckReport, verdict: Verdict): string {
    return `<p>${shown(subjectWords(report))}</p>
<p class="verdict ${verdict.holds ? "holds" : "fails"}">${shown(verdictWords(report, verdict))}</p>`;
}

function sectionHtml({ title, weight, items }: Section): string {
    return `<section>
<h2 class="${weight}">${escapeHtml(title)} (${items.length})</h2>
<ul>
${items.map(itemHtml).join("\n")}
</ul>
</section>`;
}

function itemHtml({ text, because, label, url, subjects, sources }: Item): string {
    const kind = label === undefined ? "" : `${labelHtml(label, url)}: `;
    const reason = because === undefined ? "" : `<br>because ${shown(because)}`;
    const where = [
        ...(subjects.length === 0 ? [] : [subjects.join(", ")]),
        ...sources.map(placeWords),
    ].join("; ");
    return `<li>${kind}${shown(text)}${reason}${where === "" ? "" : `<br><small>${shown(where)}</small>`}</li>`;
}

function labelHtml(label: string, url: string | undefined): string {
    return url !== undefined && url.startsWith("https://")
        ? `<a href="${escapeHtml(plainText(url))}" rel="noreferrer">${shown(label)}</a>`
        : shown(label);
}

function graphHtml(
    { subjects, drawing }: DrawingOfSubjects,
    graphviz: Graphviz | undefined,
): string {
    const names = shown(subjects.join(", "));
    return `<section>
<h2>Who may call whom: ${names}</h2>
<p><span class="added">+ added</span>, <span class="removed">\u2212 removed (dashed)</span>, <span class="changed">other operations than before</span></p>
<div class="graph" role="img" aria-label="Services and who may call them; the table below says the same">${svgOf(dotOf(drawing), graphviz)}</div>
${edgeTable(drawing)}
</section>`;
}

/** A drawing as an element: what only a file of its own needs is left out, and names that two of them would share. */
function svgOf(dot: string, graphviz: Graphviz | undefined): string {
    const svg = graphviz?.dot(dot, "svg") ?? "";
    return svg
        .slice(svg.indexOf("<svg"))
        .replace(/<!--[\s\S]*?-->\n?/g, "")
        .replace(/(<g) id="[^"]*"/g, "$1");
}

const SIGNS = { same: "", added: "+ ", removed: "\u2212 ", changed: "" } as const;

function edgeTable({ edges }: Drawing): string {
    const rows = edges.map(({ from, to, mark, operations }) => {
        const said = operations.map(
            (operation) =>
                `<span class="${operation.mark}">${SIGNS[operation.mark]}${shown(operation.text)}</span>`,
        );
        return `<tr><td class="${mark}">${SIGNS[mark]}${shown(from)}</td><td class="${mark}">${shown(to)}</td><td>${said.join("<br>")}</td></tr>`;
    });
    return `<table>\n<tr><th>from</th><th>to</th><th>may</th></tr>\n${rows.join("\n")}\n</table>`;
}

function chainsHtml(report: CheckReport): string {
    const rows = findingsIn(report).budgets.map(({ finding, subjects }) =>
        [finding.chain, finding.slowest, finding.copies, subjects.join(", ")].map(plainText),
    );
    return rows.length === 0
        ? ""
        : `<h2>Chains of calls</h2>\n${htmlTable(["chain", "slowest answer", "most copies", "in"], rows)}`;
}

function lookedAtHtml({ tool, subjects, timings }: CheckReport): string {
    const looked = subjects.map(({ name, objects, rules }) => [
        plainText(name),
        String(objects),
        String(rules),
    ]);
    const times = timings.map(({ step, milliseconds }) => [
        plainText(step),
        (milliseconds / 1000).toFixed(2),
    ]);
    return `<h2>What was looked at</h2>
<p>by mesh ${shown(tool)}</p>
${htmlTable(["subject", "objects", "rules"], looked)}
${times.length === 0 ? "" : htmlTable(["step", "seconds"], times)}`;
}
