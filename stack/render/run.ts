import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { RenderJob, Rendering } from "./rendering.ts";

const CHILD = fileURLToPath(new URL("child.ts", import.meta.url));
/** Where tsx is found, and the settings of TypeScript: the caller may be in any directory. */
const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const SECONDS = 60;

/**
 * Runs a program in a process of its own, whatever becomes of it.
 *
 * @throws Error when the process ends, or does not end, without a result
 */
export function run(job: RenderJob): Promise<Rendering> {
    return new Promise((resolve, reject) => {
        const child = fork(CHILD, [], {
            cwd: CHECKOUT,
            execArgv: ["--import", "tsx"],
            stdio: ["ignore", "pipe", "pipe", "ipc"],
            timeout: SECONDS * 1000,
        });
        let noise = "";
        child.stdout?.on("data", (data: Buffer) => (noise += data.toString()));
        child.stderr?.on("data", (data: Buffer) => (noise += data.toString()));
        child.once("message", (rendering: Rendering) => {
            resolve(rendering);
        });
        child.once("error", reject);
        // A process that has ended may still have a message under way: only then does its channel end as well.
        const ended = Promise.all([once(child, "exit"), once(child, "disconnect")]);
        ended.then(([[code, signal]]) => {
            const how = String(signal ?? code);
            reject(new Error(`${job.program} gave no rendering (${how}):\n${noise}`));
        }, reject);
        child.send(job);
    });
}
