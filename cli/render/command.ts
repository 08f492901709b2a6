import { stat } from "node:fs/promises";
import { EnvironmentError } from "#errors.ts";
import { writeIfChanged } from "#files.ts";
import { programSubject } from "#review/subject/program.ts";
import { Reading } from "#review/subject/resources.ts";
import type { Subject } from "#review/subject.ts";
import { renderedProgram } from "#stack/rendered-program.ts";
import type { StackCharts } from "../charts.ts";
import { stackCharts } from "../charts.ts";
import { progressOn } from "../progress.ts";
import { manifestsText } from "./manifests.ts";

/** What the command line gives. */
export interface RenderOptions {
    readonly stack: string;
    readonly charts?: string;
    readonly pull: boolean;
    readonly withoutCharts?: true;
    readonly output?: string;
}

/** Readable by everybody: no secret is in it. */
const MODE = 0o644;

const NO_CHARTS: StackCharts = {
    of: () => ({ none: "no chart was asked for" }),
    replaced: () => ({}),
};

/**
 * Runs `mesh render`.
 *
 * @returns the exit code: 1 where a chart does not take its values, 2 where a chart is not there
 * @throws EnvironmentError for everything the user must mend
 */
export async function runRender(options: RenderOptions, signal: AbortSignal): Promise<0 | 1 | 2> {
    await checkFolder(options.charts);
    const { subject, none } = await subjectOf(options, signal);
    const text = manifestsText(subject);
    if (options.output === undefined) {
        process.stdout.write(text);
    } else {
        await writeTo(options.output, text);
    }
    return options.withoutCharts === true ? 0 : exitCodeOf(subject, none);
}

async function subjectOf(
    { stack, charts, pull, withoutCharts }: RenderOptions,
    signal: AbortSignal,
): Promise<{ readonly subject: Subject; readonly none?: string | undefined }> {
    const { line } = progressOn(process.stderr);
    const { of, replaced, none } =
        withoutCharts === true
            ? NO_CHARTS
            : await stackCharts({ charts, pull, signal, report: line });
    const program = await renderedProgram(stack, { showSecrets: true, replaced: replaced(stack) });
    return { subject: await programSubject(stack, program, of(stack), new Reading()), none };
}

/** Says what is left out; without Helm why once, and then by name. */
function exitCodeOf({ releases }: Subject, none: string | undefined): 0 | 1 | 2 {
    const left = releases.filter(({ missing }) => missing !== undefined);
    const said = left.map(({ missing = "" }) => `Left out: ${missing}.\n`);
    process.stderr.write([...(none === undefined ? [] : [`${none}\n`]), ...said].join(""));
    if (left.some(({ refused = false }) => refused)) {
        return 1;
    }
    return left.length === 0 ? 0 : 2;
}

/** @throws EnvironmentError where a folder of charts is none */
async function checkFolder(charts: string | undefined): Promise<void> {
    if (charts === undefined || charts.startsWith("oci://")) {
        return;
    }
    const found = await stat(charts).catch(() => undefined);
    if (found?.isDirectory() !== true) {
        throw new EnvironmentError(
            `--charts ${charts} is no folder; a folder of charts or an oci:// address is needed.`,
        );
    }
}

async function writeTo(file: string, text: string): Promise<void> {
    try {
        await writeIfChanged(file, text, MODE);
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new EnvironmentError(`${file} cannot be written: ${reason}`);
    }
}
