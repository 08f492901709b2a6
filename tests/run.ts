import { fork } from "node:child_process";
import { join } from "node:path";
import { execa } from "execa";
import type { SuiteCounts } from "./suite.ts";

const root = join(import.meta.dirname, "..");

/** One command that passes or fails as a whole. */
async function check(name: string, command: string, args: readonly string[]): Promise<SuiteCounts> {
    process.stdout.write(`\n== ${name}\n`);
    const { failed } = await execa(command, args, {
        cwd: root,
        preferLocal: true,
        stdio: "inherit",
        reject: false,
    });
    return { passed: failed ? 0 : 1, failed: failed ? 1 : 0, skipped: 0 };
}

/** One folder of mocha tests, in a process of its own. A suite that dies without a word has failed. */
async function suite(name: string): Promise<SuiteCounts> {
    process.stdout.write(`\n== ${name} tests\n`);
    return new Promise((resolve) => {
        let counts: SuiteCounts = { passed: 0, failed: 1, skipped: 0 };
        fork(join(import.meta.dirname, "suite.ts"), [name], { cwd: root })
            .on("message", (message) => {
                counts = message as SuiteCounts;
            })
            .on("exit", (code) => {
                resolve(code === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 });
            });
    });
}

const results = [
    await check("lint", "eslint", ["."]),
    await check("rooms", "depcruise", ["--config", ".dependency-cruiser.cjs", "."]),
    await check("dead code", "knip", []),
    await check("format", "prettier", ["--check", "."]),
    await check("types", "tsc", ["--noEmit", "-p", "."]),
    await suite("unit"),
    await suite("policy"),
    await suite("browser"),
    await suite("cluster"),
];
const sum = (key: keyof SuiteCounts): number =>
    results.reduce((total, counts) => total + counts[key], 0);
const skipped = sum("skipped");
process.stdout.write(
    `\n${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
);
process.exitCode = sum("failed") === 0 ? 0 : 1;
