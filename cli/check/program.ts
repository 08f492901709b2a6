import type { Command } from "commander";
import { Option } from "commander";
import type { CheckOptions } from "./options.ts";

/** Adds `mesh check`. */
export function addCheck(program: Command, checkout: string): void {
    program
        .command("check")
        .description("what a change means: judged, and compared with a base; no cluster is asked")
        .option("--base <ref>", "commit, branch or tag to compare with")
        .option("--stack <name...>", "stacks of this checkout (default: all of them)")
        .addOption(
            new Option(
                "--manifests <path...>",
                "files or folders of Kubernetes YAML instead of stacks, - for stdin",
            ).conflicts(["stack", "pull"]),
        )
        .option(
            "--charts <place>",
            "take charts from a folder with <chart>/ or <chart>-<version>.tgz, or from an oci:// mirror",
        )
        .option("--no-pull", "take no chart from where it is published")
        .option("--config <file>", "the pack's configuration for manifests")
        .addOption(
            new Option(
                "--fail-on <what>",
                "what ends with 1: mandatory violations and errors, or every weakening too",
            )
                .choices(["mandatory", "weaker"])
                .default("mandatory"),
        )
        .option("--markdown <file>", "write a comment for a pull request as well")
        .option("--sarif <file>", "write annotations of the declarations' lines as well")
        .option("--html <file>", "write one page with the graph drawn as well")
        .option("--json", "print machine-readable results")
        .addOption(
            // JSON has them in any case.
            new Option("--timings", "say where the time goes").conflicts("json"),
        )
        .action(async (options: CheckOptions) => {
            // Loaded here, because no other command needs any of it.
            const { runCheck } = await import("./command.ts");
            process.exitCode = await runCheck(checkout, options);
        });
}
