import { plainText } from "../plain-text.ts";
import type { Drawing, DrawnEdge, DrawnNode, Mark } from "./drawing.ts";
import { labelOf, shortened } from "./label.ts";

const ARROWS: Readonly<Record<Mark, string>> = {
    same: "-->",
    added: "==>",
    removed: "-.->",
    changed: "-->",
    undeclared: "==>",
    unused: "-.->",
};
/** Plus and minus, for whoever sees no colours, as Mermaid writes them. */
const SIGNS: Readonly<Record<Mark, string>> = {
    same: "",
    added: "#43; ",
    removed: "#8722; ",
    changed: "",
    undeclared: "",
    unused: "",
};
/** Colours that can be told apart on a light and on a dark page. */
const COLOURS: Readonly<Record<Exclude<Mark, "same">, string>> = {
    added: "#1a7f37",
    removed: "#cf222e",
    changed: "#9a6700",
    undeclared: "#cf222e",
    unused: "#9a6700",
};

/** A flowchart of Mermaid, as GitHub and GitLab draw it. */
export function mermaidOf({ nodes, edges }: Drawing): string {
    const ids = new Map(nodes.map(({ name }, index) => [name, `n${index}`]));
    return [
        "flowchart LR",
        ...nodes.map((node) => nodeLine(node, ids)),
        ...edges.map((edge) => edgeLine(edge, ids)),
        ...marked((mark) => styleLine(mark, edges)),
        ...marked((mark) => classLine(mark, nodes, ids)),
        "",
    ].join("\n");
}

function nodeLine({ name, mark }: DrawnNode, ids: ReadonlyMap<string, string>): string {
    return `    ${ids.get(name) ?? ""}["${SIGNS[mark]}${escaped(shortened(name))}"]`;
}

function edgeLine(edge: DrawnEdge, ids: ReadonlyMap<string, string>): string {
    const lines = labelOf(edge).map(escaped);
    const label = `${SIGNS[edge.mark]}${lines.join("<br/>")}`;
    const text = label === "" ? "" : `|"${label}"|`;
    return `    ${ids.get(edge.from) ?? ""} ${ARROWS[edge.mark]}${text} ${ids.get(edge.to) ?? ""}`;
}

function marked(lineOf: (mark: keyof typeof COLOURS) => string | undefined): string[] {
    const marks = Object.keys(COLOURS) as (keyof typeof COLOURS)[];
    return marks.flatMap((mark) => lineOf(mark) ?? []);
}

function styleLine(mark: keyof typeof COLOURS, edges: readonly DrawnEdge[]): string | undefined {
    const places = edges.flatMap((edge, index) => (edge.mark === mark ? [index] : []));
    return places.length === 0
        ? undefined
        : `    linkStyle ${places.join(",")} stroke:${COLOURS[mark]},stroke-width:2px`;
}

function classLine(
    mark: keyof typeof COLOURS,
    nodes: readonly DrawnNode[],
    ids: ReadonlyMap<string, string>,
): string | undefined {
    const names = nodes.flatMap((node) => (node.mark === mark ? (ids.get(node.name) ?? []) : []));
    return names.length === 0
        ? undefined
        : `    classDef ${mark} stroke:${COLOURS[mark]},stroke-width:2px\n    class ${names.join(",")} ${mark}`;
}

/** Mermaid writes a character as its number; what is no letter, digit or quiet sign is written so. */
function escaped(text: string): string {
    return plainText(text).replace(
        /[^\p{L}\p{N} /.,-]/gu,
        (character) => `#${character.codePointAt(0) ?? 0};`,
    );
}
