import type { Point } from "./evaluate.ts";

/** Requests of which each respect may be any of some cells, whatever the others are. */
export type Box = readonly (readonly number[])[];

/**
 * Points gathered into boxes that have no point in common: what is the same for several cells of a respect is said once.
 *
 * @param sizes how many cells each respect has
 */
export function boxesOf(sizes: readonly number[], isIn: (point: Point) => boolean): readonly Box[] {
    const below = (before: Point): readonly Box[] => {
        const size = sizes[before.length] ?? 0;
        const isLast = before.length === sizes.length - 1;
        const groups = new Map<string, { readonly cells: number[]; readonly inner: Box[] }>();
        for (let cell = 0; cell < size; cell += 1) {
            const point = [...before, cell];
            const inner = isLast ? (isIn(point) ? [[]] : []) : below(point);
            const key = JSON.stringify(inner);
            const group = groups.get(key);
            if (group === undefined) {
                groups.set(key, { cells: [cell], inner: [...inner] });
            } else {
                group.cells.push(cell);
            }
        }
        return Array.from(groups.values(), ({ cells, inner }) =>
            inner.map((box) => [cells, ...box]),
        ).flat();
    };
    return below([]);
}

/** The points of a box. */
export function* pointsOf(box: Box, before: Point = []): Generator<Point> {
    const cells = box[before.length];
    if (cells === undefined) {
        yield before;
        return;
    }
    for (const cell of cells) {
        yield* pointsOf(box, [...before, cell]);
    }
}

/** A box without the cells in which no point meets a condition; `undefined` where none is left. */
export function trimmed(box: Box, meets: (point: Point) => boolean): Box | undefined {
    const kept = box.map(() => new Set<number>());
    for (const point of pointsOf(box)) {
        if (meets(point)) {
            point.forEach((cell, place) => kept[place]?.add(cell));
        }
    }
    return kept.some((cells) => cells.size === 0)
        ? undefined
        : box.map((cells, place) => cells.filter((cell) => kept[place]?.has(cell)));
}
