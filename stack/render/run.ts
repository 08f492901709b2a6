import { fork } from "node:child_process";
import { once } from "node:events";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Progress, RenderJob, Rendering } from "./rendering.ts";

/** This checkout: the caller may be in any directory. */
const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const RENDERER = import.meta.dirname;
/** Where the renderer is put in another checkout, whose Pulumi it has to load. */
const GUEST = ".mesh-render";
const TSX = import.meta.resolve("tsx");
/** MiB in which what a registration leaves behind dies young: of 1,000 services a third of the time was collecting garbage. */
const YOUNG_HEAP = ["--min-semi-space-size=64", "--max-semi-space-size=64"];
/** For so long a program may make and register nothing. However large it is, it is given the time that it needs. */
const PATIENCE_SECONDS = 120;

/**
 * Runs a program in a process of its own, whatever becomes of it.
 *
 * @throws Error when the process ends, or does not end, without a result
 */
export async function run(job: RenderJob): Promise<Rendering> {
    const [rendering] = await runEach([job]);
    if (rendering === undefined) {
        throw new Error(`${job.program} gave no rendering`);
    }
    return rendering;
}

/** Where programs run, and until when. */
export interface RunOptions {
    /** The folder that holds the programs. Another one than this needs its packages, and is written to. */
    readonly checkout?: string | undefined;
    /** Ends what is under way. */
    readonly signal?: AbortSignal | undefined;
    /** Seconds in which a program that is not at its end has to make or register something. Default 120. */
    readonly patienceSeconds?: number | undefined;
}

/**
 * Runs programs one after another, in one process as long as none fails: what they import is loaded once.
 *
 * @throws Error as {@link run}
 */
export async function runEach(
    jobs: readonly RenderJob[],
    { checkout = CHECKOUT, ...options }: RunOptions = {},
): Promise<Rendering[]> {
    const child = checkout === CHECKOUT ? RENDERER : await installed(checkout);
    const renderings: Rendering[] = [];
    while (renderings.length < jobs.length) {
        const left = jobs.slice(renderings.length);
        renderings.push(...(await runSome(left, child, { checkout, ...options })));
    }
    return renderings;
}

async function installed(checkout: string): Promise<string> {
    const folder = join(checkout, GUEST);
    await cp(RENDERER, folder, { recursive: true });
    return folder;
}

/** @returns a rendering for the first of the jobs at least */
function runSome(
    jobs: readonly RenderJob[],
    renderer: string,
    { checkout, signal, patienceSeconds = PATIENCE_SECONDS }: RunOptions,
): Promise<readonly Rendering[]> {
    const programs = [...new Set(jobs.map(({ program }) => program))].join(", ");
    return new Promise((resolve, reject) => {
        const child = fork(join(renderer, "child.ts"), [], {
            cwd: checkout,
            execArgv: [
                ...YOUNG_HEAP,
                "--import",
                pathToFileURL(join(renderer, "packages.js")).href,
                "--import",
                TSX,
            ],
            stdio: ["ignore", "pipe", "pipe", "ipc"],
            signal,
        });
        let noise = "";
        child.stdout?.on("data", (data: Buffer) => (noise += data.toString()));
        child.stderr?.on("data", (data: Buffer) => (noise += data.toString()));
        let registered = 0;
        const patience = setTimeout(() => {
            reject(
                new Error(
                    `${programs} took too long: after ${registered} resources there was none for ${patienceSeconds} s`,
                ),
            );
            child.kill();
        }, patienceSeconds * 1000);
        child.on("message", (message: Progress | readonly Rendering[]) => {
            if ("registered" in message) {
                registered = message.registered;
                patience.refresh();
            } else {
                resolve(message);
            }
        });
        child.once("error", reject);
        // A process that has ended may still have a message under way: only then does its channel end as well.
        const ended = Promise.all([once(child, "exit"), once(child, "disconnect")]);
        ended
            .then(([[code, signal]]) => {
                const how = String(signal ?? code);
                reject(new Error(`${programs} gave no rendering (${how}):\n${noise}`));
            }, reject)
            .finally(() => {
                clearTimeout(patience);
            });
        child.send(jobs);
    });
}
