// Rewrites the golden renderings and reports. A change of them is reviewed like any other change.
import { writeIfChanged } from "#files.ts";
import { writeGolden } from "./golden-file.ts";
import { GOLDEN_REPORTS, goldenReportPath } from "./golden-reports.ts";
import { GOLDENS } from "./goldens.ts";
import { changeReportName, changeReportText, variantReports } from "../review/reports.ts";

await Promise.all(
    Object.entries(GOLDENS).map(async ([name, render]) => {
        await writeGolden(name, await render());
    }),
);
await Promise.all(
    Object.entries(GOLDEN_REPORTS).map(([name, report]) =>
        writeIfChanged(goldenReportPath(name), report(), 0o644),
    ),
);
for (const [name, report] of await variantReports()) {
    await writeIfChanged(goldenReportPath(changeReportName(name)), changeReportText(report), 0o644);
}
