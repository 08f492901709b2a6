import type { Edge, Graph } from "../change.ts";

/** What became of a part of a graph since it was looked at before. */
type Difference = "same" | "added" | "removed";

/**
 * What is to be seen of a part of a graph: `changed` edges are there before and after, with other operations. In a mesh
 * that is watched, `undeclared` is what was seen and nobody declared, `unused` what was declared and not seen.
 */
export type Mark = Difference | "changed" | "undeclared" | "unused";

/** One line of an edge's label. */
interface DrawnOperation {
    readonly text: string;
    readonly mark: Difference;
}

export interface DrawnNode {
    readonly name: string;
    readonly mark: Difference | "undeclared";
}

export interface DrawnEdge {
    readonly from: string;
    readonly to: string;
    readonly mark: Mark;
    readonly operations: readonly DrawnOperation[];
}

/** Two graphs on one sheet. */
export interface Drawing {
    readonly nodes: readonly DrawnNode[];
    readonly edges: readonly DrawnEdge[];
}

/** A graph and what it was; where nothing is known of before, all of it is the same. */
export function drawingOf(before: Graph | undefined, after: Graph): Drawing {
    const old = before ?? after;
    const edges = new Map(old.edges.map((edge) => [keyOf(edge), edge]));
    const left = new Set(after.edges.map(keyOf));
    const marksOf = marks(old.nodes, after.nodes);
    return {
        nodes: marksOf.map(({ text, mark }) => ({ name: text, mark })),
        edges: [
            ...after.edges.map((edge) => drawnEdge(edges.get(keyOf(edge)), edge)),
            ...old.edges
                .filter((edge) => !left.has(keyOf(edge)))
                .map((edge) => drawnEdge(edge, undefined)),
        ].sort((one, other) => compared(keyOf(one), keyOf(other))),
    };
}

/** The edges that differ, and their ends. */
export function differencesIn({ nodes, edges }: Drawing): Drawing {
    const shown = edges.filter(({ mark }) => mark !== "same");
    const ends = new Set(shown.flatMap(({ from, to }) => [from, to]));
    return {
        nodes: nodes.filter(({ name, mark }) => mark !== "same" || ends.has(name)),
        edges: shown,
    };
}

function keyOf({ from, to }: Pick<Edge, "from" | "to">): string {
    return JSON.stringify([from, to]);
}

function compared(one: string, other: string): number {
    return one < other ? -1 : one > other ? 1 : 0;
}

function marks(before: readonly string[], after: readonly string[]): DrawnOperation[] {
    const [old, now] = [new Set(before), new Set(after)];
    return [...new Set([...before, ...after])].sort(compared).map((text) => ({
        text,
        mark: !old.has(text) ? "added" : now.has(text) ? "same" : "removed",
    }));
}

function drawnEdge(before: Edge | undefined, after: Edge): DrawnEdge;
function drawnEdge(before: Edge, after: undefined): DrawnEdge;
function drawnEdge(before: Edge | undefined, after: Edge | undefined): DrawnEdge {
    const { from, to } = (after ?? before) as Edge;
    const operations = marks(before?.operations ?? [], after?.operations ?? []);
    const changed = operations.some(({ mark }) => mark !== "same");
    return {
        from,
        to,
        mark:
            before === undefined
                ? "added"
                : after === undefined
                  ? "removed"
                  : changed
                    ? "changed"
                    : "same",
        operations,
    };
}
