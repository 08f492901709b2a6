const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/**
 * Milliseconds of a duration such as `800ms`, `2s`, `1.5s` or `1m`; undefined where `text` is none.
 */
export function parseDuration(text: string): number | undefined {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
    const unit = UNITS[match?.[2] ?? ""];
    return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
}
