import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { cacheDirectory, exists, keepNewest } from "#local/cache.ts";
import type { CheckError } from "#review/report.ts";

/** Of the program and what it imports; tests have no say in what is deployed. */
const PROJECT = "tsconfig.program.json";
const COMPILER = fileURLToPath(import.meta.resolve("typescript/bin/tsc"));
const TIMEOUT_MILLISECONDS = 120_000;
const LATE_OPTIMIZER = import.meta.resolve("#stack/render/late-optimizer.js");
/** Checkouts whose notes are kept. */
const REMEMBERED = 20;
/** What the compiler says of its notes alone, because nothing else is written. A check can do without them. */
const NOT_WRITTEN = "error TS5033:";

/**
 * The compiler's errors in a checkout's program, which neither the engine nor tsx looks for. The compiler keeps notes: the
 * hash of each file that it has read, and what it found there, so that it checks again what has changed since, and whatever
 * uses that.
 */
export async function typeErrors(checkout: string, signal: AbortSignal): Promise<CheckError[]> {
    const notes = cacheDirectory("types");
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
            "--incremental",
            "--tsBuildInfoFile",
            join(notes, `${createHash("sha256").update(checkout).digest("hex").slice(0, 16)}.json`),
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
    if (await exists(notes)) {
        await keepNewest(notes, REMEMBERED);
    }
    const errors = errorsIn(result.stdout);
    return result.failed && errors.length === 0
        ? [
              {
                  message: `The compiler ended without a word: ${result.stderr || result.shortMessage}`,
              },
          ]
        : errors.filter(({ message }) => !message.startsWith(NOT_WRITTEN));
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
