// Runs programs under strict mocks, one after another, and hands back what each registered. A process of its own, because
// Pulumi's runtime and the modules of a program are there once in a process.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { quickenRegistrations } from "./quick-sdk.ts";
import { recorded, startRecording } from "./recorder.ts";
import type { Progress, RenderJob, Rendering } from "./rendering.ts";
import { readable } from "./values.ts";

const STEPS_A_MESSAGE = 100;

let errors = new Set<unknown>();
let warnings: string[] = [];
process.on("uncaughtException", (error) => errors.add(error));
process.on("unhandledRejection", (error) => errors.add(error));
console.warn = (line: unknown) => void warnings.push(String(line));

let registered = 0;
let steps = 0;

function tellProgress(): void {
    steps++;
    if (steps % STEPS_A_MESSAGE === 0) {
        process.send?.({ registered } satisfies Progress);
    }
}

quickenRegistrations(tellProgress);

/** Outputs may hold Outputs; on the wire they are plain. */
async function plain(outputs: unknown): Promise<unknown> {
    return readable(
        await pulumi.runtime.serializeProperties("outputs", { ...(outputs as pulumi.Inputs) }),
    );
}

/**
 * The exports of a program as the CLI takes them: the default export stands for all where there is one. It is run again
 * for each stack; what it imports is loaded once.
 */
async function exportsOf({ program, stack }: RenderJob): Promise<pulumi.Inputs> {
    const url = pathToFileURL(join(process.cwd(), program));
    url.searchParams.set("stack", stack);
    const exported = (await import(url.href)) as pulumi.Inputs;
    return "default" in exported ? (exported["default"] as pulumi.Inputs) : exported;
}

/** @returns the stack's outputs; `undefined` where it failed */
async function runProgram(job: RenderJob): Promise<unknown> {
    let outputs: unknown;
    pulumi.runtime.setAllConfig({ ...job.config });
    await startRecording(job, () => {
        registered++;
        tellProgress();
    });
    try {
        outputs = await plain(await pulumi.runtime.runInPulumiStack(() => exportsOf(job)));
    } catch (error) {
        errors.add(error);
    }
    await pulumi.runtime.disconnect();
    // A rejection is reported in the turn after the one in which nobody handled it.
    await new Promise((resolve) => setImmediate(resolve));
    return outputs;
}

/** After a failure, what waits for it waits for ever: the process then has nothing left to do. */
async function nothingLeftToDo(): Promise<undefined> {
    await new Promise((resolve) => process.once("beforeExit", resolve));
    if (errors.size === 0) {
        errors.add(new Error("the program never came to its end"));
    }
}

async function render(job: RenderJob): Promise<Rendering> {
    errors = new Set();
    warnings = [];
    const outputs = await Promise.race([runProgram(job), nothingLeftToDo()]);
    const messages = [...errors].map((error) =>
        error instanceof Error ? error.message : String(error),
    );
    return { ...recorded(), outputs, errors: messages, warnings };
}

/** Up to the first that fails: what it left behind in Pulumi's runtime is nobody else's. */
async function renderEach(jobs: readonly RenderJob[]): Promise<void> {
    const renderings: Rendering[] = [];
    for (const job of jobs) {
        const rendering = await render(job);
        renderings.push(rendering);
        if (rendering.errors.length > 0) {
            break;
        }
    }
    process.send?.(renderings, undefined, undefined, () => {
        process.exit();
    });
}

process.once("message", (jobs: readonly RenderJob[]) => {
    // That somebody waits is nothing left to do.
    process.channel?.unref();
    void renderEach(jobs);
});
// Whoever asked has ended.
process.once("disconnect", () => process.exit());
