import { dirname } from "node:path";
import { pathToFileURL } from "node:url";

import * as pulumi from "@pulumi/pulumi";
import { setMockOptions } from "@pulumi/pulumi/runtime/settings.js";

import { ensureTool } from "../../toolchain.ts";
import { DeployError, SECRET_OUTPUT } from "../types.ts";
import { Engine, unsupported } from "./engine.ts";
import { isolatedHelm } from "./helm.ts";
import { Inventory } from "./inventory.ts";
import type { JsonObject } from "./json.ts";
import { messageOf, stringAt } from "./json.ts";
import { KubeClient, NoKindError } from "./kube-client.ts";
import { kubeconfigTransport } from "./kube-transport.ts";
import { DeployMonitor } from "./monitor.ts";
import type { Reader } from "./monitor.ts";
import type { ChildMessage, StartMessage } from "./protocol.ts";
import { parentMessage } from "./protocol.ts";
import { removeEntries } from "./remove.ts";
import { isTransient, retry } from "./retry.ts";

/**
 * The deploying process: runs the program in a process of its own, so that its modules, its Pulumi runtime and its
 * failures belong to this one deployment, and tells its parent what happens.
 */
function tell(message: ChildMessage): Promise<void> {
    return new Promise((resolve) => {
        if (process.send === undefined || !process.connected) resolve();
        else
            process.send(message, () => {
                resolve();
            });
    });
}

const report = (text: string): void => {
    void tell({ is: "line", text });
};

async function deploy(start: StartMessage, signal: AbortSignal): Promise<Record<string, unknown>> {
    const client = new KubeClient(kubeconfigTransport(start.kubeconfig));
    const helm = isolatedHelm(() => ensureTool("helm", report), start.kubeconfig);
    const done = (
        outcome: Extract<ChildMessage, { is: "outcome" }>["outcome"],
        seconds: number,
    ): void => {
        void tell({ is: "outcome", outcome, seconds });
    };
    try {
        const inventory = await Inventory.load(client, start.project, start.stack);
        const directory = dirname(start.program);
        const context = { client, inventory, kubeconfig: start.kubeconfig, report, directory };
        const engine = new Engine({ context, helm, signal, done });
        const outputs = await Promise.race([
            runProgram(start, engine, client),
            engine.stopped.then((error) => Promise.reject(error)),
        ]).finally(() => inventory.flush());
        await engine.finish();
        await removeEntries({ client, inventory, helm, signal, done }, engine.leavers());
        return outputs;
    } finally {
        await helm.dispose();
    }
}

async function runProgram(
    start: StartMessage,
    engine: Engine,
    client: KubeClient,
): Promise<Record<string, unknown>> {
    const failure = (error: unknown): void => {
        engine.fail(`the program failed: ${explain(error)}`);
    };
    process.on("unhandledRejection", failure);
    process.on("uncaughtException", failure);
    try {
        return await runInStack(start, engine, client);
    } catch (error) {
        // What is under way still has to end and be recorded; the engine reports when that is done.
        failure(error);
        return {};
    }
}

async function runInStack(
    start: StartMessage,
    engine: Engine,
    client: KubeClient,
): Promise<Record<string, unknown>> {
    const monitor = new DeployMonitor(engine, objectReader(client));
    const refuse = (): never => {
        throw new DeployError("the mock monitor was not replaced");
    };
    // The first call switches on the features of the SDK's mock mode, the second puts the engine behind it.
    await pulumi.runtime.setMocks(
        { newResource: refuse, call: refuse },
        start.project,
        start.stack,
        false,
    );
    setMockOptions(monitor, start.project, start.stack, false, "organization");
    pulumi.runtime.setAllConfig(start.config, start.secretConfig);
    process.chdir(dirname(start.program));

    const secrets = new Set<string>();
    const outputs: unknown = await pulumi.runtime.runInPulumiStack(async () => {
        const exported = await exportsOf(start.program);
        for (const [name, value] of Object.entries(exported)) {
            if (await pulumi.isSecret(pulumi.output(value))) secrets.add(name);
        }
        return exported;
    });
    // Registrations made inside `apply` may still be under way when the exports are known.
    await pulumi.runtime.disconnect();
    const values = Object.entries(outputs ?? {}).map(([name, value]: [string, unknown]) => [
        name,
        secrets.has(name) ? SECRET_OUTPUT : value,
    ]);
    return JSON.parse(JSON.stringify(Object.fromEntries(values))) as Record<string, unknown>;
}

/** Reads what the program looks up with `get`. The id is `name` or `namespace/name`, as the provider has it. */
function objectReader(client: KubeClient): Reader {
    return async ({ type, id, inputs }) => {
        const match = /^kubernetes:(?:core\/)?([^:]+):([^:]+)$/.exec(type);
        if (match === null) throw unsupported(`looking up ${type}`);
        const [, apiVersion = "", kind = ""] = match;
        const [name = "", namespace] = id.split("/").reverse();
        const place = namespace === undefined ? { name } : { namespace, name };
        const version = stringAt(inputs, "apiVersion") ?? apiVersion;
        const object = await retry(() => client.get({ apiVersion: version, kind, ...place }), {
            isTransient: (error) => !(error instanceof NoKindError) && isTransient(error),
        });
        return object && (JSON.parse(JSON.stringify(object)) as JsonObject);
    };
}

/** What the program exports, in each form the CLI takes: names, a default value, or a function that returns them. */
async function exportsOf(program: string): Promise<Record<string, unknown>> {
    const module = (await import(pathToFileURL(program).href)) as Record<string, unknown>;
    const exported = "default" in module ? module["default"] : module;
    const value: unknown =
        typeof exported === "function" ? await (exported as () => unknown)() : exported;
    return { ...(value as Record<string, unknown> | undefined) };
}

/** The error a user of the program needs: its message for mistakes in config, with the stack for anything else. */
function explain(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    const trace = error.stack ?? error.message;
    if (pulumi.InputPropertiesError.isInstance(error)) {
        const details = error.errors.map(
            ({ propertyPath, reason }) => `${propertyPath}: ${reason}`,
        );
        return [error.message, ...details].filter((line) => line !== "").join("\n");
    }
    if (pulumi.InputPropertyError.isInstance(error)) {
        return `${error.propertyPath}: ${error.reason}`;
    }
    return pulumi.RunError.isInstance(error) ? error.message : trace;
}

const abort = new AbortController();
const stop = (): void => {
    abort.abort(new DeployError("interrupted"));
};
// An interrupt at the terminal reaches every process of the group; this one still has to record what it made.
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
process.on("disconnect", stop);
process.on("message", (raw: unknown) => {
    const message = parentMessage.parse(raw);
    if (message.is === "abort") {
        stop();
        return;
    }
    deploy(message, abort.signal).then(
        async (outputs) => {
            await tell({ is: "end", outputs });
            process.exit(0);
        },
        async (error: unknown) => {
            await tell({ is: "error", message: messageOf(error) });
            process.exit(1);
        },
    );
    // A program that waits for something which never comes must end the process instead of hanging it.
    process.channel?.unref();
});
