import type { Command } from "commander";
import { EnvironmentError } from "#errors.ts";
import { kubeconfigPath } from "#local/cluster.ts";

/** Adds `mesh kubeconfig`. */
export function addKubeconfig(program: Command): void {
    program
        .command("kubeconfig")
        .description("print the path of the local cluster's kubeconfig")
        .addHelpText("after", "\nFor example: export KUBECONFIG=$(npx mesh kubeconfig)")
        .action(async () => {
            const path = await kubeconfigPath();
            if (path === undefined) {
                throw new EnvironmentError('There is no local cluster; "mesh up" makes one.');
            }
            process.stdout.write(`${path}\n`);
        });
}
