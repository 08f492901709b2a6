import { readdir } from "node:fs/promises";
import { join } from "node:path";
import Mocha from "mocha";

/** How one suite ended. */
export interface SuiteCounts {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
}

/** Seconds a single test may take: unit tests answer at once, others install a browser or wait for a real node. */
const TIMEOUT_SECONDS: Readonly<Record<string, number>> = { unit: 60, browser: 600, cluster: 1200 };

// Runs the suite whose folder is named on the command line, and tells the parent how it ended.
const [suite = "unit"] = process.argv.slice(2);
const folder = join(import.meta.dirname, suite);
const files = (await readdir(folder, { recursive: true }))
    .filter((file) => file.endsWith(".test.ts"))
    .sort()
    .map((file) => join(folder, file));
const mocha = new Mocha({
    reporter: "spec",
    forbidOnly: true,
    // Cluster tests share one node: after a failure the next ones would only repeat it.
    bail: suite === "cluster",
    timeout: (TIMEOUT_SECONDS[suite] ?? 60) * 1000,
});
files.forEach((file) => mocha.addFile(file));
await mocha.loadFilesAsync();
const runner = mocha.run(() => {
    const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
    const counts: SuiteCounts = { passed: passes, failed: failures, skipped: pending };
    process.send?.(counts, () => process.exit(failures === 0 ? 0 : 1));
    if (process.send === undefined) {
        process.exit(failures === 0 ? 0 : 1);
    }
});
