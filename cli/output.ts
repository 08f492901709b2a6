import { EnvironmentError, withoutPasswords } from "#errors.ts";
import { NodeError } from "#local/node/errors.ts";

/** Columns padded to their widest cell, two blanks apart. */
export function table(rows: readonly (readonly string[])[]): string {
    const widths: number[] = [];
    for (const row of rows) {
        for (const [column, cell] of row.entries()) {
            widths[column] = Math.max(widths[column] ?? 0, cell.length);
        }
    }
    const line = (row: readonly string[]): string =>
        row
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join("  ")
            .trimEnd();
    return rows.map(line).join("\n");
}

/** 2 for what the user or the machine must mend, 1 for what should work and does not. */
export function exitCodeOf(error: unknown): 1 | 2 {
    return error instanceof EnvironmentError ? 2 : 1;
}

/** What a screen shows: whoever reads an error is not to scroll for its beginning. */
const SCREEN = { lines: 40, columns: 600 };

/** Writes an error to stderr: its sentence, and the logs that say more, of a screen's length at most. */
export function printError(error: unknown): void {
    process.stderr.write(`${onScreen(describeError(error))}\n`);
}

/** A text of a screen at most, without what would steer the terminal. */
export function onScreen(text: string): string {
    const lines = text.split(/\r?\n/).map((line) => {
        const printable = line.replace(/[\p{Cc}\p{Cf}]/gu, (sign) => (sign === "\t" ? sign : "?"));
        return printable.length > SCREEN.columns
            ? `${printable.slice(0, SCREEN.columns)}…`
            : printable;
    });
    const left = lines.length - SCREEN.lines;
    return left > 0
        ? [...lines.slice(0, SCREEN.lines), `… and ${left} more lines`].join("\n")
        : lines.join("\n");
}

/** The text {@link printError} writes. The stack of an error that is nobody's expected one is kept. */
export function describeError(error: unknown): string {
    if (error instanceof NodeError) {
        const logs = error.logs.length === 0 ? "" : `\nLogs: ${error.logs.join(", ")}`;
        return `${error.message}${logs}`;
    }
    if (error instanceof Error) {
        const unexpected = error instanceof TypeError || error instanceof ReferenceError;
        return withoutPasswords(unexpected ? (error.stack ?? error.message) : error.message);
    }
    return String(error);
}

/** What a program is told that waits for a result: that there is none, and nothing holds. */
export function errorAsJson(error: unknown): string {
    return jsonText({
        holds: false,
        error: { message: onScreen(describeError(error)), exitCode: exitCodeOf(error) },
    });
}

/** A result for programs: one JSON document. */
export function jsonText(value: unknown): string {
    return `${JSON.stringify(value, undefined, 2)}\n`;
}
