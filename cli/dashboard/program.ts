import type { Command } from "commander";
import { Argument, InvalidArgumentError } from "commander";
import type { DashboardCommandOptions } from "./command.ts";
import type { Dashboard } from "./names.ts";
import { DASHBOARDS } from "./names.ts";

/** Adds `mesh dashboard`. */
export function addDashboard(program: Command): void {
    program
        .command("dashboard")
        .description("lead a port of this machine to an addon of a live mesh, until it is stopped")
        .addArgument(
            new Argument("[addon]", "which one (default: say which there are)").choices(DASHBOARDS),
        )
        .option("--port <number>", "port on loopback, 0 for any (default: the addon's own)", port)
        .option("--context <name>", "context of the kubeconfig (default: its current one)")
        .option(
            "--stack <name>",
            'whose it is (default: "local" on the local cluster, else "prod")',
        )
        .action(async (addon: Dashboard | undefined, options: DashboardCommandOptions) => {
            // Loaded here, because no other command needs any of it.
            const { runDashboard } = await import("./command.ts");
            await runDashboard(addon, options);
        });
}

function port(text: string): number {
    if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
        throw new InvalidArgumentError("A whole number from 0 to 65535 is allowed.");
    }
    return Number(text);
}
