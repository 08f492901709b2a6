import * as path from "node:path";
import type { PulumiCommand, Stack } from "@pulumi/pulumi/automation/index.js";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { defaultProgram } from "../../local/deployer/project.ts";
import { findPulumi } from "../../local/deployer/pulumi-cli.ts";
import { EventLog, previewStack } from "../../local/deployer/pulumi-route.ts";
import type { Report } from "../../local/errors.ts";
import { EnvironmentError } from "../../local/errors.ts";
import type { PlannedChange } from "../../local/deployer/types.ts";

/** The CLI with a stack of the checkout, in the backend and with the account that the user has. */
export interface PulumiStack {
    preview(signal: AbortSignal): Promise<readonly PlannedChange[]>;
    up(report: Report, signal: AbortSignal): Promise<number>;
}

/** @throws EnvironmentError where there is no CLI, or no such stack */
export async function openPulumiStack(stack: string, report: Report): Promise<PulumiStack> {
    const cli = await findPulumi(report);
    if (cli.command === undefined) {
        throw new EnvironmentError(
            `Stack ${stack} can only be deployed with the Pulumi CLI, and there is none: ${cli.why}.`,
        );
    }
    return stackOf(await select(stack, cli.command));
}

async function select(stackName: string, pulumiCommand: PulumiCommand): Promise<Stack> {
    const workDir = path.dirname(defaultProgram());
    try {
        return await LocalWorkspace.selectStack({ stackName, workDir }, { pulumiCommand });
    } catch (error) {
        const reason = error instanceof Error ? error.message.trim().split("\n").at(-1) : "";
        throw new EnvironmentError(`Stack ${stackName} cannot be selected: ${reason ?? ""}`);
    }
}

function stackOf(stack: Stack): PulumiStack {
    return {
        preview: (signal) => previewStack(stack, { signal }),
        up: async (report, signal) => {
            const log = new EventLog(report);
            await log.watch({ signal }, (aborted) =>
                stack.up({
                    onEvent: log.see,
                    color: "never",
                    ...(aborted && { signal: aborted }),
                }),
            );
            return log.outcomes.filter(({ action }) => action !== "unchanged").length;
        },
    };
}
