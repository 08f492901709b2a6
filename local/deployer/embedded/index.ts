import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { ensureTool } from "../../toolchain.ts";
import { defaultProgram, readProject, readStackConfig } from "../project.ts";
import { formatOutcome, summarize } from "../summary.ts";
import { DeployError } from "../types.ts";
import type { DeployOptions, DeploySummary, ResourceOutcome } from "../types.ts";
import { mergeConfig } from "./config.ts";
import { isolatedHelm } from "./helm.ts";
import { Inventory } from "./inventory.ts";
import { KubeClient } from "./kube-client.ts";
import { kubeconfigTransport } from "./kube-transport.ts";
import { childMessage } from "./protocol.ts";
import type { ParentMessage, StartMessage } from "./protocol.ts";
import { removeEntries } from "./remove.ts";

/** Runs the program without the Pulumi CLI and makes the cluster what it says. */
export async function deployEmbedded(options: DeployOptions): Promise<DeploySummary> {
    const started = Date.now();
    const program = resolve(options.program ?? defaultProgram());
    const project = await readProject(program);
    const config = mergeConfig(project, options.stack, {
        ...(await readStackConfig(project, options.stack)),
        ...options.config,
    });
    const secretConfig = Object.entries(project.declarations)
        .filter(([, declaration]) => declaration.secret === true)
        .map(([key]) => (key.includes(":") ? key : `${project.name}:${key}`));
    const { outcomes, outputs } = await runChild(options, {
        is: "start",
        program,
        project: project.name,
        stack: options.stack,
        kubeconfig: resolve(options.kubeconfig),
        config,
        secretConfig,
    });
    return summarize("embedded", outcomes, outputs, (Date.now() - started) / 1000);
}

/** Removes everything the embedded deployer recorded for the stack, and the record. */
export async function undeployEmbedded(options: DeployOptions): Promise<DeploySummary> {
    const started = Date.now();
    const { report, kubeconfig } = options;
    const project = await readProject(options.program ?? defaultProgram());
    const client = new KubeClient(kubeconfigTransport(kubeconfig));
    const helm = isolatedHelm(() => ensureTool("helm", report), resolve(kubeconfig));
    const signal = options.signal ?? new AbortController().signal;
    const done = (outcome: ResourceOutcome, seconds: number): void => {
        report(formatOutcome(outcome, seconds));
    };
    try {
        const inventory = await Inventory.load(client, project.name, options.stack);
        const context = { client, inventory, helm, signal, done };
        const outcomes = await removeEntries(context, inventory.entries);
        await inventory.remove();
        return summarize("embedded", outcomes, {}, (Date.now() - started) / 1000);
    } finally {
        await helm.dispose();
    }
}

/** Whether the cluster has a record of a deployment of the stack by this deployer. */
export async function isRecorded(options: DeployOptions): Promise<boolean> {
    const project = await readProject(options.program ?? defaultProgram());
    const client = new KubeClient(kubeconfigTransport(options.kubeconfig));
    return (await Inventory.load(client, project.name, options.stack)).isStored;
}

function runChild(
    options: DeployOptions,
    start: StartMessage,
): Promise<{ outcomes: ResourceOutcome[]; outputs: Record<string, unknown> }> {
    const child = fork(fileURLToPath(new URL("run.ts", import.meta.url)), [], {
        execArgv: ["--import", import.meta.resolve("tsx")],
        env: { ...process.env, KUBECONFIG: start.kubeconfig },
        stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const lastLines = forwardLines(child, options.report);
    const send = (message: ParentMessage): void => {
        if (child.connected) child.send(message);
    };
    const abort = (): void => {
        send({ is: "abort" });
    };
    return new Promise<{ outcomes: ResourceOutcome[]; outputs: Record<string, unknown> }>(
        (resolvePromise, reject) => {
            const outcomes: ResourceOutcome[] = [];
            child.on("message", (raw) => {
                const message = childMessage.parse(raw);
                switch (message.is) {
                    case "line":
                        options.report(message.text);
                        break;
                    case "outcome":
                        outcomes.push(message.outcome);
                        if (message.outcome.action !== "unchanged") {
                            options.report(formatOutcome(message.outcome, message.seconds));
                        }
                        break;
                    case "end":
                        resolvePromise({ outcomes, outputs: message.outputs });
                        break;
                    case "error":
                        reject(new DeployError(message.message));
                }
            });
            child.on("error", reject);
            child.on("exit", (code, signal) => {
                const how = signal === null ? `code ${code ?? "?"}` : `signal ${signal}`;
                const words = lastLines.length > 0 ? `: ${lastLines.join(" ")}` : "";
                reject(
                    new DeployError(
                        `the program ended with ${how} before its resources were applied${words}`,
                    ),
                );
            });
            options.signal?.addEventListener("abort", abort);
            if (options.signal?.aborted === true) reject(new DeployError("interrupted"));
            else send(start);
        },
    ).finally(() => {
        options.signal?.removeEventListener("abort", abort);
        if (child.connected) child.disconnect();
    });
}

/** Reports what the program prints, and keeps its last lines for an error message. */
function forwardLines(child: ChildProcess, report: (line: string) => void): string[] {
    const last: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
        if (stream === null) continue;
        createInterface({ input: stream }).on("line", (line) => {
            if (line.trim() === "") return;
            last.push(line.trim());
            if (last.length > 3) last.shift();
            report(line);
        });
    }
    return last;
}
