import type { SourcePlace } from "../change.ts";

/** Lines of a file, both ends among them. */
export interface Lines {
    readonly from: number;
    readonly to: number;
}

/** A file of the checkout that differs from the base, and where. */
export interface ChangedFile {
    /** Relative to the root of the repository. */
    readonly file: string;
    /** As they are now; where lines are gone, the one before them. */
    readonly lines: readonly Lines[];
}

const HUNK = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/;

/** What `git diff --unified=0 --no-prefix --no-color --no-ext-diff` says of the files that are there now. */
export function changedFilesIn(diff: string): ChangedFile[] {
    const files = new Map<string, Lines[]>();
    let current: Lines[] | undefined;
    // Lines of a hunk that are to come: they can look like anything.
    let pending = 0;
    for (const line of diff.split("\n")) {
        if (pending > 0 && /^[+-]/.test(line)) {
            pending -= 1;
            continue;
        }
        const file = /^\+\+\+ (.+?)\t?$/.exec(line)?.[1];
        const hunk = HUNK.exec(line);
        if (file !== undefined) {
            current = file === "/dev/null" ? undefined : [];
            if (current !== undefined) {
                files.set(unquoted(file), current);
            }
        } else if (hunk !== null) {
            const counts = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
            pending = Number(counts?.[1] ?? 1) + Number(counts?.[2] ?? 1);
            const from = Math.max(1, Number(hunk[1]));
            current?.push({ from, to: from + Math.max(0, Number(hunk[2] ?? 1) - 1) });
        }
    }
    return Array.from(files, ([file, lines]) => ({ file, lines }));
}

/** Git writes a name with odd characters as C does. */
function unquoted(name: string): string {
    if (!name.startsWith('"')) {
        return name;
    }
    const bytes = [...name.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\])/gsu)].flatMap(
        ([, octal, escaped, plain]) =>
            octal === undefined
                ? [...Buffer.from(plain ?? ESCAPES[escaped ?? ""] ?? escaped ?? "")]
                : [Number.parseInt(octal, 8)],
    );
    return Buffer.from(bytes).toString("utf8");
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/** The first changed line among some lines of a file. */
export function changedWithin(
    changed: readonly ChangedFile[],
    file: string,
    { from, to }: Lines,
): SourcePlace | undefined {
    const lines = changed.find((one) => one.file === file)?.lines ?? [];
    const hit = lines.find((one) => one.from <= to && one.to >= from);
    return hit === undefined ? undefined : { file, line: Math.max(hit.from, from) };
}
