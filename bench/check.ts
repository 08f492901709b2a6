// How long `mesh check` takes for two stacks from its second time on, and where its time goes, beside the compiler alone, which
// a pull request cannot do without either, and which checks everything each time; then with more and more services, each tenth of which differs from the base, and the memory it needs.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execaNode } from "execa";
import type { CheckReport } from "#review/report.ts";
import { largeProgram } from "./large-program.ts";
import { inTurn, milliseconds, printExponent, printTimes } from "./measure.ts";
import { runMeasured } from "./usage.ts";
import type { Usage } from "./usage.ts";

const ROUNDS = 3;
const SERVICES = [50, 100, 200] as const;
const CHECKOUT = join(import.meta.dirname, "..");
/** What a check gave, and what it took. */
interface Checked extends Usage {
    readonly report: CheckReport;
}

async function check(directory: string, ...stacks: readonly string[]): Promise<Checked> {
    const { stdout, ...usage } = await runMeasured(directory, "bin/mesh.js", [
        "check",
        "--base",
        "HEAD",
        "--no-pull",
        "--json",
        "--stack",
        ...stacks,
    ]);
    return { report: JSON.parse(stdout) as CheckReport, ...usage };
}

async function tellTwoStacks(): Promise<void> {
    let checked: Checked | undefined;
    const compiler = join(CHECKOUT, "node_modules/typescript/bin/tsc");
    const taken = await inTurn(
        {
            "the compiler alone": () =>
                execaNode(compiler, ["--noEmit", "--project", "tsconfig.program.json"], {
                    cwd: CHECKOUT,
                }),
            "mesh check of dev and prod with a base": async () => {
                checked = await check(CHECKOUT, "dev", "prod");
            },
        },
        ROUNDS,
        1,
    );
    printTimes("mesh check, no chart pulled", taken);
    process.stdout.write(`${checked?.seconds.toFixed(2).padStart(8)} s  of processors\n`);
    for (const { step, milliseconds: time } of checked?.report.timings ?? []) {
        process.stdout.write(`${(time / 1000).toFixed(2).padStart(8)} s  ${step}\n`);
    }
}

async function tellServices(folder: string): Promise<void> {
    process.stdout.write("mesh check of prod, a tenth of the services changed\n");
    const taken: number[] = [];
    for (const services of SERVICES) {
        const { directory } = await largeProgram(join(folder, String(services)), services);
        let usage: Usage | undefined;
        const time = await milliseconds(async () => {
            usage = await check(directory, "prod");
        });
        const { seconds = NaN, memory = NaN } = usage ?? {};
        taken.push(seconds);
        process.stdout.write(
            `${(time / 1000).toFixed(2).padStart(8)} s  ${services} services: ${seconds.toFixed(1)} s of processors, ${memory.toFixed(0)} MiB at most\n`,
        );
    }
    printExponent(SERVICES, taken, "the growth of processor time");
}

const folder = await mkdtemp(join(tmpdir(), "mesh-bench-"));
try {
    await tellTwoStacks();
    await tellServices(folder);
} finally {
    await rm(folder, { recursive: true, force: true });
}
