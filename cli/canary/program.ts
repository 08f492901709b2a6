import type { Command } from "commander";
import { InvalidArgumentError, Option } from "commander";
import { CANARY_THRESHOLDS } from "#model/canary.ts";
import type { HeaderMatch } from "#model/intents.ts";
import { LOCAL_STACK } from "#stack/read-stack.ts";
import type { CanaryCommandOptions, CanaryVerb } from "./command.ts";
import { DEFAULT_STEPS } from "./plan.ts";

const DEFAULT_WEIGHT = 5;
/** Seconds. */
const [DEFAULT_WINDOW, DEFAULT_WAIT] = [30, 300];
const SECONDS_OF: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Adds `mesh canary`. */
export function addCanary(program: Command, checkout: string): void {
    const canary = program
        .command("canary")
        .description("release a new image of a service to a share of its traffic first");
    const add = (verb: CanaryVerb, argument: string, description: string): Command =>
        canary
            .command(`${verb} ${argument}`)
            .description(description)
            .option("--stack <name>", "stack whose service it is", LOCAL_STACK)
            .option("--context <name>", "context of the kubeconfig, for a stack other than local")
            .action(async (service: string | undefined, options: CanaryCommandOptions) => {
                // Loaded here, because no other command needs any of it.
                const { runCanary } = await import("./command.ts");
                process.exitCode = await runCanary(verb, service, options, checkout);
            });

    add("start", "<service>", "run a second image beside a service's own")
        .requiredOption("--image <image>", "the new image")
        .addOption(headerOption())
        .option(
            "--weight <percent>",
            "its share of the traffic, 0 to 100",
            percent,
            DEFAULT_WEIGHT,
        );
    gateOptions(
        add("step", "<service>", "judge the canary, then give it more of the traffic"),
    ).option("--to <percent>", "its next share (default: the next of 5, 25, 50, 100)", percent);
    gateOptions(
        add("run", "<service>", "start a canary and step until it is promoted or rolled back"),
    )
        .option("--image <image>", "the new image (default: go on with the canary that runs)")
        .addOption(headerOption())
        .option("--steps <percents>", "its shares, one after the other", percents, DEFAULT_STEPS);
    add("status", "[service]", "show what the stack says and what the cluster has").option(
        "--json",
        "print machine-readable results",
    );
    gateOptions(
        add("promote", "<service>", "judge the canary, then make its image the service's own"),
    );
    add("abort", "<service>", "give the canary up: no traffic to it, then no pods");
}

function headerOption(): Option {
    return new Option(
        "--header <name=value>",
        "requests with this header always go to the canary",
    ).argParser(header);
}

/** What a gate judges by; the defaults are documented in the README. */
function gateOptions(command: Command): Command {
    return command
        .option(
            "--max-error-rate <percent>",
            "its requests that may end with a 5xx or no answer",
            amount,
            CANARY_THRESHOLDS.maxErrorRate,
        )
        .option(
            "--max-latency-ratio <number>",
            "how many times the stable version's 95th percentile its own may be",
            amount,
            CANARY_THRESHOLDS.maxLatencyRatio,
        )
        .option(
            "--min-requests <number>",
            "its requests without which it is not judged",
            count,
            CANARY_THRESHOLDS.minRequests,
        )
        .option("--for <duration>", "how long it is watched", duration, DEFAULT_WINDOW)
        .option(
            "--wait <duration>",
            "how much longer it is watched while requests are too few",
            duration,
            DEFAULT_WAIT,
        );
}

function header(text: string): HeaderMatch {
    const [, name = "", value = ""] = /^([^=]+)=(.+)$/.exec(text) ?? [];
    if (name === "") {
        throw new InvalidArgumentError("It is NAME=VALUE.");
    }
    return { name, value };
}

function percent(text: string): number {
    const value = count(text);
    if (value > 100) {
        throw new InvalidArgumentError("It is a whole number from 0 to 100.");
    }
    return value;
}

function percents(text: string): readonly number[] {
    const values = text.split(",").map(percent);
    if (values.some((value, index) => value <= (values[index - 1] ?? 0))) {
        throw new InvalidArgumentError("They are whole numbers up to 100 that grow: 5,25,100.");
    }
    return values;
}

function count(text: string): number {
    if (!/^\d+$/.test(text)) {
        throw new InvalidArgumentError("It is a whole number.");
    }
    return Number(text);
}

function amount(text: string): number {
    if (!/^\d+(\.\d+)?$/.test(text)) {
        throw new InvalidArgumentError("It is a number, 0 or more.");
    }
    return Number(text);
}

/** In seconds. */
function duration(text: string): number {
    const [, value = "", unit = ""] = /^(\d+)([smh])$/.exec(text) ?? [];
    if (value === "") {
        throw new InvalidArgumentError("It is a duration such as 30s or 5m.");
    }
    return Number(value) * (SECONDS_OF[unit] ?? 1);
}
