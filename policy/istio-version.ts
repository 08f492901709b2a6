import type { Field } from "./field.ts";

/** A version, and where it stands. */
export interface StatedVersion {
    readonly field: Field;
    readonly text: string;
}

/** The line of a version: `1.31` of `1.31.1`, `v1.31.0-rc.1`, `v1.31-latest`, `~1.31.0` and `1.31.x`; `undefined` where several fit. */
export function lineOf(version: string): string | undefined {
    return /^[v=~]?(\d+\.\d+)(?:-latest|\.(?:\d+|x|\*)(?:[-+][\w.+-]*)?)?$/.exec(
        version.trim(),
    )?.[1];
}

/** Whether it is one version, and no range of them. */
export function isExactVersion(version: string): boolean {
    return /^v?\d+\.\d+\.\d+(?:[-+][\w.+-]*)?$/.test(version.trim());
}

/** A version without the variant of its images: `1.31.1` of `1.31.1-distroless`. */
export function plainVersion(version: string): string {
    return version
        .trim()
        .replace(/^v/, "")
        .replace(/-(debug|distroless)$/, "");
}

/** Whether two versions may be the same: what names a line alone is any of its versions. */
export function mayBeSame(one: string, other: string): boolean {
    const [a, b] = [plainVersion(one), plainVersion(other)];
    return [a, b].some((version) => version.endsWith("-latest"))
        ? lineOf(a) === lineOf(b)
        : a === b;
}
