import type { Command } from "commander";
import { Option } from "commander";
import { interruptible } from "../interrupt.ts";
import type { RenderOptions } from "./command.ts";

/** Adds `mesh render`. */
export function addRender(program: Command): void {
    program
        .command("render")
        .description(
            "print everything that a stack would create as Kubernetes YAML, charts included",
        )
        .option("--stack <name>", "stack of this checkout whose program is rendered", "prod")
        .option(
            "--charts <place>",
            "take charts from a folder with <chart>/ or <chart>-<version>.tgz, or from an oci:// mirror",
        )
        .option("--no-pull", "take no chart from where it is published")
        .addOption(
            new Option("--without-charts", "print the program's own objects alone").conflicts([
                "charts",
                "pull",
            ]),
        )
        .option("--output <file>", "write to a file instead")
        .action(async (options: RenderOptions) => {
            // Loaded here, because no other command needs any of it.
            const { runRender } = await import("./command.ts");
            process.exitCode = await interruptible("Interrupted. Nothing was written.", (signal) =>
                runRender(options, signal),
            );
        });
}
