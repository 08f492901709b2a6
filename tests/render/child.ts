// Runs one program under strict mocks and hands back what it registered. A process of its own, because Pulumi's
// runtime and the modules of a program are there once in a process.
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { recorded, startRecording } from "./recorder.ts";
import type { RenderJob, Rendering } from "./types.ts";
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

async function render(job: RenderJob): Promise<Rendering> {
    const root = path.resolve(import.meta.dirname, "../..");
    pulumi.runtime.setAllConfig({ ...job.config });
    await startRecording(job.stack, job.preview);
    let outputs: unknown;
    try {
        outputs = await plain(
            await pulumi.runtime.runInPulumiStack(
                () => import(pathToFileURL(path.join(root, job.program)).href),
            ),
        );
    } catch (error) {
        errors.add(error);
    }
    await pulumi.runtime.disconnect();
    // A rejection is reported in the turn after the one in which nobody handled it.
    await new Promise((resolve) => setImmediate(resolve));
    const messages = [...errors].map((error) =>
        error instanceof Error ? error.message : String(error),
    );
    return { ...recorded(), outputs, errors: [...new Set(messages)], warnings };
}

process.once("message", (job: RenderJob) => {
    void render(job).then((rendering) =>
        process.send?.(rendering, undefined, undefined, () => {
            process.exit();
        }),
    );
});
