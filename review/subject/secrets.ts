/** What stands in a report for a secret's value. */
const MASK = "[secret]";
/** Pulumi hides no shorter text either: the report would be nothing but marks. */
const SHORTEST = 3;
/** Parts of a text are hidden from this length on; shorter ones are words like any other. */
const SHORTEST_PART = 8;

/** Values that the APIs themselves name: a sentence about one says it anyway. */
const WORDS_OF_THE_API: ReadonlySet<string> = new Set(
    `true false null enabled disabled default ALLOW DENY AUDIT CUSTOM STRICT PERMISSIVE DISABLE UNSET SIMPLE MUTUAL
    ISTIO_MUTUAL OPTIONAL_MUTUAL PASSTHROUGH AUTO_PASSTHROUGH TERMINATE HTTP HTTP2 HTTPS GRPC GRPC-WEB TCP TLS MONGO
    MYSQL REDIS UDP TLSV1_0 TLSV1_1 TLSV1_2 TLSV1_3 TLS_AUTO REDIRECT TPROXY NONE GET HEAD POST PUT PATCH DELETE OPTIONS
    connect-failure refused-stream unavailable cancelled reset 5xx gateway-error retriable-4xx reset-before-request
    retriable-status-codes envoy-ratelimited ambient istio`.split(/\s+/),
);

function isHidden(text: string): boolean {
    // A number of three digits is a percentage, a status or a count.
    const shortest = /^\d+$/.test(text) ? SHORTEST + 1 : SHORTEST;
    return text.length >= shortest && !WORDS_OF_THE_API.has(text);
}

/** What a rule may have taken out of a longer text, such as the host of an image. */
function partsOf(text: string): readonly string[] {
    return text
        .split(/[^\w.+-]+/)
        .filter((part) => part.length >= SHORTEST_PART && part !== text && isHidden(part));
}

/** A pattern of texts, none of them within a longer word; the longest first. */
function patternOf(texts: Iterable<string>): RegExp | undefined {
    const escaped = [...texts]
        .sort((one, other) => other.length - one.length)
        .map((text) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
    return escaped.length === 0
        ? undefined
        : new RegExp(`(?<![A-Za-z0-9])(?:${escaped.join("|")})(?![A-Za-z0-9])`, "g");
}

/** The texts that came from secrets. They are judged like any other, and no finding shows one. */
export class Secrets {
    readonly #texts = new Set<string>();
    readonly #parts = new Map<string, Set<string>>();

    /** Takes note of a secret of a resource, and of every text in it. */
    add(urn: string, value: unknown): void {
        if (typeof value === "object" && value !== null) {
            for (const inner of Object.values(value)) {
                this.add(urn, inner);
            }
            return;
        }
        const text = String(value);
        if (isHidden(text)) {
            this.#texts.add(text);
        }
        const parts = this.#parts.get(urn) ?? new Set();
        this.#parts.set(urn, new Set([...parts, ...partsOf(text)]));
    }

    /** Findings without a secret in their messages. What was taken out of one is shown by no finding of its resource. */
    hiddenIn<Finding extends { readonly urn: string; readonly message: string }>(
        findings: readonly Finding[],
    ): Finding[] {
        const everywhere = patternOf(this.#texts);
        return findings.map((finding) => ({
            ...finding,
            message: [everywhere, patternOf(this.#parts.get(finding.urn) ?? [])].reduce<string>(
                (text, pattern) => (pattern === undefined ? text : text.replace(pattern, MASK)),
                finding.message,
            ),
        }));
    }
}
