import type { Command } from "commander";
import { Option } from "commander";
import { durationBetween } from "../duration-option.ts";
import type { GraphCommandOptions } from "./options.ts";
import { FORMATS } from "./options.ts";

/** Adds `mesh graph`. */
export function addGraph(program: Command): void {
    program
        .command("graph")
        .description("draw who calls whom on a live mesh, beside who may")
        .option(
            "--window <duration>",
            "how much of the past counts",
            durationBetween("10s", "24h"),
            "5m",
        )
        .addOption(
            new Option("--format <format>", "how it is drawn").choices(FORMATS).default("text"),
        )
        .option("--output <file>", "write it to a file instead")
        .option("--context <name>", "context of the kubeconfig (default: its current one)")
        .option("--namespace <name>", "namespace of the services (default: the stack's)")
        .option(
            "--stack <name>",
            'what is declared (default: "local" on the local cluster, else "prod")',
        )
        .addHelpText(
            "after",
            "\nFor example: mesh graph --window 1h --format html --output graph.html",
        )
        .action(async (options: GraphCommandOptions) => {
            // Loaded here, because no other command needs any of it.
            const { runGraph } = await import("./command.ts");
            await runGraph(options);
        });
}
