import type { Field } from "./field.ts";
import { some } from "./finding.ts";

/** Methods that may do their work twice when they are sent twice. */
export const NOT_IDEMPOTENT: readonly string[] = ["POST", "PATCH"];

/** Conditions that do not narrow which requests a match takes. */
const HARMLESS: readonly string[] = ["name", "statPrefix", "ignoreUriCase"];

/** An expression in RE2's syntax, as far as JavaScript's is the same. */
function expression(text: string): RegExp | undefined {
    const flags = /^\(\?i\)/.exec(text);
    try {
        return new RegExp(`^(?:${text.slice(flags?.[0].length ?? 0)})$`, flags === null ? "" : "i");
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
