import { fileURLToPath } from "node:url";
import { execa } from "execa";
import type { CheckError } from "#review/report.ts";

/** Of the program and what it imports; tests have no say in what is deployed. */
const PROJECT = "tsconfig.program.json";
const COMPILER = fileURLToPath(import.meta.resolve("typescript/bin/tsc"));
const TIMEOUT_MILLISECONDS = 120_000;
/**
 * A function is optimized later than usual: most of what the compiler optimizes in so short a run never pays. A Node whose
 * engine does not know the flag goes on without it.
 */
const LATE_OPTIMIZER = `data:text/javascript,import v8 from "node:v8";v8.setFlagsFromString("--interrupt-budget=300000")`;

/** The compiler's errors in a checkout's program, which neither the engine nor tsx looks for. */
export async function typeErrors(checkout: string, signal: AbortSignal): Promise<CheckError[]> {
    const result = await execa(
        process.execPath,
        [
            "--import",
            LATE_OPTIMIZER,
            COMPILER,
            "--noEmit",
            "--pretty",
            "false",
            "--project",
            PROJECT,
        ],
        {
            cwd: checkout,
            reject: false,
            stdin: "ignore",
            timeout: TIMEOUT_MILLISECONDS,
            cancelSignal: signal,
        },
    );
    signal.throwIfAborted();
    const errors = errorsIn(result.stdout);
    return result.failed && errors.length === 0
        ? [
              {
                  message: `The compiler ended without a word: ${result.stderr || result.shortMessage}`,
              },
          ]
        : errors;
}

/** What `tsc --pretty false` prints: one line an error, and further ones that are set in. */
export function errorsIn(output: string): CheckError[] {
    return output
        .split(/\n(?!\s)/)
        .filter((text) => text.trim() !== "")
        .map((text) => {
            const [, file, line, message] = /^(.+?)\((\d+),\d+\): (.*)$/s.exec(text.trim()) ?? [];
            return file === undefined || line === undefined || message === undefined
                ? { message: text.trim() }
                : { message, source: { file, line: Number(line) } };
        });
}
