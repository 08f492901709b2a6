import type { Report } from "#errors.ts";

/** Where progress is shown. */
export interface Screen {
    readonly isTTY?: boolean;
    readonly columns?: number;
    write(text: string): unknown;
}

/** How far something long has come, and what came of it so far. */
export interface Progress {
    /** Writes a line that stays. */
    readonly line: Report;
    /**
     * Says where it is now: in one line that is written anew on a terminal, elsewhere in a line of its own where a step
     * begins or ends, and not at all in between.
     */
    readonly now: (text: string, step?: boolean) => void;
    /** Takes the line that is written anew away again. */
    readonly clear: () => void;
}

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

/** Clears the line and goes to its beginning. */
const CLEAR_LINE = "\r\x1b[K";

/** Progress beside a command's results, or on stderr where these are JSON and have stdout for themselves. */
export function progressOf(json: boolean): Progress {
    return progressOn(json ? process.stderr : process.stdout);
}

export function progressOn(screen: Screen): Progress {
    const { isTTY = false, columns = 80 } = screen;
    const cleared = isTTY ? CLEAR_LINE : "";
    const line: Report = (text) => {
        screen.write(`${cleared}${text}\n`);
    };
    return {
        line,
        now: (text, step = false) => {
            if (isTTY) {
                screen.write(`${cleared}${text.slice(0, Math.max(20, columns - 1))}`);
            } else if (step) {
                line(text);
            }
        },
        clear: () => {
            screen.write(cleared);
        },
    };
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
        await runPlain(steps, progressOn(screen));
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

async function runPlain(steps: readonly Step[], progress: Progress): Promise<void> {
    for (const { title, run } of steps) {
        const begun = performance.now();
        const say: Report = (text) => {
            progress.line(`${seconds(performance.now() - begun)}  ${text}`);
        };
        try {
            const result = await run((text) => {
                say(`${title}: ${text}`);
            });
            say(`${title}${result === undefined ? "" : `: ${result}`}`);
        } catch (error) {
            say(`${title}: failed`);
            throw error;
        }
    }
}

/** Milliseconds as seconds with one decimal, right-aligned to seven columns. */
export function seconds(milliseconds: number): string {
    return `${(milliseconds / 1000).toFixed(1)}s`.padStart(7);
}
