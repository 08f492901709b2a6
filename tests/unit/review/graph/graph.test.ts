import assert from "node:assert/strict";
import type { Graph } from "#review/change.ts";
import { dotOf } from "#review/graph/dot.ts";
import { differencesIn, drawingOf } from "#review/graph/drawing.ts";
import { mermaidOf } from "#review/graph/mermaid.ts";

const BEFORE: Graph = {
    nodes: ["a", "b", "gone"],
    edges: [
        { from: "a", to: "b", operations: ["GET /x"] },
        { from: "a", to: "gone", operations: [] },
        { from: "b", to: "a", operations: ["GET /"] },
    ],
};
const AFTER: Graph = {
    nodes: ["a", "b", "new"],
    edges: [
        { from: "a", to: "b", operations: ["GET /x", "POST /x"] },
        { from: "b", to: "a", operations: ["GET /"] },
        { from: "new", to: "b", operations: ["GET /x"] },
    ],
};

describe("two graphs on one sheet", () => {
    it("mark what was added, removed and changed", () => {
        const { nodes, edges } = drawingOf(BEFORE, AFTER);
        assert.deepEqual(
            nodes.map(({ name, mark }) => `${name} ${mark}`),
            ["a same", "b same", "gone removed", "new added"],
        );
        assert.deepEqual(
            edges.map(({ from, to, mark }) => `${from}-${to} ${mark}`),
            ["a-b changed", "a-gone removed", "b-a same", "new-b added"],
        );
    });

    it("mark nothing where nothing is known of before, or nothing changed", () => {
        for (const drawing of [drawingOf(undefined, AFTER), drawingOf(AFTER, AFTER)]) {
            assert.deepEqual(differencesIn(drawing), { nodes: [], edges: [] });
            assert.equal(drawing.edges.length, 3);
        }
    });

    it("leave what did not change to the whole drawing", () => {
        const { nodes, edges } = differencesIn(drawingOf(BEFORE, AFTER));
        assert.equal(edges.length, 3);
        assert.deepEqual(
            nodes.map(({ name }) => name),
            ["a", "b", "gone", "new"],
        );
    });

    it("tell names apart that only look alike when they are joined", () => {
        const graph = (from: string, to: string): Graph => ({
            nodes: [from, to],
            edges: [{ from, to, operations: [] }],
        });
        const { edges } = drawingOf(graph("a b", "c"), graph("a", "b c"));
        assert.deepEqual(
            edges.map(({ from, mark }) => `${from}: ${mark}`),
            ["a b: removed", "a: added"],
        );
    });
});

describe("the language of a drawing", () => {
    const drawing = drawingOf(BEFORE, AFTER);

    it("of Graphviz has each mark as a class", () => {
        const dot = dotOf(drawing);
        assert.match(dot, /"a" -> "gone" \[class="removed", style=dashed/);
        assert.match(dot, /"new" -> "b" \[class="added", style=bold, label="GET \/x"\]/);
        assert.match(dot, /"a" -> "b" \[class="changed", label="\+ POST \/x"\]/);
    });

    it("of Graphviz keeps every name to its quotes", () => {
        const name = 'x"]; evil [label="\\N\n&amp;';
        const dot = dotOf(drawingOf(undefined, { nodes: [name], edges: [] }));
        assert.match(dot, /"x\\"\]; evil \[label=\\"\\\\N &amp;amp;" \[label=/);
    });

    it("of Mermaid has each mark as an arrow, a sign and a colour", () => {
        const mermaid = mermaidOf(drawing);
        assert.match(mermaid, /n0 -\.->\|"#8722; "\| n2/);
        assert.match(mermaid, /n3 ==>\|"#43; GET \/x"\| n1/);
        assert.match(mermaid, /linkStyle 3 stroke:#1a7f37/);
        assert.match(mermaid, /linkStyle 1 stroke:#cf222e/);
    });

    it("of Mermaid writes what means something as numbers", () => {
        const mermaid = mermaidOf(drawingOf(undefined, { nodes: ['a"] --> b`|\n;'], edges: [] }));
        assert.equal(mermaid, 'flowchart LR\n    n0["a#34;#93; --#62; b#96;#124; #59;"]\n');
    });

    it("cuts long labels, and says so", () => {
        const operations = Array.from({ length: 10 }, (_, index) => `GET /${index}`);
        const graph: Graph = { nodes: ["a"], edges: [{ from: "a", to: "a", operations }] };
        assert.match(dotOf(drawingOf(undefined, graph)), /GET \/2\\nand 7 more/);
    });
});
