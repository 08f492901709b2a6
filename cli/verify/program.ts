import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { VerifyCommandOptions } from "./command.ts";

const LONGEST_WAIT_SECONDS = 3600;

/** Adds `mesh verify`. */
export function addVerify(program: Command, checkout: string): void {
    program
        .command("verify")
        .description("show on a live cluster that the mesh enforces what is declared")
        .option("--only <pattern...>", "checks to run: a section, an id or its beginning, a glob")
        .option("--skip <pattern...>", "checks to leave out, named the same way")
        .option("--list", "print the checks without asking a cluster")
        .option("--wait <seconds>", "run again until all hold or the time is up", seconds)
        .option("--json", "print machine-readable results")
        .option("--junit <file>", "write the results as JUnit's XML as well")
        .option("--prove", "weaken each control of the local mesh and see the checks notice")
        .option("--context <name>", "context of the kubeconfig (default: its current one)")
        .option("--namespace <name>", "namespace of the services (default: the stack's)")
        .option(
            "--stack <name>",
            'what should hold (default: "local" on the local cluster, else "prod")',
        )
        .option("--probe-image <image>", "image of the probe pods, with node on its PATH")
        .addHelpText(
            "after",
            '\nFor example: mesh verify --only identity "authorization/*payment*" --wait 60',
        )
        .action(async (options: VerifyCommandOptions) => {
            // Loaded here, because no other command needs any of it.
            const { runVerify } = await import("./command.ts");
            process.exitCode = await runVerify(options, checkout);
        });
}

function seconds(text: string): number {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value > LONGEST_WAIT_SECONDS) {
        throw new InvalidArgumentError(
            `Whole seconds from 0 to ${LONGEST_WAIT_SECONDS} are allowed.`,
        );
    }
    return value;
}
