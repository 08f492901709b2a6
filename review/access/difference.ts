import type { Box } from "./boxes.ts";
import { boxesOf, pointsOf, trimmed } from "./boxes.ts";
import { callerNames, coveredBy, placesOf, standsForMany } from "./callers.ts";
import { dimensionsOf } from "./cells.ts";
import type { Dimension, KnownCaller } from "./cells.ts";
import { ALLOWED, ASKED, isPossible, Judge, REFUSED } from "./evaluate.ts";
import type { Outcome, Point } from "./evaluate.ts";
import { isTcp } from "./sides.ts";
import type { Side } from "./sides.ts";
import { PORT } from "./tests.ts";
import { operationOf } from "./words.ts";

/** Combinations up to which each is judged by itself. */
const MOST = 50_000;

/** What a caller may do that it may not on the other side. */
export interface Gain {
    readonly caller: string;
    /** For example `DELETE /payments/*`. */
    readonly operations: readonly string[];
    /** Whether somebody else has to agree. */
    readonly isAsked: boolean;
    /** Whether somebody else had to agree before. */
    readonly wasAsked: boolean;
    /** Some of the requests, at least one of each operation. */
    readonly samples: readonly Point[];
    /** The requests that are meant, and no other. */
    readonly exact: readonly Box[];
}

/** How a workload is guarded on two sides, of which one may be several workloads or none. */
export class Difference {
    readonly dimensions: readonly Dimension[];
    readonly #sides: readonly Side[];
    readonly #after: Side;
    readonly #outcomes = new Map<number, readonly [before: Outcome, after: Outcome]>();
    readonly #judges: readonly Judge[];

    constructor(after: Side, before: readonly Side[], known: readonly KnownCaller[]) {
        this.#after = after;
        this.#sides = [after, ...before];
        this.dimensions = dimensionsOf(this.#sides, known);
        this.#judges = this.#sides.map((side, at) => new Judge(side, at, this.dimensions));
    }

    /** Whether there are too many combinations to judge each. */
    get isTooLarge(): boolean {
        return this.#sizes.reduce((product, size) => product * size, 1) > MOST;
    }

    /** How each side judges; the one afterwards, then those before. */
    get judges(): readonly Judge[] {
        return this.#judges;
    }

    /** What becomes of a request before, by whichever workload lets it in, and afterwards. */
    outcomes(point: Point): readonly [before: Outcome, after: Outcome] {
        const key = point.reduce((sum, cell, place) => sum * (this.#sizes[place] ?? 1) + cell, 0);
        const known = this.#outcomes.get(key);
        if (known !== undefined) {
            return known;
        }
        const [after = REFUSED, ...before] = isPossible(point, this.dimensions)
            ? this.#judges.map((judge) => judge.outcome(point))
            : [];
        const most = before.reduce<Outcome>((one, other) => (one > other ? one : other), REFUSED);
        const both = [most, after] as const;
        this.#outcomes.set(key, both);
        return both;
    }

    /** What callers may do afterwards that they might not before. */
    granted(): readonly Gain[] {
        return [
            ...this.#gains(
                ([, after]) => after === ALLOWED,
                ([before]) => before < ALLOWED,
            ),
            ...this.#gains(
                ([, after]) => after === ASKED,
                ([before]) => before === REFUSED,
            ),
        ];
    }

    /** What callers might do before that they may not afterwards. */
    revoked(): readonly Gain[] {
        return this.#gains(
            ([before]) => before > REFUSED,
            ([, after]) => after === REFUSED,
            "exact",
        );
    }

    /** What callers may do only if somebody else agrees, and might do before without. */
    questioned(): readonly Gain[] {
        return this.#gains(
            ([, after]) => after === ASKED,
            ([before]) => before === ALLOWED,
        );
    }

    /** Whether some request of a box was let in before. */
    someBefore(box: Box): boolean {
        return someOf(box, (point) => this.outcomes(point)[0] > REFUSED);
    }

    get #sizes(): readonly number[] {
        return this.dimensions.map(({ cells }) => cells.length);
    }

    /**
     * Requests that are alike in one way, said by all of them, of which those that are new are meant.
     *
     * @param isAlike whether a request is one of those in whose words they are said
     * @param isNew which of those are meant
     * @param words whether those that are not meant may be said along with them
     */
    #gains(
        isAlike: (outcomes: readonly [Outcome, Outcome]) => boolean,
        isNew: (outcomes: readonly [Outcome, Outcome]) => boolean,
        words: "alike" | "exact" = "alike",
    ): readonly Gain[] {
        const isMeant = (point: Point): boolean => {
            const outcomes = this.outcomes(point);
            return isAlike(outcomes) && isNew(outcomes);
        };
        const [callers] = this.dimensions;
        if (callers === undefined) {
            return [];
        }
        const { nobody, others } = placesOf(callers);
        const groups = this.#byReach(
            groupedByCallers(boxesOf(this.#sizes, (point) => isAlike(this.outcomes(point)))),
        );
        const said: Callers[] = [];
        return groups.flatMap(({ like, boxes }) => {
            const before = [...said];
            const isLeft = (point: Point): boolean =>
                isMeant(point) && !before.some((one) => isAmong(point, one));
            const cells = like.filter((cell) =>
                boxes.some((box) => someOf([[cell], ...box.slice(1)], isLeft)),
            );
            const meant = keptOf(boxes, cells, isLeft);
            const may = callers.cells
                .map((_, cell) => cell)
                .filter((cell) =>
                    meant.every((box) =>
                        everyOf([[cell], ...box.slice(1)], (point) =>
                            isAlike(this.outcomes(point)),
                        ),
                    ),
                );
            const refused = callers.cells.flatMap((_, cell) =>
                cell === nobody || may.includes(cell) ? [] : [cell],
            );
            said.push({
                like: cells.includes(others) ? may : coveredBy(callers, cells),
                boxes: meant,
            });
            const isEdge = this.#after.workload.role === "gateway";
            return callerNames(callers, cells, refused, isEdge).flatMap((name) => {
                const own = keptOf(boxes, name.cells, isLeft);
                if (own.length === 0) {
                    return [];
                }
                const exact = this.#exactly(own, name.cells, isLeft);
                return [this.#gain(name.label, words === "exact" ? exact : own, exact, isMeant)];
            });
        });
    }

    /** Groups of callers, those first that stand for many, so that the others need not be named beside them. */
    #byReach(groups: readonly Callers[]): readonly Callers[] {
        const [callers] = this.dimensions;
        if (callers === undefined) {
            return [];
        }
        const { nobody, others } = placesOf(callers);
        const reachOf = (group: Callers, cell: number): number =>
            cell === others || (cell === nobody && group.like.includes(others))
                ? 0
                : standsForMany(callers, cell)
                  ? 1
                  : 2;
        return [0, 1, 2].flatMap((reach) =>
            groups
                .map((group) => ({
                    like: group.like.filter((cell) => reachOf(group, cell) === reach),
                    boxes: group.boxes,
                }))
                .filter(({ like }) => like.length > 0),
        );
    }

    /** What one of some callers does of boxes where a condition is met, and nothing beside it. */
    #exactly(
        boxes: readonly Box[],
        callers: readonly number[],
        meets: (point: Point) => boolean,
    ): readonly Box[] {
        const isMet = (request: Point): boolean =>
            boxes.some(
                ([own = [], ...rest]) =>
                    rest.every((cells, place) => cells.includes(request[place] ?? -1)) &&
                    own.some((caller) => meets([caller, ...request])),
            );
        return boxesOf(this.#sizes.slice(1), isMet).map((box) => [callers, ...box]);
    }

    #gain(
        caller: string,
        boxes: readonly Box[],
        exact: readonly Box[],
        isMeant: (point: Point) => boolean,
    ): Gain {
        const samples = boxes.flatMap((box) => {
            const point = firstOf(box, isMeant);
            return point === undefined ? [] : [point];
        });
        return {
            caller,
            operations: boxes.map((box) =>
                operationOf(box, this.dimensions, this.#isConnection(box)),
            ),
            isAsked: samples.some((point) => this.outcomes(point)[1] === ASKED),
            wasAsked: samples.every((point) => this.outcomes(point)[0] === ASKED),
            samples,
            exact,
        };
    }

    /** Whether a box is one of connections: all its ports are read as bytes, or no proxy on the way knows more. */
    #isConnection(box: Box): boolean {
        const { stages } = this.#after;
        if (stages.length > 0 && stages.every(({ isBlind }) => isBlind)) {
            return true;
        }
        const place = this.dimensions.findIndex(({ key }) => key === PORT);
        const ports = (box[place] ?? []).flatMap(
            (cell) => this.dimensions[place]?.cells[cell]?.members.map(({ label }) => label) ?? [],
        );
        return ports.every((port) => this.#sides.some((side) => isTcp(side, port)));
    }
}

interface Callers {
    readonly like: readonly number[];
    readonly boxes: readonly Box[];
}

/** Boxes by their callers. */
function groupedByCallers(boxes: readonly Box[]): readonly Callers[] {
    const groups = new Map<string, { readonly like: readonly number[]; readonly boxes: Box[] }>();
    for (const box of boxes) {
        const like = box[0] ?? [];
        const key = like.join();
        const group = groups.get(key) ?? { like, boxes: [] };
        group.boxes.push(box);
        groups.set(key, group);
    }
    return [...groups.values()];
}

/** Whether a request is one of those that have been said of many. */
function isAmong(point: Point, { like, boxes }: Callers): boolean {
    return (
        like.includes(point[0] ?? -1) &&
        boxes.some((box) =>
            box.every((cells, place) => place === 0 || cells.includes(point[place] ?? -1)),
        )
    );
}

/** What some callers do of boxes, as far as it meets a condition. */
function keptOf(
    boxes: readonly Box[],
    callers: readonly number[],
    meets: (point: Point) => boolean,
): readonly Box[] {
    return boxes.flatMap((box) => {
        const kept = trimmed([callers, ...box.slice(1)], meets);
        return kept === undefined ? [] : [kept];
    });
}

function everyOf(box: Box, meets: (point: Point) => boolean): boolean {
    return firstOf(box, (point) => !meets(point)) === undefined;
}

function firstOf(box: Box, meets: (point: Point) => boolean): Point | undefined {
    for (const point of pointsOf(box)) {
        if (meets(point)) {
            return point;
        }
    }
    return undefined;
}

function someOf(box: Box, meets: (point: Point) => boolean): boolean {
    return firstOf(box, meets) !== undefined;
}
