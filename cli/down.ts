import type { Command } from "commander";
import { stopCluster } from "#local/cluster.ts";
import { assertMachine } from "#local/machine.ts";
import { checkOwner, withClusterLock } from "#local/node/owner.ts";
import { nodeExists } from "#local/node/teardown.ts";
import { runSteps } from "./progress.ts";

interface DownOptions {
    readonly force?: true;
}

/** Adds `mesh down`. */
export function addDown(program: Command, checkout: string): void {
    program
        .command("down")
        .description("remove the local cluster and everything it made on this machine; caches stay")
        .option("--force", "also remove a cluster that belongs to another checkout")
        .action(async (options: DownOptions) => {
            if (!(await nodeExists())) {
                process.stdout.write("There is no local cluster.\n");
                return;
            }
            await assertMachine();
            await withClusterLock("down", checkout, async () => {
                if (options.force !== true) {
                    await checkOwner(checkout);
                }
                await runSteps([
                    {
                        title: "Local cluster",
                        run: async () => {
                            await stopCluster();
                            return "removed, and nothing of it is left; caches are kept";
                        },
                    },
                ]);
            });
        });
}
