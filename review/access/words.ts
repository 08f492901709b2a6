import { ABSENT } from "./cells.ts";
import type { Dimension, Member } from "./cells.ts";
import { holds, HOST, METHOD, PATH, PORT, TOKEN } from "./tests.ts";
import type { Test } from "./tests.ts";
import type { Box } from "./boxes.ts";

/** Longest list of names in a sentence; of more the rest is counted. */
const LONGEST = 6;

/** Names in a row, the last ones as their number where there are many. */
export function listed(names: readonly string[], joint = ", "): string {
    return names.length <= LONGEST
        ? names.join(joint)
        : `${names.slice(0, LONGEST - 1).join(joint)} and ${names.length - LONGEST + 1} more`;
}

/** Single values that the rules name in a respect, by which sets of its members are called. */
function namesIn(dimension: Dimension): readonly Test[] {
    const seen = new Map<string, Test>();
    for (const test of dimension.tests.flat()) {
        for (const value of test.values) {
            seen.set(`${test.matching} ${value}`, { ...test, values: [value], negated: false });
        }
    }
    return [...seen.values()];
}

/** A name, and which members it fits. */
interface Name {
    readonly text: string;
    readonly fits: ReadonlySet<Member>;
}

function isSubset<Element>(one: ReadonlySet<Element>, other: ReadonlySet<Element>): boolean {
    return one.size <= other.size && [...one].every((element) => other.has(element));
}

/** The names that fit nothing but some members, and none of which is within another. */
function largest(names: readonly Name[], members: ReadonlySet<Member>): readonly Name[] {
    const inside = names.filter(({ fits }) => fits.size > 0 && isSubset(fits, members));
    return inside.filter(
        (name, at) =>
            !inside.some(
                (other, place) =>
                    other !== name &&
                    isSubset(name.fits, other.fits) &&
                    (name.fits.size < other.fits.size || place < at),
            ),
    );
}

/** What some members have to be called, and what among that is not meant. */
interface Called {
    /** Absent where everything is. */
    readonly names?: readonly string[];
    readonly but: readonly string[];
}

/** Calls members by the names that rules give them, or by those of the others. */
function called(
    members: ReadonlySet<Member>,
    all: readonly Member[],
    names: readonly Name[],
): Called {
    const inside = largest(names, members);
    const left = withoutNamed(members, inside);
    if (left.size === 0) {
        return { names: inside.map(({ text }) => text), but: [] };
    }
    const rest = new Set(all.filter((member) => !members.has(member)));
    const others = largest(names, rest);
    const around = names
        .filter(({ fits }) => isSubset(left, fits))
        .sort((one, other) => one.fits.size - other.fits.size)[0];
    const isRestNamed = withoutNamed(rest, others).size === 0;
    if (around === undefined || (isRestNamed && others.length <= inside.length + 1)) {
        return { but: others.map(({ text }) => text) };
    }
    const hole = new Set([...around.fits].filter((member) => !members.has(member)));
    const beside = inside.filter(({ fits }) => !isSubset(fits, around.fits));
    return {
        names: [around, ...beside].map(({ text }) => text),
        but: largest(names, hole).map(({ text }) => text),
    };
}

function withoutNamed(members: ReadonlySet<Member>, names: readonly Name[]): ReadonlySet<Member> {
    const covered = new Set(names.flatMap(({ fits }) => [...fits]));
    return new Set([...members].filter((member) => !covered.has(member)));
}

const known = new WeakMap<Dimension, readonly Name[]>();

/** What the cells of a box are called in one respect; `undefined` where they are all of it. */
function calledIn(dimension: Dimension, cells: readonly number[]): Called | undefined {
    if (cells.length === dimension.cells.length) {
        return undefined;
    }
    const all = dimension.cells.flatMap(({ members }) => members);
    const members = new Set(cells.flatMap((cell) => dimension.cells[cell]?.members ?? []));
    const names = known.get(dimension) ?? namesOf(dimension, all);
    known.set(dimension, names);
    return called(members, all, names);
}

function valueOf({ label }: Member): string | undefined {
    return label === ABSENT ? undefined : label;
}

function namesOf({ key, ...rest }: Dimension, all: readonly Member[]): readonly Name[] {
    const own = namesIn({ key, ...rest }).map((test) => ({
        text: test.values[0] ?? "",
        fits: new Set(all.filter((member) => holds(test, valueOf(member)))),
    }));
    const single = (member: Member): Name => ({ text: member.label, fits: new Set([member]) });
    switch (key) {
        case METHOD:
        case PORT:
            return [...own, ...all.filter(({ label }) => /^[A-Z1-9]/.test(label)).map(single)];
        case HOST:
        case PATH:
            return own;
        default:
            return [
                ...own,
                { text: NO, fits: new Set(all.filter((member) => valueOf(member) === undefined)) },
                {
                    text: SOME,
                    fits: new Set(all.filter((member) => valueOf(member) !== undefined)),
                },
            ];
    }
}

/** Stands for the absence of a value, and for any value. */
const NO = "(none)";
const SOME = "*";

function withBut({ names, but }: Called, everything: string): string {
    const named = names === undefined ? everything : listed(names);
    return but.length === 0 ? named : `${named} but ${listed(but)}`;
}

/** What a condition beside method and path is in a sentence. */
function aside(key: string, said: Called): string {
    switch (key) {
        case PORT:
            return `on ${said.names === undefined ? "" : "port "}${withBut(said, "every port")}`;
        case HOST:
            return `for ${said.names === undefined ? "" : "host "}${withBut(said, "every host")}`;
        case "source.ip":
        case "remote.ip":
            return `from ${withBut(said, "every address")}`;
        default:
            return optional(
                key === TOKEN ? "a token" : nameOf(key),
                key === TOKEN ? "of " : "",
                said,
            );
    }
}

/** What a request need not have, and has or has not. */
function optional(name: string, of: string, { names, but }: Called): string {
    if (names === undefined) {
        return `without ${name} ${of}${listed(but)}`;
    }
    const [first] = names;
    if (names.length === 1 && (first === NO || first === SOME)) {
        const value = but.length === 0 ? "" : ` but ${of}${listed(but)}`;
        return `${first === NO ? "without" : "with"} ${name}${value}`;
    }
    const either = names.includes(NO) ? ` or without ${name}` : "";
    const rest = { names: names.filter((one) => one !== NO), but };
    return `with ${name} ${of}${withBut(rest, "")}${either}`;
}

/** The key of a condition as people say it. */
function nameOf(key: string): string {
    const [, kind = "", inner = ""] = /^request\.(auth\.claims|headers)\[(.+)\]$/.exec(key) ?? [];
    return kind === ""
        ? key
        : `${kind === "headers" ? "header" : "claim"} ${inner.replaceAll("][", ".")}`;
}

/**
 * What a caller does, for example `DELETE /payments/*`: the requests of a box in the words of the rules.
 *
 * @param isConnection whether the box holds connections rather than requests
 */
export function operationOf(
    box: Box,
    dimensions: readonly Dimension[],
    isConnection: boolean,
): string {
    const said = new Map(
        dimensions.flatMap((dimension, place) => {
            const name = place === 0 ? undefined : calledIn(dimension, box[place] ?? []);
            return name === undefined ? [] : [[dimension.key, name] as const];
        }),
    );
    const [method, path] = [said.get(METHOD), said.get(PATH)];
    const asides = Array.from(said)
        .filter(([key]) => key !== METHOD && key !== PATH)
        .map(([key, name]) => aside(key, name));
    return [requestOf(method, path, isConnection), ...asides].join(" ");
}

function requestOf(
    method: Called | undefined,
    path: Called | undefined,
    isConnection: boolean,
): string {
    if (isConnection) {
        return EVERY_CONNECTION;
    }
    const paths = path && withBut(path, "every path");
    if (method === undefined) {
        return paths === undefined ? EVERY_REQUEST : `${EVERY_REQUEST} to ${paths}`;
    }
    const methods = withBut(method, EVERY_METHOD);
    return method.but.length === 0
        ? `${methods} ${paths ?? "every path"}`
        : [methods, ...(paths === undefined ? [] : ["on", paths])].join(" ");
}

const EVERY_METHOD = "every method";
const EVERY_REQUEST = "every request";
const EVERY_CONNECTION = "every connection";

/** What somebody does, as the rest of a sentence. */
export function doing(operations: readonly string[]): string {
    const verbs = [
        [EVERY_REQUEST, `make ${EVERY_REQUEST}`],
        [EVERY_CONNECTION, "connect"],
        [EVERY_METHOD, `use ${EVERY_METHOD}`],
    ] as const;
    const said = operations.map((operation) =>
        verbs.reduce(
            (text, [noun, verb]) =>
                operation.startsWith(noun) ? operation.replace(noun, verb) : text,
            operation,
        ),
    );
    return listed(said, " and ");
}

/** The methods of a box where they alone are named. */
export function methodsOf(box: Box, dimensions: readonly Dimension[]): readonly string[] {
    const place = dimensions.findIndex(({ key }) => key === METHOD);
    const dimension = dimensions[place];
    const said = dimension && calledIn(dimension, box[place] ?? []);
    return said?.but.length === 0 ? (said.names ?? []) : [];
}
