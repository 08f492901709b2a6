import { EVERYBODY_ELSE } from "./candidates.ts";
import { ABSENT } from "./cells.ts";
import type { Dimension, Member } from "./cells.ts";

export const ANYBODY = "anybody";
export const EVERYBODY = "everybody in the mesh";
const NOBODY_KNOWN = "anybody without an identity";

/** Exceptions that are still worth their names. */
const MOST_EXCEPTED = 3;

/** Who some callers are, all at once or one of them. */
export interface CallerName {
    readonly label: string;
    /** Places of their cells. */
    readonly cells: readonly number[];
}

/** Places of the cells of those who have no identity, and of those whom nobody mentions. */
export function placesOf({ cells }: Dimension): {
    readonly nobody: number;
    readonly others: number;
} {
    const placeOf = (wanted: string): number =>
        cells.findIndex(({ members }) => members.some(({ label }) => label === wanted));
    return { nobody: placeOf(ABSENT), others: placeOf(EVERYBODY_ELSE.label) };
}

/**
 * What callers are called: each by its name, unless everybody is among them.
 *
 * @param cells of those who are meant
 * @param refused cells of those who may not do the same, though they have an identity
 * @param isEdge whether clients from outside call, who have no identity
 */
export function callerNames(
    callers: Dimension,
    cells: readonly number[],
    refused: readonly number[],
    isEdge: boolean,
): readonly CallerName[] {
    const { nobody, others } = placesOf(callers);
    const hasNobody = cells.includes(nobody);
    if (hasNobody && (isEdge || (refused.length === 0 && cells.includes(others)))) {
        return [{ label: ANYBODY, cells }];
    }
    const anonymous = hasNobody ? [{ label: NOBODY_KNOWN, cells: [nobody] }] : [];
    const known = cells.filter((place) => place !== nobody);
    if (known.includes(others)) {
        const but = refused.flatMap((place) => namesIn(callers.cells[place]?.members ?? []));
        const label =
            but.length > MOST_EXCEPTED
                ? EVERYBODY_ELSE.label
                : [EVERYBODY, ...(but.length === 0 ? [] : [`but ${but.join(" and ")}`])].join(" ");
        return [{ label, cells: known }, ...anonymous];
    }
    return [
        ...known.flatMap((place) =>
            namesIn(callers.cells[place]?.members ?? []).map((label) => ({
                label,
                cells: [place],
            })),
        ),
        ...anonymous,
    ];
}

/** Whether a cell has a member that stands for many identities of some kind. */
export function standsForMany({ cells }: Dimension, place: number): boolean {
    return (cells[place]?.members ?? []).some(({ covers }) => covers !== undefined);
}

/** Places of cells of which every member is among those that one of the given cells stands for. */
export function coveredBy({ cells }: Dimension, places: readonly number[]): readonly number[] {
    const many = places
        .flatMap((place) => cells[place]?.members ?? [])
        .flatMap(({ covers }) => covers ?? []);
    return cells.flatMap(({ members }, place) =>
        members.every(({ values }) =>
            many.some((covers) => values.every((value) => value !== undefined && covers(value))),
        )
            ? [place]
            : [],
    );
}

/** The names of the members of a cell, without those who are among many that have one name. */
function namesIn(members: readonly Member[]): readonly string[] {
    const many = members.flatMap(({ covers }) => covers ?? []);
    const isCovered = ({ covers, values }: Member): boolean =>
        covers === undefined &&
        many.some((one) => values.some((value) => value !== undefined && one(value)));
    return [...new Set(members.filter((one) => !isCovered(one)).map(({ label }) => label))];
}
