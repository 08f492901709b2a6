import { basename } from "node:path";
import { EnvironmentError } from "#errors.ts";
import type { CheckReport } from "#review/report.ts";
import { verdictOf } from "#review/verdict.ts";
import { interruptible } from "../interrupt.ts";
import { progressOn } from "../progress.ts";
import { openReport } from "../report-file.ts";
import type { ReportFile } from "../report-file.ts";
import { check } from "./check.ts";
import type { CheckOptions } from "./options.ts";
import { assertSensible } from "./options.ts";
import { reportAsJson } from "./report/json.ts";
import { reportAsMarkdown } from "./report/markdown.ts";
import { reportAsSarif } from "./report/sarif.ts";
import { reportAsText } from "./report/text.ts";

/** Formats that are written to files, by the option that names one. */
const FILES: {
    readonly [Format in "markdown" | "sarif" | "html"]: (
        report: CheckReport,
        options: CheckOptions,
    ) => string | Promise<string>;
} = {
    markdown: (report, { html }) =>
        reportAsMarkdown(report, {
            whole: html === undefined ? "what mesh check prints" : `in ${basename(html)}`,
        }),
    sarif: (report) => reportAsSarif(report),
    html: async (report) => (await import("./report/html.ts")).reportAsHtml(report),
};
const FORMATS = Object.keys(FILES) as (keyof typeof FILES)[];

/**
 * Runs `mesh check`.
 *
 * @returns the exit code
 * @throws EnvironmentError for wrong usage, and for a base that cannot be read
 */
export async function runCheck(checkout: string, options: CheckOptions): Promise<0 | 1> {
    assertSensible(options);
    const files = await openFiles(options);
    try {
        const { line } = progressOn(process.stderr);
        const report = await interruptible("Interrupted. Nothing was changed.", (signal) =>
            check({ ...options, checkout, signal, line }),
        );
        for (const [format, file] of files) {
            await file.write(await FILES[format](report, options));
        }
        const { stdout } = process;
        const style = {
            colour: stdout.isTTY && stdout.hasColors(),
            timings: options.timings === true,
        };
        stdout.write(options.json === true ? reportAsJson(report) : reportAsText(report, style));
        return verdictOf(report).holds ? 0 : 1;
    } finally {
        await closeAll(files);
    }
}

/** @throws EnvironmentError where one cannot be written, and where two would be the same */
async function openFiles(
    options: CheckOptions,
): Promise<ReadonlyMap<keyof typeof FILES, ReportFile>> {
    const files = new Map<keyof typeof FILES, ReportFile>();
    try {
        const taken = new Map<string, string>();
        for (const format of FORMATS) {
            const path = options[format];
            if (path === undefined) {
                continue;
            }
            const file = await openReport(`--${format}`, path);
            files.set(format, file);
            const identity = await file.identity();
            const other = identity === undefined ? undefined : taken.get(identity);
            if (other !== undefined) {
                throw new EnvironmentError(
                    `--${format} and --${other} name the same file, ${path}; each report needs its own.`,
                );
            }
            if (identity !== undefined) {
                taken.set(identity, format);
            }
        }
        return files;
    } catch (error) {
        await closeAll(files);
        throw error;
    }
}

async function closeAll(files: ReadonlyMap<string, ReportFile>): Promise<void> {
    await Promise.all(Array.from(files.values(), (file) => file.close()));
}
