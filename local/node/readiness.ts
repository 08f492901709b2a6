import { readFile } from "node:fs/promises";
import { askUntil } from "#wait.ts";
import { NodeError } from "./errors.ts";
import { logFile } from "./runit.ts";

/** Last lines of a component's log. */
async function lastLines(component: string, count: number): Promise<string[]> {
    const text = await readFile(logFile(component), "utf8").catch(() => "");
    return text.trimEnd().split("\n").slice(-count);
}

/** What is waited for. */
export interface Wait {
    /** As in "Timed out waiting for the API server". */
    readonly what: string;
    /** Seconds. */
    readonly timeout: number;
    /** Components whose logs explain a failure, most telling first. */
    readonly components: readonly string[];
}

/**
 * Asks every 100 ms until `check` says nothing is missing.
 *
 * @param check returns what is still missing, or undefined when all is well; an error counts as missing
 * @throws NodeError with what was missing last and the logs to read.
 */
export async function waitUntil(
    wait: Wait,
    check: () => Promise<string | undefined>,
): Promise<void> {
    const missing = await askUntil(
        async () => {
            try {
                return await check();
            } catch (error) {
                return error instanceof Error ? error.message : String(error);
            }
        },
        (answer) => answer === undefined,
        { milliseconds: wait.timeout * 1000, pause: 100 },
    );
    if (missing !== undefined) {
        const [first] = wait.components;
        const said = first === undefined ? [] : await lastLines(first, 3);
        throw new NodeError(
            [
                `Timed out after ${wait.timeout} s waiting for ${wait.what}: ${missing}`,
                ...said,
            ].join("\n  "),
            wait.components.map(logFile),
        );
    }
}
