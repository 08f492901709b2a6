import type { Command } from "commander";
import type { PlannedChange } from "#local/deployer/deployment.ts";
import { LOCAL_STACK } from "#stack/read-stack.ts";
import { onInterrupt } from "./interrupt.ts";
import { jsonText } from "./output.ts";
import { previewLines } from "./planned-changes.ts";
import { progressOn } from "./progress.ts";

interface PreviewOptions {
    readonly stack: string;
    readonly context?: string;
    readonly json?: true;
}

/** Adds `mesh preview`. */
export function addPreview(program: Command, checkout: string): void {
    program
        .command("preview")
        .description("show what a deployment of a stack would change; nothing is changed")
        .option("--stack <name>", "stack of this checkout", LOCAL_STACK)
        .option("--context <name>", "context of the kubeconfig, for other stacks")
        .option("--json", "print machine-readable results")
        .action(async ({ stack, context, json }: PreviewOptions) => {
            const { line } = progressOn(process.stderr);
            const { signal, guard, release } = onInterrupt("Interrupted. Nothing was changed.");
            try {
                const { deploymentRoute } = await import("./deployment-route.ts");
                const route = await deploymentRoute(stack, checkout, line, { context });
                const changes = await guard(route.preview(signal, line));
                process.stdout.write(
                    json === true
                        ? jsonText({ stack, changes })
                        : `${linesOf(changes).join("\n")}\n`,
                );
            } finally {
                release();
            }
        });
}

/** Each change with the fields that it touches. */
function linesOf(changes: readonly PlannedChange[]): string[] {
    return changes.length === 0
        ? [...previewLines(changes)]
        : changes.flatMap((change) => [
              ...previewLines([change]),
              ...change.fields.map((field) => `    ${field}`),
          ]);
}
