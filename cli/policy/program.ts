import type { Command } from "commander";
import { Option } from "commander";
import type { PolicyOptions } from "./command.ts";

/** Adds `mesh policy`. */
export function addPolicy(program: Command, checkout: string): void {
    program
        .command("policy")
        .description("judge a stack by the policy pack, without the Pulumi CLI")
        .option("--stack <name>", "stack of this checkout whose program is judged", "prod")
        .addOption(
            new Option(
                "--state <file>",
                'judge an exported state instead: "pulumi stack export"',
            ).conflicts("stack"),
        )
        .addOption(
            new Option(
                "--manifests <path...>",
                "judge files or folders of Kubernetes YAML instead, - for stdin: helm template",
            ).conflicts(["stack", "state"]),
        )
        .option("--config <file>", "the pack's configuration, as --policy-pack-config takes it")
        .option("--json", "print machine-readable results")
        .action(async (options: PolicyOptions) => {
            // Loaded here, because no other command needs any of it.
            const { runPolicy } = await import("./command.ts");
            process.exitCode = await runPolicy(checkout, options);
        });
}
