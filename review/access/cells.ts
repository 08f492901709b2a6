import { callersFor, candidatesFor, OTHER_PORT, usersFor } from "./candidates.ts";
import type { AnyCaller } from "./candidates.ts";
import type { Rule } from "./policies.ts";
import { isTcp, modeOf } from "./sides.ts";
import type { Side } from "./sides.ts";
import { HOST, holds, isOfTokens, METHOD, PATH, PEER, PORT, TOKEN } from "./tests.ts";
import type { Test } from "./tests.ts";

/** A value in one respect, as each side sees it; absent is what a request need not have. */
export interface Member {
    /** What people call it. */
    readonly label: string;
    readonly values: readonly (string | undefined)[];
    /** Of callers that stand for many: those that are known by a name, too. */
    readonly covers?: AnyCaller["covers"];
}

/** Values in one respect between which no rule of any side tells a difference. */
interface Cell {
    readonly members: readonly Member[];
    /** One of its values, as each side sees it. */
    readonly values: readonly (string | undefined)[];
}

/** A respect in which rules tell requests apart. */
export interface Dimension {
    readonly key: string;
    readonly cells: readonly Cell[];
    /** What the rules of each side ask in this respect. */
    readonly tests: readonly (readonly Test[])[];
}

/** A caller that is known by a name. */
export interface KnownCaller {
    readonly principal: string;
    readonly label: string;
}

/** What a request without something is said to be. */
export const ABSENT = "";

/** Last of all, so that what they share is gathered. */
const LAST: readonly string[] = [HOST, PORT, METHOD, PATH];

/** The respects in which the rules of some sides tell requests to a workload apart, callers first. */
export function dimensionsOf(
    sides: readonly Side[],
    known: readonly KnownCaller[],
): readonly Dimension[] {
    const tests = sides.map((side) =>
        side.stages
            .flatMap(({ policies }) => policies)
            .flatMap(({ rules }) => rules)
            .flatMap(testsOf),
    );
    const mentioned = new Set(tests.flat().map(({ dimension }) => dimension));
    const others = [...mentioned]
        .filter((key) => key !== PEER && !LAST.includes(key))
        .sort((one, other) => (one < other ? -1 : 1));
    const keys = [PEER, ...others, ...LAST.filter((key) => key === PORT || mentioned.has(key))];
    return keys.map((key) => {
        const asked = tests.map((own) => own.filter(({ dimension }) => dimension === key));
        const members = membersOf(key, asked.flat(), sides, known);
        return { key, tests: asked, cells: cellsOf(key, members, asked, sides) };
    });
}

/** Everything that a rule asks. */
function testsOf({ sources, operations, conditions }: Rule): readonly Test[] {
    return [...sources.flat(), ...operations.flat(), ...conditions];
}

function same(label: string, value: string | undefined, sides: readonly Side[]): Member {
    return { label, values: sides.map(() => value) };
}

function membersOf(
    key: string,
    tests: readonly Test[],
    sides: readonly Side[],
    known: readonly KnownCaller[],
): readonly Member[] {
    switch (key) {
        case PEER:
            return callers(tests, sides, known);
        case TOKEN:
            return users(tests, sides);
        case PORT:
            return [
                ...new Set([
                    ...candidatesFor(key, tests),
                    ...sides.flatMap(({ ports, modes }) =>
                        [...ports, ...modes.ports.keys()].map(String),
                    ),
                ]),
            ].map((port) => same(port, port, sides));
        default: {
            const isOptional = ![HOST, METHOD, PATH].includes(key);
            return [
                ...(isOptional ? [same(ABSENT, undefined, sides)] : []),
                ...[...new Set(candidatesFor(key, tests))].map((text) => ({
                    label: text,
                    values: sides.map((side) =>
                        isOfTokens(key) && !acceptsTokens(side, sides) ? undefined : text,
                    ),
                })),
            ];
        }
    }
}

function callers(
    tests: readonly Test[],
    sides: readonly Side[],
    known: readonly KnownCaller[],
): readonly Member[] {
    const named = new Set(known.map(({ principal }) => principal));
    return [
        same(ABSENT, undefined, sides),
        ...known
            .map(({ principal, label }) => ({
                label,
                values: sides.map(({ arrivesAs }) => arrivesAs(principal)),
            }))
            .filter(({ values }) => values.some((value) => value !== undefined)),
        ...callersFor(tests)
            .filter(({ principal }) => !named.has(principal))
            .map(({ principal, label, covers }) => ({
                ...same(label, principal, sides),
                ...(covers && { covers }),
            })),
    ];
}

/** Whether a side accepts any token; where no side says whose, each does. */
function acceptsTokens({ issuers }: Side, sides: readonly Side[]): boolean {
    return issuers !== undefined || sides.every((side) => side.issuers === undefined);
}

/** Users of the issuers that some side accepts; where no side says whom it accepts, of every issuer. */
function users(tests: readonly Test[], sides: readonly Side[]): readonly Member[] {
    const issuers = sides.flatMap((side) => side.issuers ?? []);
    const isAnybody = issuers.length === 0;
    const texts = isAnybody ? candidatesFor(TOKEN, tests) : usersFor(issuers, tests);
    const accepted = ({ issuers: own = [] }: Side, user: string): string | undefined =>
        isAnybody || own.some((issuer) => user.startsWith(`${issuer}/`)) ? user : undefined;
    return [
        same(ABSENT, undefined, sides),
        ...[...new Set(texts)].map((user) => ({
            label: user,
            values: sides.map((side) => accepted(side, user)),
        })),
    ];
}

/** Members between which no side tells a difference, together. */
function cellsOf(
    key: string,
    members: readonly Member[],
    tests: readonly (readonly Test[])[],
    sides: readonly Side[],
): readonly Cell[] {
    const cells = new Map<string, Member[]>();
    for (const member of members) {
        const sign = sides
            .map((side, at) => {
                const value = member.values[at];
                const facts =
                    key === PORT
                        ? `${modeOf(side, value ?? OTHER_PORT)}${isTcp(side, value ?? OTHER_PORT) ? "t" : "h"}`
                        : value === undefined && (key === PEER || isOfTokens(key))
                          ? "-"
                          : "+";
                const held = (tests[at] ?? []).map((test) => (holds(test, value) ? "1" : "0"));
                return `${facts}${held.join("")}`;
            })
            .join();
        const cell = cells.get(sign);
        if (cell === undefined) {
            cells.set(sign, [member]);
        } else {
            cell.push(member);
        }
    }
    return Array.from(cells.values(), (own) => ({ members: own, values: own[0]?.values ?? [] }));
}
