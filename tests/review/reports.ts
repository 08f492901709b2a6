import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pLimit from "p-limit";
import { reportAsMarkdown } from "#cli/check/report/markdown.ts";
import { Clock } from "#cli/check/clock.ts";
import { rulesIn, stackSides } from "#cli/check/sides.ts";
import type { Side } from "#cli/check/sides.ts";
import { subjectReport } from "#cli/check/subject-report.ts";
import { EnvironmentError } from "#errors.ts";
import type { CheckReport } from "#review/report.ts";
import { Tree, VARIANTS } from "./variants.ts";
import type { Variant } from "./variants.ts";

/** No chart is rendered here: where the package registries are, charts are not. */
const CHARTS = {
    of: () => ({ none: "no chart is rendered here" }),
    replaced: () => ({}),
};

/** A revision of the program. */
interface Revision {
    readonly sides: ReadonlyMap<string, Side | EnvironmentError>;
    readonly rules: readonly string[];
}

async function read(directory: string, stacks: readonly string[]): Promise<Revision> {
    const clock = new Clock();
    const [sides, rules] = await Promise.all([
        stackSides(stacks, {
            directory,
            isBase: true,
            charts: CHARTS,
            clock,
            signal: new AbortController().signal,
        }),
        rulesIn(directory),
    ]);
    return { sides, rules };
}

/** Name of the golden file of a kind of change. */
export function changeReportName(variant: string): string {
    return `check/${variant}.md`;
}

/** The report of a change as it stands in its golden file. */
export function changeReportText(report: CheckReport): string {
    return reportAsMarkdown(report, { whole: "in the report of this run" });
}

/** What `mesh check` says of each kind of change, by its name. */
export async function variantReports(): Promise<ReadonlyMap<string, CheckReport>> {
    const folder = await mkdtemp(join(tmpdir(), "mesh-variants-"));
    // One process renders on each of two cores.
    const limit = pLimit(2);
    try {
        const base = await Tree.at(join(folder, "base"));
        const before = await read(base.directory, ["dev", "prod"]);
        const reports = await Promise.all(
            VARIANTS.map((variant) =>
                limit(async () => [variant.name, await reportOf(variant, before, folder)] as const),
            ),
        );
        return new Map(reports);
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}

async function reportOf(
    { name, stack, change }: Variant,
    before: Revision,
    folder: string,
): Promise<CheckReport> {
    const tree = await Tree.at(join(folder, name));
    await change(tree);
    const { sides, rules } = await read(tree.directory, [stack]);
    const subject = await subjectReport({
        stack,
        after: sides.get(stack) ?? new EnvironmentError(`stack ${stack} is not there`),
        before: before.sides.get(stack),
        isCompared: true,
        rules: { before: before.rules, after: rules },
        directory: tree.directory,
        prefix: "",
        changed: [],
        istioctl: undefined,
        signal: new AbortController().signal,
        clock: new Clock(),
    });
    return {
        tool: "0.0.0",
        base: { ref: "main", commit: "0".repeat(40) },
        failOn: "mandatory",
        prefix: "",
        errors: [],
        // What charts would say is said of each variant alike.
        subjects: [{ ...subject, notJudged: [] }],
        notJudged: [],
        timings: [],
    };
}
