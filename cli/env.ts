import type { Command } from "commander";
import { checkOwner } from "#local/node/owner.ts";
import { shellQuote } from "#local/node/shell.ts";
import { localDeployment } from "./local-deployment.ts";
import { localKubeconfig } from "./places.ts";
import { progressOn } from "./progress.ts";

/** Adds `mesh env`. */
export function addEnv(program: Command, checkout: string): void {
    program
        .command("env")
        .description("print what a shell needs to use pulumi and kubectl on the local stack")
        .addHelpText("after", '\nFor example: eval "$(npx mesh env)" && pulumi preview --diff')
        .action(async () => {
            const kubeconfig = await localKubeconfig();
            await checkOwner(checkout);
            const { localEnvironment } = await import("#local/deployer/index.ts");
            const { bin, variables } = await localEnvironment({
                ...(await localDeployment(kubeconfig)),
                report: progressOn(process.stderr).line,
            });
            const lines = Object.entries({ KUBECONFIG: kubeconfig, ...variables }).map(
                ([name, value]) => `export ${name}=${shellQuote(value)}`,
            );
            process.stdout.write(
                `${[...lines, `export PATH=${shellQuote(bin)}:"$PATH"`].join("\n")}\n`,
            );
        });
}
