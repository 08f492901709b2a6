import { RE2JS } from "re2js";
import type { Field } from "./field.ts";
import { some } from "./finding.ts";

/** Methods that may do their work twice when they are sent twice. */
export const NOT_IDEMPOTENT: readonly string[] = ["POST", "PATCH"];

/** Conditions that do not narrow which requests a match takes. */
const HARMLESS: readonly string[] = ["name", "statPrefix", "ignoreUriCase"];

/** A regular expression that a whole text has to meet. */
export interface Expression {
    readonly test: (text: string) => boolean;
}

/** Longest expression that is read: whoever writes a longer one means no request. */
const LONGEST_EXPRESSION = 10_000;

/** An expression in RE2's syntax, which Envoy reads; `undefined` for what is none, such as `(?!GET)`. */
export function expression(text: string): Expression | undefined {
    if (text.length > LONGEST_EXPRESSION) {
        return undefined;
    }
    try {
        const compiled = RE2JS.compile(text);
        return { test: (given) => compiled.matches(given) };
    } catch {
        return undefined;
    }
}

/** Whether a text meets a condition (`exact`, `prefix` or `regex`); `undefined` where it cannot be told. */
function meets(condition: Field, text: string): boolean | undefined {
    const [exact, prefix, regex] = ["exact", "prefix", "regex"].map((how) =>
        condition.at(how).text(),
    );
    if (exact !== undefined) {
        return text === exact;
    }
    if (prefix !== undefined) {
        return text.startsWith(prefix);
    }
    return regex === undefined ? true : expression(regex)?.test(text);
}

/** The condition on the method, however it is written. */
function methodOf(match: Field): Field {
    const pseudoHeader = match.at("headers", ":method");
    return pseudoHeader.exists ? pseudoHeader : match.at("method");
}

/** Whether a match takes only requests with a non-empty value in one of these headers. A presence match takes an empty one. */
function isKeyed(match: Field, headers: readonly string[]): boolean {
    return some(
        match.at("headers").entries(),
        ([name, condition]) =>
            headers.includes(name.toLowerCase()) && meets(condition, "") === false,
    );
}

/** Whether every path that `later` takes is one that `earlier` takes. */
function coversPath(earlier: Field, later: Field | undefined): boolean {
    const prefix = earlier.at("prefix").text();
    if (!earlier.exists || prefix === "/") {
        return true;
    }
    return ["exact", "prefix", "regex"].some((how) => {
        const text = later?.at(how).text();
        return (
            text !== undefined &&
            (text === earlier.at(how).text() ||
                (how !== "regex" && prefix !== undefined && text.startsWith(prefix)))
        );
    });
}

/** Whether a match takes all of another one's requests with a method; none at all stands for every request. */
function takesAll(earlier: Field | undefined, later: Field | undefined, method: string): boolean {
    if (earlier === undefined) {
        return true;
    }
    const narrowing = earlier
        .entries()
        .map(([condition]) => condition)
        .filter((condition) => !["method", "uri", ...HARMLESS].includes(condition));
    return (
        narrowing.length === 0 &&
        meets(earlier.at("method"), method) === true &&
        coversPath(earlier.at("uri"), later?.at("uri"))
    );
}

/** Whether two fields hold the same. @throws UnknownValue */
function isSame(one: Field, other: Field): boolean {
    const [entries, others] = [one.entries(), other.entries()];
    const [items, otherItems] = [one.items(), other.items()];
    return (
        one.text() === other.text() &&
        entries.length === others.length &&
        entries.every(([key, value]) => isSame(value, other.at(key))) &&
        items.length === otherItems.length &&
        items.every((item, index) => isSame(item, other.at(index)))
    );
}

/** Conditions of which each entry narrows by itself. */
const BY_ENTRY: readonly string[] = ["headers", "queryParams", "sourceLabels", "withoutHeaders"];
/** Conditions that take any of several values. */
const ANY_OF: readonly string[] = ["gateways", "sniHosts", "destinationSubnets"];

/** Whether one condition of an earlier match takes whatever a later match lets through. @throws UnknownValue */
function coversCondition(name: string, earlier: Field, later: Field | undefined): boolean {
    if (name === "uri") {
        const everything = [".*", "/.*"].includes(earlier.at("regex").text() ?? "");
        return everything || coversPath(earlier, later?.at("uri"));
    }
    const other = later?.at(name);
    if (other?.exists !== true) {
        return false;
    }
    if (BY_ENTRY.includes(name)) {
        return earlier.entries().every(([key, value]) => isSame(value, other.at(key)));
    }
    return ANY_OF.includes(name)
        ? other.texts().every((text) => earlier.texts().includes(text))
        : isSame(earlier, other);
}

/** Whether every request, or connection, that a match takes is one that an earlier match takes. @throws UnknownValue */
function covers(earlier: Field | undefined, later: Field | undefined): boolean {
    return (
        earlier === undefined ||
        earlier
            .entries()
            .filter(([name, condition]) => !HARMLESS.includes(name) && condition.exists)
            .every(([name, condition]) => coversCondition(name, condition, later))
    );
}

/** Whether two routes take the same by some of their matches. @throws UnknownValue */
export function shareMatch(one: Field, other: Field): boolean {
    return matchesOf(one).some((match) =>
        matchesOf(other).some((another) => covers(match, another) && covers(another, match)),
    );
}

/** A match that nothing reaches, or a whole route, and what is before it. */
interface Unreachable {
    readonly field: Field;
    readonly by: Field;
}

/** What of a list of routes nothing reaches, because a route or match before it takes all of it. @throws UnknownValue */
export function unreachableIn(routes: readonly Field[]): readonly Unreachable[] {
    return routes.flatMap((route, index) => {
        const before = routes
            .slice(0, index)
            // A route that delegates to nothing is skipped.
            .filter((earlier) => !earlier.at("delegate").exists);
        const matches = matchesOf(route);
        const taken = matches.flatMap((match, place) => {
            const by =
                before.find((earlier) =>
                    matchesOf(earlier).some((other) => covers(other, match)),
                ) ??
                matches
                    .slice(0, place)
                    .find((other) => other !== undefined && covers(other, match));
            return by === undefined ? [] : [{ field: match ?? route, by }];
        });
        const [first] = taken;
        return first !== undefined &&
            taken.length === matches.length &&
            taken.every(({ by }) => before.includes(by))
            ? [{ field: route, by: first.by }]
            : taken;
    });
}

function matchesOf(route: Field): readonly (Field | undefined)[] {
    const matches = route.at("match").items();
    return matches.length === 0 ? [undefined] : matches;
}

/**
 * Methods with which a request that carries no idempotency key may reach a route, although they are not idempotent.
 *
 * @param earlier routes that are asked before it
 * @param idempotencyHeaders their names in lower case
 * @throws UnknownValue
 */
export function repeatableMethods(
    route: Field,
    earlier: readonly Field[],
    idempotencyHeaders: readonly string[],
): readonly string[] {
    return NOT_IDEMPOTENT.filter((method) =>
        some(
            matchesOf(route),
            (match) =>
                (match === undefined ||
                    (meets(methodOf(match), method) !== false &&
                        !isKeyed(match, idempotencyHeaders))) &&
                !earlier.some(
                    (other) =>
                        // A route that delegates to nothing is skipped.
                        !other.at("delegate").exists &&
                        matchesOf(other).some((taken) => takesAll(taken, match, method)),
                ),
        ),
    );
}
