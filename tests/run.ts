import { fork } from "node:child_process";
import { join } from "node:path";
import { execa } from "execa";
import pLimit from "p-limit";
import type { SuiteCounts } from "./suite.ts";

const root = join(import.meta.dirname, "..");

/** A part of the whole. */
interface Part {
    readonly name: string;
    readonly run: () => Promise<Ended>;
}

/** How a part ended, and what it said, where that has not been shown yet. */
interface Ended extends SuiteCounts {
    readonly said: string | undefined;
}

/** One command that passes or fails as a whole. */
function check(name: string, command: string, args: readonly string[]): Part {
    const run: Part["run"] = async () => {
        const { failed, all, originalMessage } = await execa(command, args, {
            cwd: root,
            preferLocal: true,
            stdin: "ignore",
            all: true,
            reject: false,
        });
        return {
            ...{ passed: failed ? 0 : 1, failed: failed ? 1 : 0, skipped: 0 },
            said: all || originalMessage,
        };
    };
    return { name, run };
}

/** One folder of mocha tests, in a process of its own. A suite that dies without a word has failed. */
function suite(name: string, shown: "at its end" | "as it comes"): Part {
    const isQuiet = shown === "at its end";
    const run: Part["run"] = () =>
        new Promise((resolve) => {
            let counts: SuiteCounts = { passed: 0, failed: 1, skipped: 0 };
            let said = "";
            const child = fork(join(import.meta.dirname, "suite.ts"), [name], {
                cwd: root,
                silent: isQuiet,
            });
            for (const stream of [child.stdout, child.stderr]) {
                stream?.setEncoding("utf8").on("data", (text: string) => (said += text));
            }
            child
                .on("message", (message) => {
                    counts = message as SuiteCounts;
                })
                .on("close", (code) => {
                    const failed = code === 0 ? counts.failed : Math.max(counts.failed, 1);
                    resolve({ ...counts, failed, said: isQuiet ? said : undefined });
                });
        });
    return { name: `${name} tests`, run };
}

async function ended({ name, run }: Part): Promise<SuiteCounts> {
    process.stdout.write(`\n== ${name}\n`);
    const { said, ...counts } = await run();
    if (said !== undefined) {
        const outcome = counts.failed === 0 ? "passed" : "failed";
        process.stdout.write(`\n== ${name}: ${outcome}\n${said.trimEnd()}\n`);
    }
    return counts;
}

/** Each keeps one processor busy, and the smallest machine that this is for has two. */
const LANES = 2;
const lane = pLimit(LANES);
/** Those that take longest first, so that the lanes end at about the same time. */
const beside = [
    suite("policy", "at its end"),
    suite("unit", "at its end"),
    check("lint", "eslint", ["."]),
    check("types", "tsc", ["--noEmit", "-p", "."]),
    check("format", "prettier", ["--check", "."]),
    check("rooms", "depcruise", ["--config", ".dependency-cruiser.cjs", "."]),
    check("dead code", "knip", []),
    suite("browser", "at its end"),
];
const results = [
    ...(await Promise.all(beside.map((part) => lane(ended, part)))),
    // It has a whole mesh to run, and takes its time.
    await ended(suite("cluster", "as it comes")),
];
const sum = (key: keyof SuiteCounts): number =>
    results.reduce((total, counts) => total + counts[key], 0);
const skipped = sum("skipped");
process.stdout.write(
    `\n${sum("passed")} passed, ${sum("failed")} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`,
);
process.exitCode = sum("failed") === 0 ? 0 : 1;
