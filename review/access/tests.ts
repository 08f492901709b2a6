import { rangeFrom } from "#policy/ip-range.ts";
import { fits } from "#policy/string-match.ts";

/** The trust domain of the mesh itself, by whatever name: Istio reads `cluster.local` as that as well. */
export const OWN_TRUST_DOMAIN = "cluster.local";

/** How the values of a condition are compared. */
export type Matching =
    | "account"
    | "host"
    | "namespace"
    | "path"
    | "port"
    | "principal"
    | "range"
    | "text"
    | "trustDomain";

/** What a rule asks of one respect of a request. */
export interface Test {
    /** Respect in which it asks: {@link PEER}, {@link PATH} or the key of a condition. */
    readonly dimension: string;
    readonly matching: Matching;
    readonly values: readonly string[];
    /** Whether it holds for what none of the values fits. */
    readonly negated: boolean;
}

/** The caller's identity: `<trust domain>/ns/<namespace>/sa/<account>`, absent where there is none. */
export const PEER = "source.principal";
export const METHOD = "method";
export const PATH = "path";
export const HOST = "host";
export const PORT = "destination.port";
/** The user that a token names: `<issuer>/<subject>`, absent without a token that is accepted. */
export const TOKEN = "request.auth.principal";
/** Begins the name of everything that only a token says. */
const OF_A_TOKEN = "request.auth.";

/** Respects of connections; everything else is one of requests. */
const OF_CONNECTIONS: ReadonlySet<string> = new Set([
    PEER,
    PORT,
    "source.ip",
    "remote.ip",
    "destination.ip",
    "connection.sni",
]);

/** Whether a respect is one that only requests of HTTP have. */
export function isOfRequests(dimension: string): boolean {
    return !OF_CONNECTIONS.has(dimension);
}

/** Whether only a request with an accepted token has a value in this respect. */
export function isOfTokens(dimension: string): boolean {
    return dimension.startsWith(OF_A_TOKEN);
}

/** Whether a path is one of Istio's templates. */
export function isTemplate(path: string): boolean {
    return path.includes("{*}") || path.includes("{**}");
}

const templates = new Map<string, RegExp>();

function templateOf(path: string): RegExp {
    const known = templates.get(path);
    if (known !== undefined) {
        return known;
    }
    const source = path
        .split(/(\{\*\*?\})/)
        .map((part) =>
            part === "{*}"
                ? "[^/]+"
                : part === "{**}"
                  ? ".*"
                  : part.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"),
        )
        .join("");
    const expression = new RegExp(`^${source}$`);
    templates.set(path, expression);
    return expression;
}

/** The parts of an identity. */
export function partsOf(principal: string): {
    readonly trustDomain: string;
    readonly namespace: string;
    readonly account: string;
} {
    const [trustDomain = "", , namespace = "", , account = ""] = principal.split("/");
    return { trustDomain, namespace, account };
}

/** A place in a range of addresses, as cells name it: the number of bits, and the address as a number. */
export function addressOf(bits: number, address: bigint): string {
    return `${bits} ${address}`;
}

function isInRange(range: string, address: string): boolean {
    const [bits, number = "0"] = address.split(" ");
    const { first, last, bits: ownBits } = rangeFrom(range) ?? { first: 1n, last: 0n, bits: 0 };
    return String(ownBits) === bits && first <= BigInt(number) && BigInt(number) <= last;
}

/** `*` alone stands for any value but none. */
function fitsText(pattern: string, text: string): boolean {
    return pattern === "*" ? text !== "" : fits(pattern, text);
}

const MATCHES: Readonly<Record<Matching, (pattern: string, value: string) => boolean>> = {
    account: (pattern, principal) => {
        const { namespace, account } = partsOf(principal);
        return pattern === `${namespace}/${account}`;
    },
    host: (pattern, host) => fitsText(pattern.toLowerCase(), host.toLowerCase()),
    namespace: (pattern, principal) => fitsText(pattern, partsOf(principal).namespace),
    path: (pattern, path) =>
        isTemplate(pattern) ? templateOf(pattern).test(path) : fitsText(pattern, path),
    port: (pattern, port) => pattern === port,
    principal: fitsText,
    range: isInRange,
    text: fitsText,
    trustDomain: (pattern, principal) => fitsText(pattern, partsOf(principal).trustDomain),
};

/** Whether a test holds for a value; absent is what fits nothing. */
export function holds({ matching, values, negated }: Test, value: string | undefined): boolean {
    const isNamed =
        value !== undefined && values.some((pattern) => MATCHES[matching](pattern, value));
    return isNamed !== negated;
}
