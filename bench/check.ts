// How long `mesh check` takes for two stacks from its second time on, and where its time goes, beside the compiler alone, which
// a pull request cannot do without either, and which checks everything each time; then with more and more services, each tenth of which differs from the base, and the memory it needs.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execaNode } from "execa";
import type { CheckReport } from "#review/report.ts";
import { largeProgram } from "./large-program.ts";
import { inTurn, milliseconds, printTimes } from "./measure.ts";

const ROUNDS = 3;
const SERVICES = [50, 100, 200] as const;
const CHECKOUT = join(import.meta.dirname, "..");
/** Of the kernel's clock, a second. */
const TICKS = 100;
const PAGE_MIB = 4096 / 2 ** 20;

/** What the processes of a check took: seconds of processors, and the most memory that they had together, in MiB. */
interface Usage {
    readonly seconds: number;
    readonly memory: number;
}

/** What a check gave, and what it took. */
interface Checked extends Usage {
    readonly report: CheckReport;
}

async function check(directory: string, ...stacks: readonly string[]): Promise<Checked> {
    const running = execaNode(
        join(directory, "bin/mesh.js"),
        ["check", "--base", "HEAD", "--no-pull", "--json", "--stack", ...stacks],
        // A process group of its own, by which its processes are found.
        { cwd: directory, detached: true, stderr: "inherit" },
    );
    const ended = new AbortController();
    const usage = mostUsage(running.pid ?? NaN, ended.signal);
    try {
        const { stdout } = await running;
        ended.abort();
        return { report: JSON.parse(stdout) as CheckReport, ...(await usage) };
    } finally {
        ended.abort();
    }
}

/** Looks ten times a second. */
async function mostUsage(group: number, ended: AbortSignal): Promise<Usage> {
    let most: Usage = { seconds: 0, memory: 0 };
    while (!ended.aborted) {
        const { seconds, memory } = await usageOf(group);
        most = {
            seconds: Math.max(most.seconds, seconds),
            memory: Math.max(most.memory, memory),
        };
        await sleep(100);
    }
    return most;
}

/** What the processes of a group have taken so far, those that have ended too; memory that they share counts for each. */
async function usageOf(group: number): Promise<Usage> {
    const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    const stats = await Promise.all(
        ids.map((id) => readFile(`/proc/${id}/stat`, "utf8").catch(() => "")),
    );
    const processes = stats
        // After the command's name, which may hold anything: state, parent and group; then proc(5) goes on.
        .map((stat) =>
            stat
                .slice(stat.lastIndexOf(")") + 2)
                .split(" ")
                .map(Number),
        )
        .filter((fields) => fields[2] === group);
    const sum = (...fields: readonly number[]): number =>
        processes.flatMap((one) => fields.map((field) => one[field] ?? 0)).reduce(add, 0);
    return { seconds: sum(11, 12, 13, 14) / TICKS, memory: sum(21) * PAGE_MIB };
}

function add(one: number, other: number): number {
    return one + other;
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
    const [few, many] = [SERVICES[0], SERVICES.at(-1) ?? NaN];
    const exponent = Math.log((taken.at(-1) ?? NaN) / (taken[0] ?? NaN)) / Math.log(many / few);
    process.stdout.write(
        `${exponent.toFixed(2).padStart(8)}    exponent of the growth of processor time\n`,
    );
}

const folder = await mkdtemp(join(tmpdir(), "mesh-bench-"));
try {
    await tellTwoStacks();
    await tellServices(folder);
} finally {
    await rm(folder, { recursive: true, force: true });
}
