import type { Entry } from "./answer.ts";
import { sampleFor, takes } from "./match.ts";
import type { Condition, Match, Request, TextMatch } from "./match.ts";
import { ANYTHING } from "./sample.ts";

/** Methods that requests are tried with; the usual ones stand for all. */
const METHODS: readonly string[] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const EVERY_METHOD = METHODS.join();
/** Above so many kinds of condition they are tried one by one, and no two of them together. */
const MOST_PAIRED = 12;
/** So many places are named; the others are counted. */
const MOST_NAMED = 4;

/** A path that stands for others, and how they are written. */
interface PathSample {
    readonly label: string;
    readonly path: string;
}

/** What a request has beside its path and method, and how that is written. */
interface Extra {
    readonly label: string;
    readonly attributes: Request;
}

function samplesOf(match: TextMatch): readonly PathSample[] {
    const path = sampleFor(match);
    if (match.how === "exact") {
        return [{ label: path, path }];
    }
    if (match.how === "regex") {
        return [{ label: match.text, path }];
    }
    const stem = path.replace(/\/$/, "");
    return [
        { label: path, path },
        { label: `${stem}/*`, path: `${stem}/${ANYTHING}` },
        ...(match.how === "prefix" && !path.endsWith("/")
            ? [{ label: `${path}*`, path: `${path}${ANYTHING}` }]
            : []),
    ];
}

const EVERYTHING: PathSample = { label: "/*", path: `/${ANYTHING}` };

function conditionsOn(
    entries: readonly Entry[],
    isWanted: (attribute: string) => boolean,
): readonly Condition[] {
    const found = new Map<string, Condition>();
    for (const { match } of entries) {
        for (const condition of match) {
            if (isWanted(condition.attribute)) {
                found.set(JSON.stringify(condition), condition);
            }
        }
    }
    return [...found.values()];
}

function pathSamples(entries: readonly Entry[]): readonly PathSample[] {
    const samples = conditionsOn(entries, (attribute) => attribute === "path").flatMap(
        ({ match }) => samplesOf(match),
    );
    return [...new Map([...samples, EVERYTHING].map((one) => [one.label, one])).values()];
}

function isExtra(attribute: string): boolean {
    return attribute !== "path" && attribute !== "method";
}

function written({ attribute, match }: Condition): string {
    const [kind = "", ...rest] = attribute.split(" ");
    const name = rest.join(" ");
    const value =
        match.how === "exact"
            ? ` ${match.text}`
            : match.how === "present" || [".+", ".*"].includes(match.text)
              ? ""
              : ` like ${match.text}`;
    switch (kind) {
        case "header":
            return `with ${name}${value === "" ? "" : `:${value}`}`;
        case "query":
            return `with ?${name}${value === "" ? "" : `=${value.trim()}`}`;
        case "source":
            return `from ${name}${value}`;
        case "authority":
            return `for${value}`;
        default:
            return `${attribute}${value}`;
    }
}

/** What a match asks for beside path and method; `undefined` where it contradicts itself. */
function extraFor(match: Match): Extra | undefined {
    const wanted = match.filter(({ attribute, negated }) => isExtra(attribute) && !negated);
    const attributes = new Map<string, string>();
    for (const { attribute, match: text } of wanted) {
        const sample = sampleFor(text);
        if ((attributes.get(attribute) ?? sample) !== sample) {
            return undefined;
        }
        attributes.set(attribute, sample);
    }
    return { label: [...new Set(wanted.map(written))].sort().join(" and "), attributes };
}

function together(one: Extra, other: Extra): Extra | undefined {
    const clash = [...one.attributes].some(
        ([key, value]) => (other.attributes.get(key) ?? value) !== value,
    );
    return clash || one.label === "" || other.label === ""
        ? undefined
        : {
              label: [one.label, other.label].sort().join(" and "),
              attributes: new Map([...one.attributes, ...other.attributes]),
          };
}

function isDefined<Value>(value: Value | undefined): value is Value {
    return value !== undefined;
}

/** What requests may have beside path and method: nothing, what a match asks for, what it forbids, and two of them. */
function extrasOf(entries: readonly Entry[], host: string): readonly Extra[] {
    const forbidden = conditionsOn(entries, isExtra)
        .filter(({ negated }) => negated)
        .map((condition) => [{ ...condition, negated: false }]);
    const single = [[], ...entries.map(({ match }) => match), ...forbidden]
        .map(extraFor)
        .filter(isDefined);
    const distinct = [...new Map(single.map((extra) => [extra.label, extra])).values()];
    const pairs =
        distinct.length > MOST_PAIRED
            ? []
            : distinct.flatMap((one, at) =>
                  distinct.slice(at + 1).map((other) => together(one, other)),
              );
    const all = [...distinct, ...pairs.filter(isDefined)];
    return Array.from(new Map(all.map((extra) => [extra.label, extra])).values(), (extra) => ({
        ...extra,
        attributes: new Map([["authority", host], ...extra.attributes]),
    }));
}

/** Where a difference holds: for each path what else a request has, and its methods. */
type Cells = Map<string, Map<string, Set<string>>>;

function mark(cells: Cells, path: string, extra: string, method: string): void {
    const byExtra = cells.get(path) ?? new Map<string, Set<string>>();
    const methods = byExtra.get(extra) ?? new Set<string>();
    methods.add(method);
    byExtra.set(extra, methods);
    cells.set(path, byExtra);
}

/** Whether a path as it is written stands for another one as well. */
function isWider(wide: string, narrow: string): boolean {
    const stem = wide.slice(0, -2);
    return (
        wide !== narrow &&
        wide.endsWith("/*") &&
        (narrow === stem || narrow === `${stem}*` || narrow.startsWith(`${stem}/`))
    );
}

function methodsWritten(methods: ReadonlySet<string>): string {
    const own = METHODS.filter((method) => methods.has(method));
    const others = METHODS.filter((method) => !methods.has(method));
    return others.length === 0
        ? ""
        : others.length <= 2
          ? `all but ${others.join(" and ")} `
          : `${listed(own)} `;
}

/** Texts as one reads them out: `a, b and c`. */
export function listed(texts: readonly string[]): string {
    return texts.length < 2
        ? texts.join("")
        : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1) ?? ""}`;
}

/** The places of a difference as one writes them; those that a wider one stands for are left out. */
function placesOf(cells: Cells): readonly string[] {
    const byQualifier = new Map<string, string[]>();
    for (const [path, byExtra] of cells) {
        const plain = byExtra.get("") ?? new Set<string>();
        for (const [extra, methods] of byExtra) {
            const own = new Set(
                [...methods].filter((method) => extra === "" || !plain.has(method)),
            );
            if (own.size > 0) {
                const key = JSON.stringify([methodsWritten(own), extra]);
                byQualifier.set(key, [...(byQualifier.get(key) ?? []), path]);
            }
        }
    }
    return withoutRepetition(byQualifier);
}

function withoutRepetition(byQualifier: ReadonlyMap<string, readonly string[]>): readonly string[] {
    return [...byQualifier].flatMap(([key, paths]) => {
        const [methods = "", extra = ""] = JSON.parse(key) as string[];
        // What two conditions meet is said by one of them already.
        const parts = extra.split(" and ");
        const isSaid = (path: string): boolean =>
            parts.length > 1 &&
            parts.some(
                (part) => byQualifier.get(JSON.stringify([methods, part]))?.includes(path) === true,
            );
        return paths
            .filter((path) => !isSaid(path) && !paths.some((other) => isWider(other, path)))
            .map((path) => `${methods}${path}${extra === "" ? "" : ` ${extra}`}`);
    });
}

/** Places in one text, the first of many. */
export function placesWritten(places: readonly string[]): string {
    const more = places.length - MOST_NAMED;
    return more > 1 ? `${places.slice(0, MOST_NAMED).join(", ")} and ${more} more` : listed(places);
}

/** Something that is said of requests, and of which ones. */
export interface Said<Sentence> {
    readonly sentence: Sentence;
    /** For example `/payments/*`, `POST /payments/process with x-canary: order`. */
    readonly places: readonly string[];
}

/** Two lists of routes, in which the first match decides. */
export interface Routes {
    readonly before: readonly Entry[];
    readonly after: readonly Entry[];
    /** Host for which both are. */
    readonly host: string;
}

/** The respects in which a match is looked at, one after the other. */
type Respect = "extra" | "method" | "path";

function respectOf(attribute: string): Respect {
    return attribute === "path" || attribute === "method" ? attribute : "extra";
}

/** A route that is still in question, with its conditions by what they are on. */
interface Asked {
    readonly entry: Entry;
    readonly match: Readonly<Record<Respect, Match>>;
}

function asked(entry: Entry): Asked {
    const on = (respect: Respect): Match =>
        entry.match.filter(({ attribute }) => respectOf(attribute) === respect);
    return { entry, match: { path: on("path"), method: on("method"), extra: on("extra") } };
}

/** Whether the conditions of a route in one respect are met. */
function meets(respect: Respect, request: Request): (route: Asked) => boolean {
    return ({ match }) => takes(match[respect], request);
}

/**
 * What can be said of what becomes of requests, before and afterwards, on every path that either side mentions, with the
 * methods and whatever else they ask for.
 *
 * @param say of what a request met before and meets now; absent where no route takes it. The same `key` is the same thing.
 */
export function compareRoutes<Sentence extends { readonly key: string }>(
    { before, after, host }: Routes,
    say: (before: Entry | undefined, after: Entry | undefined) => readonly Sentence[],
): readonly Said<Sentence>[] {
    const both = [...before, ...after];
    const byMethod = conditionsOn(both, (attribute) => attribute === "method").length > 0;
    const extras = extrasOf(both, host);
    const sentencesOf = remembered(say);
    const found = new Map<string, { sentence: Sentence; cells: Cells }>();
    const sides = [before, after].map((entries) => entries.map(asked));
    for (const { label, path } of pathSamples(both)) {
        const isOnPath = meets("path", new Map([["path", path]]));
        const onPath = sides.map((side) => side.filter(isOnPath));
        for (const extra of extras) {
            const hasExtra = meets("extra", extra.attributes);
            const withExtra = onPath.map((side) => side.filter(hasExtra));
            for (const method of byMethod ? METHODS : [EVERY_METHOD]) {
                const isByMethod = meets("method", new Map([["method", method]]));
                const [one, other] = withExtra.map((side) => side.find(isByMethod)?.entry);
                for (const sentence of sentencesOf(one, other)) {
                    const known = found.get(sentence.key) ?? {
                        sentence,
                        cells: new Map() as Cells,
                    };
                    found.set(sentence.key, known);
                    for (const name of method.split(",")) {
                        mark(known.cells, label, extra.label, name);
                    }
                }
            }
        }
    }
    return Array.from(found.values(), ({ sentence, cells }) => ({
        sentence,
        places: placesOf(cells),
    }));
}

/** A function that is asked once for each pair. */
function remembered<Result>(
    ask: (one: Entry | undefined, other: Entry | undefined) => Result,
): (one: Entry | undefined, other: Entry | undefined) => Result {
    const known = new Map<Entry | undefined, Map<Entry | undefined, Result>>();
    return (one, other) => {
        const row = known.get(one) ?? new Map<Entry | undefined, Result>();
        known.set(one, row);
        const result = row.get(other) ?? ask(one, other);
        row.set(other, result);
        return result;
    };
}
