const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Length of a duration as Istio accepts it, for example `1.5s` or `1h30m`.
 *
 * @returns milliseconds, or `undefined` for a text that is no duration
 */
export function milliseconds(text: string): number | undefined {
    return /^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)
        ? Array.from(
              text.matchAll(/(?<![\d.])(\d+(?:\.\d+)?)(ms|s|m|h)/g),
              ([, amount, unit]) => Number(amount) * (UNITS[unit ?? ""] ?? NaN),
          ).reduce((sum, part) => sum + part)
        : undefined;
}

/** A length as people write it: `900ms`, `18s`. */
export function written(length: number): string {
    return length % 1000 === 0 ? `${length / 1000}s` : `${length}ms`;
}
