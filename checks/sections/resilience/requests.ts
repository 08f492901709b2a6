// An oracle, written apart from model/routing.ts on purpose: it shares with it the classes of methods, and reads matches as
// Envoy does instead of as they are made.
import type {
    EnvoyHeaderMatch,
    EnvoyRoute,
    EnvoyRouteMatch,
    EnvoyStringMatch,
} from "#live/proxies/envoy-types.ts";
import { DEFAULT_IDEMPOTENCY_HEADER } from "#model/intents.ts";
import type { HttpMethod, RouteIntent, VersionIntent } from "#model/intents.ts";
import { IDEMPOTENT_METHODS, isIdempotent, METHODS } from "#model/requests.ts";
import { expression } from "#policy/request-match.ts";

/** A kind of request that the declaration treats in one way. */
export interface SampleRequest {
    /** What it asks for, the method apart. */
    readonly label: string;
    readonly method: HttpMethod;
    readonly path: string;
    /** In lower case, as Envoy compares them. */
    readonly headers: Readonly<Record<string, string>>;
    /** Whether it may be tried again although it was carried out. */
    readonly idempotent: boolean;
    /** The one version that it asks for by its header. Default: none, so the weights decide. */
    readonly version?: string;
}

/**
 * Every kind of request below a declared prefix, so that each route that should be there takes one.
 *
 * @param version one that is chosen by a header, which all of the requests have then
 */
export function sampleRequests(
    { prefix, retries }: RouteIntent,
    version?: Pick<VersionIntent, "name" | "header">,
): SampleRequest[] {
    const { name, header } = version ?? {};
    const chosen = header && { [header.name.toLowerCase()]: header.value };
    const suffix = header === undefined ? "" : ` with ${header.name}: ${header.value}`;
    const key = retries?.idempotencyHeader ?? DEFAULT_IDEMPOTENCY_HEADER;
    const request = (
        method: HttpMethod,
        idempotent: boolean,
        value?: string,
        kind = "",
    ): SampleRequest => ({
        label: `${prefix}${kind}${suffix}`,
        method,
        path: prefix,
        headers: { ...chosen, ...(value !== undefined && { [key.toLowerCase()]: value }) },
        idempotent,
        ...(name !== undefined && { version: name }),
    });
    return [
        ...IDEMPOTENT_METHODS.map((method) => request(method, true)),
        ...METHODS.filter((method) => !isIdempotent(method)).flatMap((method) => [
            request(method, true, "8d0f6a52", ` with ${key}`),
            request(method, false, "", ` with an empty ${key}`),
            request(method, false),
        ]),
    ];
}

/** The route that takes a request: the first that matches, as in Envoy. */
export function routeOf(
    request: SampleRequest,
    routes: readonly EnvoyRoute[],
): EnvoyRoute | undefined {
    return routes.find(({ match }) => matches(match, request));
}

/** Fields of a match that are understood; a route with any other one is taken to match nothing. */
const UNDERSTOOD: readonly string[] = [
    "path",
    "prefix",
    "path_separated_prefix",
    "safe_regex",
    "case_sensitive",
    "headers",
] satisfies (keyof EnvoyRouteMatch)[];

function matches(match: EnvoyRouteMatch, { path, method, headers }: SampleRequest): boolean {
    const fold = (text: string): string =>
        match.case_sensitive === false ? text.toLowerCase() : text;
    const sent: Readonly<Record<string, string | undefined>> = { ...headers, ":method": method };
    const separated = match.path_separated_prefix;
    return (
        Object.keys(match).every((field) => UNDERSTOOD.includes(field)) &&
        (match.path === undefined || fold(path) === fold(match.path)) &&
        (match.prefix === undefined || fold(path).startsWith(fold(match.prefix))) &&
        (separated === undefined || `${fold(path)}/`.startsWith(`${fold(separated)}/`)) &&
        (match.safe_regex === undefined || fullMatch(match.safe_regex.regex, path)) &&
        (match.headers ?? []).every((wanted) => headerMatches(wanted, sent[wanted.name]))
    );
}

function headerMatches(wanted: EnvoyHeaderMatch, value: string | undefined): boolean {
    const { string_match: text, present_match: present = true } = wanted;
    const holds =
        text === undefined
            ? (value !== undefined) === present
            : value !== undefined && textMatches(text, value);
    return holds !== (wanted.invert_match ?? false);
}

function textMatches(wanted: EnvoyStringMatch, value: string): boolean {
    return (
        (wanted.exact === undefined || value === wanted.exact) &&
        (wanted.prefix === undefined || value.startsWith(wanted.prefix)) &&
        (wanted.suffix === undefined || value.endsWith(wanted.suffix)) &&
        (wanted.contains === undefined || value.includes(wanted.contains)) &&
        (wanted.safe_regex === undefined || fullMatch(wanted.safe_regex.regex, value))
    );
}

/** @throws Error for an expression that cannot be read: nobody can tell which requests it takes */
function fullMatch(regex: string, text: string): boolean {
    const read = expression(regex);
    if (read === undefined) {
        throw new Error(`the expression ${regex.slice(0, 100)} of a route cannot be read`);
    }
    return read.test(text);
}
