import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { CheckReport } from "#review/report.ts";
import { goldenReportPath } from "../../render/golden-reports.ts";
import { changeReportName, changeReportText, variantReports } from "../../review/reports.ts";
import { VARIANTS } from "../../review/variants.ts";

describe("what mesh check says of a change", function () {
    // Every kind of change is rendered by a process of its own.
    this.timeout(300_000);
    let reports: ReadonlyMap<string, CheckReport>;
    before(async () => {
        reports = await variantReports();
    });

    for (const { name } of VARIANTS) {
        it(`is its golden file for ${name.replaceAll("-", " ")}`, async () => {
            const report = reports.get(name);
            assert.ok(report);
            assert.equal(
                changeReportText(report),
                await readFile(goldenReportPath(changeReportName(name)), "utf8"),
            );
        });
    }
});
