import { withoutSecrets } from "../secret-names.ts";
import { textOf } from "./release.ts";

/** A value that changes; absent on the side where there is none. */
export interface ValueChange {
    readonly path: readonly string[];
    readonly before?: unknown;
    readonly after?: unknown;
}

type Values = Readonly<Record<string, unknown>>;

/** Longest text of a value that a sentence shows. */
const SHOWN = 40;

/** The values that differ, sorted by their path; lists as a whole. */
export function valueChanges(
    before: Values,
    after: Values,
    path: readonly string[] = [],
): readonly ValueChange[] {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key): readonly ValueChange[] => {
        const [one, other] = [before[key], after[key]];
        const here = [...path, key];
        if (isValues(one) && isValues(other)) {
            return valueChanges(one, other, here);
        }
        return textOf(one) === textOf(other)
            ? []
            : [
                  {
                      path: here,
                      ...(one !== undefined && { before: one }),
                      ...(other !== undefined && { after: other }),
                  },
              ];
    });
}

/** A change as part of a sentence, for example `global.tag 1.31.1, was 1.31.0`. */
export function sentenceOf({ path, before, after }: ValueChange): string {
    const name = path.join(".");
    const [was, is] = [before, after].map((value) => shown(withoutSecrets(value, path.at(-1))));
    if (after === undefined) {
        return `${name} no longer, was ${was ?? ""}`;
    }
    return before === undefined ? `${name} ${is ?? ""}` : `${name} ${is ?? ""}, was ${was ?? ""}`;
}

function isValues(value: unknown): value is Values {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
    const text = typeof value === "string" ? value : textOf(value ?? null);
    return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
