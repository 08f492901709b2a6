import type { EngineEvent, Stack } from "@pulumi/pulumi/automation/index.js";
import { clusterIdentity } from "#local/deployer/identity.ts";
import type { DeployOptions } from "#local/deployer/index.ts";
import { openLocalStack } from "#local/deployer/workspace.ts";
import { coreApi } from "../support.ts";

/** A stack of the local cluster as the engine itself has it, for what no command of the house does. */
export async function engineStack(options: DeployOptions): Promise<Stack> {
    const cluster = await clusterIdentity(coreApi(), options.kubeconfig);
    return (await openLocalStack(options, cluster)).stack;
}

/** Removes everything of a stack, and the stack. Returns the names of what was deleted, without components and providers. */
export async function destroy(options: DeployOptions): Promise<string[]> {
    const stack = await engineStack(options);
    const deleted: string[] = [];
    const onEvent = ({ resOutputsEvent }: EngineEvent): void => {
        if (resOutputsEvent === undefined) {
            return;
        }
        const { op, type, urn, old: before } = resOutputsEvent.metadata;
        if (op === "delete" && before?.custom === true && !type.startsWith("pulumi:")) {
            deleted.push(urn.split("::").at(-1) ?? urn);
        }
    };
    await stack.destroy({ onEvent, color: "never" });
    await stack.workspace.removeStack(options.stack);
    return deleted.sort();
}
