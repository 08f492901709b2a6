import { plainText } from "#review/plain-text.ts";
import type { Drawing, Mark } from "#review/graph/drawing.ts";
import type { CheckReport, Verdict } from "#review/report.ts";
import { findingsIn, verdictOf } from "#review/verdict.ts";
import { escapeHtml, htmlTable } from "../../html.ts";
import type { Draw } from "../../page.ts";
import { htmlPage, loadGraphviz, shown } from "../../page.ts";
import type { DrawingOfSubjects } from "./drawings.ts";
import { drawingsOf } from "./drawings.ts";
import type { Item, Section } from "./sections.ts";
import { sectionsOf } from "./sections.ts";
import { placeWords, subjectWords, verdictWords } from "./words.ts";

/** The report as one page that needs no network and no script. */
export async function reportAsHtml(report: CheckReport): Promise<string> {
    const verdict = verdictOf(report);
    const drawings = drawingsOf(report);
    const draw = drawings.length === 0 ? undefined : await loadGraphviz();
    const sections = sectionsOf(report, { old: true });
    return htmlPage(
        `mesh check: ${verdict.holds ? "holds" : "does not hold"}`,
        `<h1>mesh check</h1>
${verdictHtml(report, verdict)}
${sections
    .filter(({ weight }) => weight !== "topic")
    .map(sectionHtml)
    .join("\n")}
${drawings.map((one) => graphHtml(one, draw)).join("\n")}
${sections
    .filter(({ weight }) => weight === "topic")
    .map(sectionHtml)
    .join("\n")}
${chainsHtml(report)}
${lookedAtHtml(report)}`,
    );
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

function graphHtml({ subjects, drawing }: DrawingOfSubjects, draw: Draw | undefined): string {
    const names = shown(subjects.join(", "));
    return `<section>
<h2>Who may call whom: ${names}</h2>
<p><span class="added">+ added</span>, <span class="removed">\u2212 removed (dashed)</span>, <span class="changed">other operations than before</span></p>
${draw?.(drawing, "Services and who may call them; the table below says the same") ?? ""}
${edgeTable(drawing)}
</section>`;
}

const SIGNS: Readonly<Partial<Record<Mark, string>>> = { added: "+ ", removed: "\u2212 " };

function edgeTable({ edges }: Drawing): string {
    const rows = edges.map(({ from, to, mark, operations }) => {
        const said = operations.map(
            (operation) =>
                `<span class="${operation.mark}">${SIGNS[operation.mark] ?? ""}${shown(operation.text)}</span>`,
        );
        return `<tr><td class="${mark}">${SIGNS[mark] ?? ""}${shown(from)}</td><td class="${mark}">${shown(to)}</td><td>${said.join("<br>")}</td></tr>`;
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
