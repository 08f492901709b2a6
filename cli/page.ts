import { createHash } from "node:crypto";
import { plainText } from "#review/plain-text.ts";
import { dotOf } from "#review/graph/dot.ts";
import type { Drawing, Mark } from "#review/graph/drawing.ts";
import { escapeHtml } from "./html.ts";

/** The page's colour of what is marked. */
const COLOURS: Readonly<Record<Exclude<Mark, "same">, string>> = {
    added: "added",
    removed: "removed",
    changed: "changed",
    undeclared: "removed",
    unused: "changed",
};

function markStyle([mark, colour]: readonly [string, string]): string {
    return [
        `.${mark} { color: var(--${colour}); }`,
        `.graph svg .${mark} path { stroke: var(--${colour}); }`,
        `.graph svg .${mark} polygon { stroke: var(--${colour}); fill: var(--${colour}); }`,
        `.graph svg .${mark} text { fill: var(--${colour}); }`,
    ].join("\n");
}

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
th { background: var(--head); overflow-wrap: normal; }
.verdict { font-size: 1.1rem; font-weight: bold; }
.holds { color: var(--added); }
.fails { color: var(--removed); }
.graph { overflow: auto; border: 1px solid var(--line); padding: 0.5rem; }
.graph svg text { fill: var(--ink); font-family: monospace; }
.graph svg .node path, .graph svg .edge path { stroke: var(--ink); }
.graph svg .edge polygon { stroke: var(--ink); fill: var(--ink); }
${Object.entries(COLOURS).map(markStyle).join("\n")}
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

/**
 * A page that needs no network and no script.
 *
 * @param title plain text
 * @param body elements; whatever somebody else wrote in them is escaped
 */
export function htmlPage(title: string, body: string): string {
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${shown(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** Somebody's text in an element. */
export function shown(text: string): string {
    return escapeHtml(plainText(text));
}

/**
 * Draws a graph as an element of a page.
 *
 * @param label what it shows, for whoever does not see it
 */
export type Draw = (drawing: Drawing, label: string) => string;

/** Graphviz is large: it is loaded where something is drawn. */
export async function loadGraphviz(): Promise<Draw> {
    const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
    const graphviz = await Graphviz.load();
    return (drawing, label) =>
        `<div class="graph" role="img" aria-label="${escapeHtml(label)}">${elementOf(graphviz.dot(dotOf(drawing), "svg"))}</div>`;
}

/** A drawing as an element: what only a file of its own needs is left out, and names that two of them would share. */
function elementOf(svg: string): string {
    return svg
        .slice(svg.indexOf("<svg"))
        .replace(/<!--[\s\S]*?-->\n?/g, "")
        .replace(/(<g) id="[^"]*"/g, "$1");
}
