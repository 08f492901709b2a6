import type { Command } from "commander";
import type { HostPorts } from "#local/node/layout.ts";
import { portSettings } from "#local/node/ports.ts";
import type { UpOptions } from "./command.ts";

/** Adds `mesh up`. */
export function addUp(program: Command, checkout: string): void {
    const port = (name: keyof HostPorts, initial: string): [string, string] => {
        const { purpose, flag, variable } = portSettings[name];
        return [
            `${flag} <port>`,
            `port on 127.0.0.1 for ${purpose} (${variable}, default ${initial})`,
        ];
    };
    program
        .command("up")
        .description("make the local cluster, deploy the mesh to it and show that it enforces")
        .option(...port("api", "16443"))
        .option(...port("http", "18080"))
        .option(...port("https", "18443"))
        .option("--node-only", "make the cluster and deploy nothing to it")
        .action(async (options: UpOptions) => {
            const { runUp } = await import("./command.ts");
            await runUp(checkout, options);
        });
}
