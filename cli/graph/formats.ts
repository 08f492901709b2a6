import type { Drawing } from "#review/graph/drawing.ts";
import { dotOf } from "#review/graph/dot.ts";
import { mermaidOf } from "#review/graph/mermaid.ts";
import { plainText } from "#review/plain-text.ts";
import { jsonText, table } from "../output.ts";
import { htmlPage, loadGraphviz, shown } from "../page.ts";
import type { LiveEdge, LiveGraph } from "./live-graph.ts";
import type { Format } from "./options.ts";
import { cellsOf, COLUMNS, linesOf, remarksOn } from "./words.ts";

/** The graph in a format, as a whole file. */
export async function formatted(graph: LiveGraph, format: Format): Promise<string> {
    switch (format) {
        case "text":
            return graphAsText(graph);
        case "mermaid":
            return mermaidOf(drawingOf(graph));
        case "dot":
            return dotOf(drawingOf(graph));
        case "json":
            return jsonText(graph);
        case "html":
            return graphAsHtml(graph);
    }
}

function headline({ stack, namespace, window }: LiveGraph): string {
    return `Stack ${stack}, namespace ${namespace}, the last ${window}`;
}

function graphAsText(graph: LiveGraph): string {
    const rows = [
        COLUMNS.map((column) => column.toUpperCase()),
        ...graph.edges.map((edge) => cellsOf(edge).map(plainText)),
    ];
    return `${[headline(graph), table(rows), remarksOn(graph).map(plainText).join("\n")].join("\n\n")}\n`;
}

const MARKS = { declared: "same", undeclared: "undeclared", unused: "unused" } as const;

/** The graph as it is drawn. */
export function drawingOf({ nodes, edges }: LiveGraph): Drawing {
    return {
        nodes: nodes.map(({ name, kind }) => ({
            name,
            mark: kind === "stranger" || kind === "unknown" ? "undeclared" : "same",
        })),
        edges: edges.map((edge) => ({
            from: edge.from,
            to: edge.to,
            mark: MARKS[edge.state],
            operations: linesOf(edge).map((text) => ({ text, mark: "same" as const })),
        })),
    };
}

async function graphAsHtml(graph: LiveGraph): Promise<string> {
    const draw = await loadGraphviz();
    return htmlPage(
        `mesh graph: ${graph.stack}`,
        `<h1>mesh graph</h1>
<p>${shown(headline(graph))}</p>
<ul>
${remarksOn(graph)
    .map((remark) => `<li>${shown(remark)}</li>`)
    .join("\n")}
</ul>
<p><span class="undeclared">used and not declared (bold)</span>, <span class="unused">declared and not used (dashed)</span></p>
${draw(drawingOf(graph), "Who calls whom; the table below says the same")}
${edgeTable(graph.edges)}`,
    );
}

function edgeTable(edges: readonly LiveEdge[]): string {
    const head = COLUMNS.map((column) => `<th>${column}</th>`).join("");
    const rows = edges.map(
        (edge) =>
            `<tr class="${MARKS[edge.state]}">${cellsOf(edge)
                .map((cell) => `<td>${shown(cell)}</td>`)
                .join("")}</tr>`,
    );
    return `<table>\n<tr>${head}</tr>\n${rows.join("\n")}\n</table>`;
}
