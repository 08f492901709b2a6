import type { Field } from "./field.ts";
import { some } from "./finding.ts";
import { routeRules } from "./gateway-api.ts";
import { NOT_IDEMPOTENT } from "./request-match.ts";

/** The matches of a rule; none takes every request. @throws UnknownValue */
function matchesOf(rule: Field): readonly (Field | undefined)[] {
    const matches = rule.at("matches").items();
    return matches.length === 0 ? [undefined] : matches;
}

/** Whether a match takes only requests with a value in one of these headers. */
function isKeyed(match: Field, headers: readonly string[]): boolean {
    return some(match.at("headers").items(), (header) => {
        const value = header.at("value").text() ?? "";
        const [name, how] = [header.at("name").text() ?? "", header.at("type").text() ?? "Exact"];
        return (
            headers.includes(name.toLowerCase()) &&
            (how === "Exact" ? value !== "" : /^\^?(\.\+|\\S\+)\$?$/.test(value))
        );
    });
}

/** The path of a match as one text. */
function pathOf(match: Field | undefined): string {
    const path = match?.at("path");
    const [type, value] = [path?.at("type").text(), path?.at("value").text()];
    return `${type ?? "PathPrefix"} ${value ?? "/"}`;
}

/** Whether a match takes every request of a method to its path; it then goes before one for any method. */
function takesMethod(match: Field | undefined, method: string): boolean {
    return (
        match?.at("method").text() === method &&
        match.at("headers").items().length === 0 &&
        match.at("queryParams").items().length === 0
    );
}

/**
 * The methods that are not idempotent and reach a rule of an HTTPRoute without an idempotency key.
 *
 * @param idempotencyHeaders their names in lower case
 * @throws UnknownValue
 */
export function repeatableIn(
    rule: Field,
    idempotencyHeaders: readonly string[],
): readonly string[] {
    const others = routeRules(rule.object).flatMap(matchesOf);
    return NOT_IDEMPOTENT.filter((method) =>
        some(matchesOf(rule), (match) => {
            const own = match?.at("method").text();
            return (
                (own ?? method) === method &&
                !(match !== undefined && isKeyed(match, idempotencyHeaders)) &&
                !(
                    own === undefined &&
                    some(
                        others,
                        (other) => takesMethod(other, method) && pathOf(other) === pathOf(match),
                    )
                )
            );
        }),
    );
}
