import type { Command } from "commander";
import { Option } from "commander";
import { PROBE_MODES, SAMPLED_PAIRS } from "#checks/probing.ts";
import type { VerifyCommandOptions } from "./options.ts";
import { interval, listenAddress, seed, waitSeconds } from "./options.ts";

/** Adds `mesh verify`. */
export function addVerify(program: Command, checkout: string): void {
    program
        .command("verify")
        .description("show on a live cluster that the mesh enforces what is declared")
        .option("--only <pattern...>", "checks to run: a section, an id or its beginning, a glob")
        .option("--skip <pattern...>", "checks to leave out, named the same way")
        .option("--list", "print the checks without asking a cluster")
        .option("--wait <seconds>", "run again until all hold or the time is up", waitSeconds)
        .option(
            "--every <duration>",
            "again and again until it is stopped, a line a round",
            interval,
        )
        .option(
            "--metrics-address <address>",
            "where --every serves Prometheus metrics (default: 127.0.0.1:9188)",
            listenAddress,
        )
        .addOption(
            new Option(
                "--probes <amount>",
                `calls from probe pods: all pairs, a sample of ${SAMPLED_PAIRS} where there are more, none (default: sample)`,
            ).choices(PROBE_MODES),
        )
        .option("--seed <number>", "draws the same sample again", seed)
        .option("--manifests", "print the objects that run it in the cluster, a CronJob or --every")
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
