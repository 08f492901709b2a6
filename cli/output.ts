import { EnvironmentError } from "#errors.ts";
import type { Report } from "#errors.ts";
import { NodeError } from "#local/node/errors.ts";

/** One step of a long command. */
export interface Step {
    readonly title: string;
    /**
     * Does the step's work.
     *
     * @param report takes lines about what goes on inside the step
     * @returns what came of it, to stand beside the title
     */
    readonly run: (report: Report) => Promise<string | undefined>;
}

/** Where steps are shown. */
export interface Screen {
    readonly isTTY?: boolean;
    write(text: string): unknown;
}

/**
 * Runs steps one after the other: as a live list with elapsed times on a terminal, as one line a finished step
 * elsewhere.
 *
 * @throws what a step throws; no later step is run.
 */
export async function runSteps(
    steps: readonly Step[],
    screen: Screen = process.stdout,
): Promise<void> {
    if (screen.isTTY === true) {
        await runLive(steps);
    } else {
        await runPlain(steps, screen);
    }
}

async function runLive(steps: readonly Step[]): Promise<void> {
    const { Listr, PRESET_TIMER } = await import("listr2");
    const list = new Listr(
        steps.map(({ title, run }) => ({
            title,
            task: async (_context, task) => {
                const result = await run((line) => {
                    task.output = line;
                });
                if (result !== undefined) {
                    task.title = `${title}: ${result}`;
                }
            },
        })),
        {
            rendererOptions: {
                timer: PRESET_TIMER,
                showErrorMessage: false,
                collapseErrors: false,
            },
            // The command itself says what an interruption means.
            registerSignalListeners: false,
        },
    );
    await list.run();
}

async function runPlain(steps: readonly Step[], screen: Screen): Promise<void> {
    for (const { title, run } of steps) {
        const begun = performance.now();
        const elapsed = (): string => seconds(performance.now() - begun);
        try {
            const result = await run((line) => screen.write(`${elapsed()}  ${title}: ${line}\n`));
            screen.write(`${elapsed()}  ${title}${result === undefined ? "" : `: ${result}`}\n`);
        } catch (error) {
            screen.write(`${elapsed()}  ${title}: failed\n`);
            throw error;
        }
    }
}

/** Milliseconds as seconds with one decimal, right-aligned to seven columns. */
export function seconds(milliseconds: number): string {
    return `${(milliseconds / 1000).toFixed(1)}s`.padStart(7);
}

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

/** Writes an error to stderr: its sentence, and the logs that say more. */
export function printError(error: unknown): void {
    process.stderr.write(`${describeError(error)}\n`);
}

/** The text {@link printError} writes. The stack of an error that is nobody's expected one is kept. */
export function describeError(error: unknown): string {
    if (error instanceof NodeError) {
        const logs = error.logs.length === 0 ? "" : `\nLogs: ${error.logs.join(", ")}`;
        return `${error.message}${logs}`;
    }
    if (error instanceof Error) {
        const unexpected = error instanceof TypeError || error instanceof ReferenceError;
        return unexpected ? (error.stack ?? error.message) : error.message;
    }
    return String(error);
}

/** A result for programs: one JSON document. */
export function jsonText(value: unknown): string {
    return `${JSON.stringify(value, undefined, 2)}\n`;
}
