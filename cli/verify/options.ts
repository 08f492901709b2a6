import { InvalidArgumentError } from "commander";
import type { ProbeMode } from "#checks/probing.ts";
import { SEEDS } from "#checks/probing.ts";
import type { Selection } from "#checks/filter.ts";
import { EnvironmentError } from "#errors.ts";
import type { Duration } from "#model/intents.ts";
import type { StackOptions } from "#stack/declared-mesh.ts";
import { flagOf } from "../flag.ts";
import { durationBetween } from "../duration-option.ts";
import type { ListenAddress } from "./metrics.ts";

/** What the command line gives. */
export interface VerifyCommandOptions extends Selection, StackOptions {
    readonly list?: true;
    readonly prove?: true;
    readonly manifests?: true;
    /** In seconds. */
    readonly wait?: number;
    readonly every?: Duration;
    readonly metricsAddress?: ListenAddress;
    /** Default: `sample`. */
    readonly probes?: ProbeMode;
    /** Default: one that nobody knows. */
    readonly seed?: number;
    readonly json?: true;
    readonly junit?: string;
    readonly context?: string;
    readonly probeImage?: string;
}

const LONGEST_WAIT_SECONDS = 3600;

/** @throws InvalidArgumentError */
export function waitSeconds(text: string): number {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value > LONGEST_WAIT_SECONDS) {
        throw new InvalidArgumentError(
            `Whole seconds from 0 to ${LONGEST_WAIT_SECONDS} are allowed.`,
        );
    }
    return value;
}

/** @throws InvalidArgumentError */
export const interval = durationBetween("10s", "24h");

/** @throws InvalidArgumentError */
export function seed(text: string): number {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value >= SEEDS) {
        throw new InvalidArgumentError(`A whole number from 0 to ${SEEDS - 1} is allowed.`);
    }
    return value;
}

/** @throws InvalidArgumentError */
export function listenAddress(text: string): ListenAddress {
    const [, six, four, port = ""] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
    const host = six ?? four;
    if (host === undefined || Number(port) > 65_535) {
        throw new InvalidArgumentError(
            "A host and a port are allowed, for example 127.0.0.1:9188 or [::1]:0.",
        );
    }
    return { host, port: Number(port) };
}

/** Options that only make sense without each other, or with each other. */
const NOT_TOGETHER: readonly (readonly [
    keyof VerifyCommandOptions,
    readonly (keyof VerifyCommandOptions)[],
    string,
])[] = [
    [
        "list",
        ["every", "manifests", "wait", "junit", "probes", "seed", "probeImage", "metricsAddress"],
        "asks no cluster",
    ],
    [
        "manifests",
        ["only", "skip", "wait", "json", "junit", "probes", "seed", "metricsAddress"],
        "asks no cluster",
    ],
    ["every", ["wait", "junit"], "goes on until it is stopped"],
];

/** @throws EnvironmentError for options that contradict each other */
export function assertTogether(options: VerifyCommandOptions): void {
    const given = (name: keyof VerifyCommandOptions): boolean => options[name] !== undefined;
    for (const [one, others, why] of NOT_TOGETHER) {
        const other = others.find(given);
        if (given(one) && other !== undefined) {
            throw new EnvironmentError(
                `${flagOf(one)} ${why}; ${flagOf(other)} has no place beside it.`,
            );
        }
    }
    if (given("metricsAddress") && !given("every")) {
        throw new EnvironmentError(
            "--metrics-address serves what --every watches; give both or neither.",
        );
    }
    if (options.probes === "none" && given("probeImage")) {
        throw new EnvironmentError("--probe-image is for probe pods; --probes none makes none.");
    }
    if (given("seed") && (options.probes ?? "sample") !== "sample") {
        throw new EnvironmentError("--seed draws a sample; --probes all and none draw none.");
    }
}
