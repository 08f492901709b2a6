import { rangeFrom } from "#policy/ip-range.ts";
import { fits, METHODS } from "#policy/string-match.ts";
import { addressOf, isTemplate, METHOD, OWN_TRUST_DOMAIN, partsOf, PATH, PORT } from "./tests.ts";
import type { Test } from "./tests.ts";

/** Stands for any text that nobody mentions. */
const ANY = "~any";
const OTHER_METHOD = "~OTHER";
/** A port that nobody mentions. */
export const OTHER_PORT = "0";

function valuesOf(tests: readonly Test[]): readonly string[] {
    return [...new Set(tests.flatMap(({ values }) => values))];
}

/** Texts among which every combination of patterns finds one that fits just these. */
function textsFor(patterns: readonly string[], root = ""): readonly string[] {
    const prefixes = patterns
        .filter((pattern) => pattern.endsWith("*") && !pattern.startsWith("*"))
        .map((pattern) => pattern.slice(0, -1));
    const suffixes = patterns
        .filter((pattern) => pattern.startsWith("*") && pattern !== "*")
        .map((pattern) => pattern.slice(1));
    return [
        ...patterns.filter((pattern) => !pattern.endsWith("*") && !pattern.startsWith("*")),
        ...prefixes.flatMap((prefix) => [
            prefix,
            `${prefix}${ANY}`,
            ...suffixes.map((suffix) => `${prefix}${ANY}${suffix}`),
        ]),
        ...suffixes.flatMap((suffix) => [suffix, `${root}${ANY}${suffix}`]),
        `${root}${ANY}`,
    ].filter((text) => text.startsWith(root) && text !== "");
}

/** Paths up to which all combinations of segments are taken. */
const MOST_PATHS = 5_000;

/** What patterns say of a segment of a path, by its place, and anything else that may stand there. */
function segmentsAt(place: number, patterns: readonly string[]): readonly string[] {
    const said = patterns.flatMap((pattern) => {
        const segment = pattern.split("/")[place] ?? "";
        const literal = segment.replace("*", "");
        return isTemplate(segment)
            ? []
            : segment.endsWith("*")
              ? [literal, literal + ANY]
              : [segment];
    });
    return [...new Set([...said, ANY, ""])];
}

/** Paths whose segments are combined of what patterns say at each place, also of one more segment than any has. */
function combined(patterns: readonly string[]): readonly string[] {
    const rooted = patterns.filter((pattern) => pattern.startsWith("/"));
    const length = Math.max(...rooted.map((pattern) => pattern.split("/").length)) + 1;
    const paths: string[] = [];
    let started: readonly string[] = [""];
    for (let place = 1; place < length && started.length < MOST_PATHS; place += 1) {
        const segments = segmentsAt(place, rooted);
        started = started.flatMap((path) => segments.map((segment) => `${path}/${segment}`));
        paths.push(...started);
    }
    const suffixes = patterns
        .filter((pattern) => pattern.startsWith("*"))
        .map((pattern) => pattern.slice(1));
    return [
        ...paths,
        ...suffixes.flatMap((suffix) => paths.map((path) => `${path}${suffix}`)),
    ].slice(0, MOST_PATHS);
}

function pathsFor(patterns: readonly string[]): readonly string[] {
    return [
        ...textsFor(
            patterns.filter((pattern) => !isTemplate(pattern)),
            "/",
        ),
        ...(patterns.some(isTemplate) ? combined(patterns) : []),
    ];
}

/** Addresses on both sides of every edge of some ranges. */
function addressesFor(ranges: readonly string[]): readonly string[] {
    const edges = ranges.flatMap((text) => {
        const range = rangeFrom(text);
        return range === undefined
            ? []
            : [addressOf(range.bits, range.first), addressOf(range.bits, range.last + 1n)];
    });
    return [addressOf(32, 0n), addressOf(128, 0n), ...edges].filter((address) => {
        const [bits = "", number = "0"] = address.split(" ");
        return BigInt(number) < 1n << BigInt(bits);
    });
}

/** Values of a respect among which every combination of tests finds one, but for callers and tokens. */
export function candidatesFor(dimension: string, tests: readonly Test[]): readonly string[] {
    const values = valuesOf(tests);
    switch (dimension) {
        case METHOD:
            return [...METHODS, ...textsFor(values), OTHER_METHOD];
        case PATH:
            return pathsFor(values);
        case PORT:
            return [...values, OTHER_PORT];
        default:
            return tests.some(({ matching }) => matching === "range")
                ? addressesFor(values)
                : textsFor(values);
    }
}

/** Users among which every combination of tests finds one, of each issuer. */
export function usersFor(issuers: readonly string[], tests: readonly Test[]): readonly string[] {
    const texts = textsFor(valuesOf(tests));
    const isIssued = (text: string): boolean =>
        issuers.some((issuer) => text.startsWith(`${issuer}/`));
    return [
        ...issuers.map((issuer) => `${issuer}/${ANY}`),
        ...texts.filter(isIssued),
        ...texts.flatMap((text) => issuers.map((issuer) => `${issuer}/${text}`)),
    ];
}

/** An identity that nobody may have, but that somebody could be given. */
export interface AnyCaller {
    readonly principal: string;
    /** Who it stands for, for example `everybody else in the mesh`. */
    readonly label: string;
    /** Of one that stands for many: whether it does so for an identity that is known by a name, too. */
    readonly covers?: (principal: string) => boolean;
}

/** Everybody whom nobody mentions by name. */
export const EVERYBODY_ELSE: AnyCaller = {
    principal: `${OWN_TRUST_DOMAIN}/ns/${ANY}/sa/${ANY}`,
    label: "everybody else in the mesh",
};

/** A pattern as an identity that fits it. */
function completed(pattern: string): string {
    const place = ["", "ns", "", "sa", ""];
    const parts = pattern.replaceAll("*", ANY).split("/");
    const shift = pattern.startsWith("*") ? place.length - parts.length : 0;
    return place.map((fixed, at) => parts[at - shift] ?? (fixed === "" ? ANY : fixed)).join("/");
}

/** Callers among which every combination of tests finds one, beside those that are known. */
export function callersFor(tests: readonly Test[]): readonly AnyCaller[] {
    const valuesBy = (matching: Test["matching"]): readonly string[] =>
        valuesOf(tests.filter((test) => test.matching === matching));
    const principals = valuesBy("principal");
    const accounts = valuesBy("account");
    const trustDomains = valuesBy("trustDomain");
    const namespaces = [
        ...textsFor(valuesBy("namespace")).filter((text) => text !== ANY),
        ...accounts.map((account) => account.split("/")[0] ?? ""),
    ];
    const isPattern = (text: string): boolean => text.includes("*");
    const isByName =
        tests.every(({ matching }) => matching === "principal") && !principals.some(isPattern);
    const domains = textsFor(trustDomains).filter((text) => text !== ANY);
    const named = (principal: string): AnyCaller => ({ principal, label: principal });
    return [
        EVERYBODY_ELSE,
        ...principals.filter((text) => !isPattern(text)).map(named),
        ...principals
            .filter((text) => isPattern(text) && text !== "*")
            .map((text) => ({
                principal: completed(text),
                label: `everybody as ${text}`,
                covers: (principal: string) => fits(text, principal),
            })),
        ...accounts.map((account) => {
            const [namespace = "", name = ""] = account.split("/");
            return named(`${OWN_TRUST_DOMAIN}/ns/${namespace}/sa/${name}`);
        }),
        ...[...new Set(namespaces)].map((namespace) => ({
            principal: `${OWN_TRUST_DOMAIN}/ns/${namespace}/sa/${ANY}`,
            label: `everybody in namespace ${namespace.replace(ANY, "*")}`,
            covers: (principal: string) =>
                fits(namespace.replace(ANY, "*"), partsOf(principal).namespace),
        })),
        ...domains
            .filter((domain) => domain !== OWN_TRUST_DOMAIN)
            .flatMap((domain) =>
                [ANY, ...new Set(namespaces)].map((namespace) => ({
                    principal: `${domain}/ns/${namespace}/sa/${ANY}`,
                    label: `everybody of trust domain ${domain.replace(ANY, "*")}`,
                    covers: (principal: string) => partsOf(principal).trustDomain === domain,
                })),
            ),
        ...crossed(principals, namespaces, domains, isByName ? 0 : MOST_CROSSED).map(named),
    ];
}

/** Identities up to which all combinations of what patterns say are taken. */
const MOST_CROSSED = 2_000;

/** Identities whose parts are combined of those that tests name. */
function crossed(
    principals: readonly string[],
    namespaces: readonly string[],
    trustDomains: readonly string[],
    most: number,
): readonly string[] {
    const parts = principals.map((text) => partsOf(completed(text)));
    const all = (own: readonly string[], others: readonly string[]): readonly string[] => [
        ...new Set([...own, ...others]),
    ];
    const accounts = all(
        parts.map(({ account }) => account),
        [ANY],
    );
    const places = all(
        parts.map(({ namespace }) => namespace),
        [...namespaces, ANY],
    );
    return all(trustDomains, [OWN_TRUST_DOMAIN])
        .flatMap((trustDomain) => places.map((place) => `${trustDomain}/ns/${place}/sa/`))
        .slice(0, most)
        .flatMap((start) => accounts.map((account) => `${start}${account}`))
        .slice(0, most);
}
