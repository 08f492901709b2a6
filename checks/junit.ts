import { createRequire } from "node:module";
import type { Builder } from "junit-report-builder";
import { SECTION_NAMES } from "./check.ts";
import { sectionOf } from "./filter.ts";
import type { ReportedRun } from "./report.ts";

// Its types say that the builder is a property of the module; it is the module.
const junit = createRequire(import.meta.url)("junit-report-builder") as Builder;

/** That nothing was checked, as JUnit's XML: one case with the reason, which no reader takes for a pass. */
export function errorAsJUnit(sentence: string): string {
    const report = junit.newBuilder().name("mesh verify");
    const test = report.testSuite().name("run").testCase().className("mesh.verify.run");
    test.name("the checks are run").error(sentence);
    return report.build();
}

/** The results as JUnit's XML: a suite a section, a case a check, and one for all that were left out. */
export function reportAsJUnit({
    results,
    leftOut,
}: Pick<ReportedRun, "results" | "leftOut">): string {
    const report = junit.newBuilder().name("mesh verify");
    for (const section of SECTION_NAMES) {
        const own = results.filter(({ check }) => sectionOf(check) === section);
        if (own.length === 0) {
            continue;
        }
        const suite = report.testSuite().name(section);
        for (const { check, outcome, milliseconds } of own) {
            const test = suite
                .testCase()
                .className(`mesh.verify.${section}`)
                .name(check.id)
                .time(milliseconds / 1000)
                .property("title", check.title)
                .property("documentation", check.documentation);
            if (outcome.status === "failed") {
                const { expected, seen, hint } = outcome;
                test.failure(`expected ${expected}; seen ${seen}`).stacktrace(
                    `${check.title}\nexpected: ${expected}\nseen: ${seen}\nhint: ${hint}\n${check.documentation}`,
                );
            } else if (outcome.status === "skipped") {
                // The field's readers show a skipped case's output; the builder gives its element no message.
                test.skipped().standardOutput(outcome.reason);
            } else if (outcome.status === "accepted") {
                test.standardOutput([outcome.seen, ...outcome.accepted].join("\n")).property(
                    "status",
                    outcome.status,
                );
            } else {
                test.standardOutput(outcome.seen);
            }
        }
    }
    if (leftOut !== undefined) {
        const test = report.testSuite().name("probes").testCase().className("mesh.verify.probes");
        test.name("not asked").skipped();
        test.standardOutput(`${leftOut.checks.length} checks: ${leftOut.reason}`);
    }
    return report.build();
}
