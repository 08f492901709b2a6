import type { Command } from "commander";
import { localKubeconfig } from "./places.ts";

/** Adds `mesh kubeconfig`. */
export function addKubeconfig(program: Command): void {
    program
        .command("kubeconfig")
        .description("print the path of the local cluster's kubeconfig")
        .addHelpText("after", "\nFor example: export KUBECONFIG=$(npx mesh kubeconfig)")
        .action(async () => {
            process.stdout.write(`${await localKubeconfig()}\n`);
        });
}
