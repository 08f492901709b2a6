import type { Document, LineCounter, Node } from "yaml";
import { isAlias, isMap, isNode, isPair, isScalar, isSeq } from "yaml";

/** The line of the longest part of a path that is written in a document; the document's own for none of it. */
export function lineBelow(
    document: Document,
    lines: LineCounter,
    start: Node | null,
    path: readonly (string | number)[],
): number {
    let place: Node | null = start;
    let value: Node | null = start;
    for (const step of path) {
        const next = below(document, value, step);
        if (next === undefined) {
            break;
        }
        place = next.place;
        value = next.value;
    }
    return lines.linePos(place?.range?.[0] ?? 0).line;
}

/** What stands at a step, and the place that says so: a key, or an element. */
interface Below {
    readonly place: Node;
    readonly value: Node | null;
}

function below(document: Document, node: Node | null, step: string | number): Below | undefined {
    const value = isAlias(node) ? (node.resolve(document) ?? null) : node;
    if (isSeq(value)) {
        const item = value.items[Number(step)];
        return isNode(item) ? { place: item, value: item } : undefined;
    }
    if (!isMap(value)) {
        return undefined;
    }
    const pairs = value.items.filter((item) => isPair(item));
    const named = pairs.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    if (named !== undefined && isNode(named.key)) {
        return { place: named.key, value: isNode(named.value) ? named.value : null };
    }
    // What is merged into a map is written where it is merged from.
    const merged = pairs.find(({ key }) => isScalar(key) && key.value === "<<")?.value;
    return isNode(merged)
        ? [merged, ...(isSeq(merged) ? merged.items.filter((item) => isNode(item)) : [])]
              .map((one) => below(document, one, step))
              .find((found) => found !== undefined)
        : undefined;
}

/** The node that a path leads to; undefined where it leads nowhere. */
export function nodeAt(
    document: Document,
    path: readonly (string | number)[],
): Node | null | undefined {
    let node: Node | null | undefined = isNode(document.contents) ? document.contents : null;
    for (const step of path) {
        node = node === undefined ? undefined : below(document, node, step)?.value;
    }
    return node;
}

/** The steps of a path as a rule writes it, for example `spec.http[0].match["x-a"]`. */
export function stepsOf(path: string): (string | number)[] {
    return [...path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g)].map(
        ([, index, quoted, name]) =>
            index === undefined
                ? quoted === undefined
                    ? (name ?? "")
                    : (JSON.parse(quoted) as string)
                : Number(index),
    );
}
