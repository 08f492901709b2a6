import { cutText } from "../plain-text.ts";
import type { DrawnEdge } from "./drawing.ts";

/** Lines of one label; the rest is counted. */
const MOST_LINES = 4;
const LONGEST_LINE = 60;

const SIGNS = { same: "", added: "+ ", removed: "\u2212 " } as const;

/** What an edge's label says, a line each; of an edge that changed, what changed alone. */
export function labelOf({ mark, operations }: DrawnEdge): readonly string[] {
    const shown =
        mark === "changed"
            ? operations.filter((operation) => operation.mark !== "same")
            : operations;
    const lines = shown.map((operation) =>
        shortened(`${mark === "changed" ? SIGNS[operation.mark] : ""}${operation.text}`),
    );
    return lines.length <= MOST_LINES
        ? lines
        : [...lines.slice(0, MOST_LINES - 1), `and ${lines.length - MOST_LINES + 1} more`];
}

/** A text on one line of a label. */
export function shortened(text: string): string {
    return cutText(text, LONGEST_LINE);
}
