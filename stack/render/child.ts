// Runs one program under strict mocks and hands back what it registered. A process of its own, because Pulumi's
// runtime and the modules of a program are there once in a process.
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { recorded, startRecording } from "./recorder.ts";
import type { RenderJob, Rendering } from "./rendering.ts";
import { readable } from "./values.ts";

const errors = new Set<unknown>();
const warnings: string[] = [];
process.on("uncaughtException", (error) => errors.add(error));
process.on("unhandledRejection", (error) => errors.add(error));
console.warn = (line: unknown) => void warnings.push(String(line));

/** Outputs may hold Outputs; on the wire they are plain. */
async function plain(outputs: unknown): Promise<unknown> {
    return readable(
        await pulumi.runtime.serializeProperties("outputs", { ...(outputs as pulumi.Inputs) }),
    );
}

/** The exports of a program as the CLI takes them: the default export stands for all where there is one. */
async function exportsOf(program: string): Promise<pulumi.Inputs> {
    const exported = (await import(pathToFileURL(program).href)) as pulumi.Inputs;
    return "default" in exported ? (exported["default"] as pulumi.Inputs) : exported;
}

let outputs: unknown;

async function render(job: RenderJob): Promise<void> {
    const root = resolve(import.meta.dirname, "../..");
    pulumi.runtime.setAllConfig({ ...job.config });
    await startRecording(job);
    try {
        outputs = await plain(
            await pulumi.runtime.runInPulumiStack(() => exportsOf(join(root, job.program))),
        );
    } catch (error) {
        errors.add(error);
    }
    await pulumi.runtime.disconnect();
    // A rejection is reported in the turn after the one in which nobody handled it.
    await new Promise((resolve) => setImmediate(resolve));
}

function handOver(): void {
    const messages = [...errors].map((error) =>
        error instanceof Error ? error.message : String(error),
    );
    const rendering: Rendering = { ...recorded(), outputs, errors: messages, warnings };
    process.send?.(rendering, undefined, undefined, () => {
        process.exit();
    });
}

// After a failure, what waits for it waits for ever: the process then has nothing left to do.
process.once("beforeExit", () => {
    if (errors.size === 0) {
        errors.add(new Error("the program never came to its end"));
    }
    handOver();
});
process.once("message", (job: RenderJob) => {
    void render(job).then(handOver);
});
