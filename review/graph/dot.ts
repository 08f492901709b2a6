import { plainText } from "../plain-text.ts";
import type { Drawing, DrawnEdge, DrawnNode, Mark } from "./drawing.ts";
import { labelOf, shortened } from "./label.ts";

/** Above this many edges only those that differ have labels: the others would cover each other. */
const MOST_LABELS = 80;

const EDGE_STYLES: Readonly<Record<Mark, string>> = {
    same: "",
    added: ", style=bold",
    removed: ", style=dashed",
    changed: "",
    undeclared: ", style=bold",
    unused: ", style=dashed",
};

/**
 * Graphviz's language. Each node and edge has its mark as class, so that a page can colour it.
 * The letters are all of one width, so that they fit their boxes whatever font a reader has.
 */
export function dotOf({ nodes, edges }: Drawing): string {
    const labelled = edges.length <= MOST_LABELS;
    return [
        "digraph services {",
        "    graph [rankdir=LR, bgcolor=transparent, nodesep=0.25, ranksep=0.9];",
        '    node [shape=box, style=rounded, height=0.4, fontname="Courier", fontsize=11];',
        '    edge [fontname="Courier", fontsize=10];',
        ...nodes.map(nodeLine),
        ...edges.map((edge) => edgeLine(edge, labelled || edge.mark !== "same")),
        "}",
        "",
    ].join("\n");
}

function nodeLine({ name, mark }: DrawnNode): string {
    const dashed = mark === "removed" ? ', style="rounded,dashed"' : "";
    return `    ${quoted(name)} [label=${quoted(shortened(name))}, class="${mark}"${dashed}];`;
}

function edgeLine(edge: DrawnEdge, labelled: boolean): string {
    const { from, to, mark } = edge;
    const label = labelled ? `, label=${quoted(...labelOf(edge))}` : "";
    return `    ${quoted(from)} -> ${quoted(to)} [class="${mark}"${EDGE_STYLES[mark]}${label}];`;
}

/** Lines in quotes. Graphviz reads entities and sequences with a backslash in a text. */
function quoted(...lines: readonly string[]): string {
    const text = lines.map((line) =>
        plainText(line).replaceAll("&", "&amp;").replaceAll("\\", "\\\\").replaceAll('"', '\\"'),
    );
    return `"${text.join("\\n")}"`;
}
