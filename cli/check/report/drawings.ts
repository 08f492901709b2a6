import type { Drawing } from "#review/graph/drawing.ts";
import { drawingOf } from "#review/graph/drawing.ts";
import type { CheckReport } from "#review/report.ts";

/** A drawing, and the subjects that it is the same for. */
export interface DrawingOfSubjects {
    readonly subjects: readonly string[];
    readonly drawing: Drawing;
}

/** The graph of each subject beside what it was, the same ones once; a graph without nodes is none. */
export function drawingsOf({ subjects }: CheckReport): DrawingOfSubjects[] {
    const drawings = new Map<string, { subjects: string[]; drawing: Drawing }>();
    for (const { name, graph } of subjects) {
        const drawing = drawingOf(graph.before, graph.after);
        const key = JSON.stringify(drawing);
        const known = drawings.get(key);
        if (known !== undefined) {
            known.subjects.push(name);
        } else if (drawing.nodes.length > 0) {
            drawings.set(key, { subjects: [name], drawing });
        }
    }
    return [...drawings.values()];
}
