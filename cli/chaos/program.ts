import type { Command } from "commander";
import { Argument, InvalidArgumentError } from "commander";
import { CHAOS_KINDS } from "#model/chaos.ts";
import type { ChaosKind } from "#model/chaos.ts";
import type { ChaosRunCommand, ChaosTarget } from "./command.ts";

const SHORTEST_SECONDS = 5;
const LONGEST_SECONDS = 600;

/** Adds `mesh chaos` with its subcommands. */
export function addChaos(program: Command): void {
    const chaos = program
        .command("chaos")
        .description("make something fail for a time, and report what callers saw");
    withTarget(chaos.command("run"))
        .description("run one experiment on a service under steady, small traffic")
        .addArgument(new Argument("<kind>", "what is done").choices(CHAOS_KINDS))
        .argument("<service>", "the service it is done to, or whose callers are watched")
        .option("--caller <name>", "whose requests (default: the service's only caller)")
        .option("--share <percent>", "percent of the requests, 0.0001 to 100", number)
        .option(
            "--delay <duration>",
            "for delay, or a failing pod that hangs (default for delay: 5s)",
        )
        .option("--status <code>", "for abort and failing (default: 503)", number)
        .option(
            "--for <duration>",
            "seconds after which the cluster ends it, 5s to 600s",
            seconds,
            60,
        )
        .option("--rehearsal", "failing and vanish: on a copy with all its declared replicas")
        .option("--probe-image <image>", "image of the probe pod, with node on its PATH")
        .addHelpText(
            "after",
            "\nFor example: mesh chaos run delay payment-service --share 50 --delay 2s --for 30s",
        )
        .action(async (kind: ChaosKind, service: string, options: ChaosRunCommand) => {
            // Loaded here, because no other command needs any of it.
            const { runChaos } = await import("./command.ts");
            process.exitCode = await runChaos(kind, service, options);
        });
    withTarget(chaos.command("list"))
        .description("show the experiments that run now")
        .action(async (options: ChaosTarget) => {
            const { listChaos } = await import("./command.ts");
            await listChaos(options);
        });
    withTarget(chaos.command("stop"))
        .description("end an experiment at once")
        .argument("[id]", "the experiment: the name of its service")
        .option("--all", "end all of them")
        .action(async (id: string | undefined, options: ChaosTarget & { all?: true }) => {
            const { stopChaos } = await import("./command.ts");
            await stopChaos(id, options);
        });
}

function withTarget(command: Command): Command {
    return command
        .option("--json", "print machine-readable results")
        .option("--context <name>", "context of the kubeconfig (default: its current one)")
        .option("--namespace <name>", "namespace of the services (default: the stack's)")
        .option("--stack <name>", 'the stack (default: "local" on the local cluster, else "prod")');
}

function number(text: string): number {
    const value = Number(text);
    if (text.trim() === "" || Number.isNaN(value)) {
        throw new InvalidArgumentError("A number is needed.");
    }
    return value;
}

function seconds(text: string): number {
    const [, amount = ""] = /^(\d+)s?$/.exec(text) ?? [];
    const value = Number(amount);
    if (value < SHORTEST_SECONDS || value > LONGEST_SECONDS) {
        throw new InvalidArgumentError(
            `${SHORTEST_SECONDS}s to ${LONGEST_SECONDS}s are allowed, in whole seconds.`,
        );
    }
    return value;
}
