import type { Command } from "commander";
import { Option } from "commander";
import type { LoadCommandOptions } from "./command.ts";

/** Options of a run, which mean nothing where none is made. */
const RUN = ["service", "caller", "prove", "report"] as const;

/** Adds `mesh load`. */
export function addLoad(program: Command): void {
    program
        .command("load")
        .description("put load on a copy of a service and show that its declared protection acts")
        .argument("[scenario...]", "what is shown (default: all that apply to the service)")
        .option("--service <name>", "the service whose declaration is tried", "payment-service")
        .option("--caller <name>", "whose identity makes the requests (default: its first caller)")
        .addOption(
            new Option("--list", "print the scenarios and end").conflicts([...RUN, "explain"]),
        )
        .addOption(
            new Option("--explain", "print what the declared limits come to and end").conflicts([
                ...RUN,
            ]),
        )
        .option("--prove", "run each scenario also without its protection, where it must not trip")
        .option("--json", "print machine-readable results")
        .option("--report <file>", "write an HTML report with plots, which needs no network")
        .addHelpText("after", "\nFor example: mesh load pool-overflow --prove --report load.html")
        .action(async (scenarios: readonly string[], options: LoadCommandOptions) => {
            // Loaded here, because no other command needs any of it.
            const { runLoad } = await import("./command.ts");
            process.exitCode = await runLoad(scenarios, options);
        });
}
