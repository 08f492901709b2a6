import { fileURLToPath } from "node:url";
import { reportAsMarkdown } from "#cli/check/report/markdown.ts";
import { reportAsText } from "#cli/check/report/text.ts";
import { RICH } from "../unit/cli/check/reports.ts";

/** Reports as files of tests/golden/, by their names. */
export const GOLDEN_REPORTS: Readonly<Record<string, () => string>> = {
    "check-report.txt": () => reportAsText(RICH, { colour: false, timings: true }),
    "check-report.md": () => reportAsMarkdown(RICH, { whole: "in the report of this run" }),
};

export function goldenReportPath(name: string): string {
    return fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
}
