import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import * as semver from "semver";
import { exchange } from "#network/exchange.ts";
import { cacheDirectory, exists } from "../cache.ts";

/** Version of the npm package `pulumi`, which is also the version of the CLI it downloads. */
export const WRAPPER_VERSION = "3.265.0";
/** `requiredPulumiVersion` of `Pulumi.yaml` says the same. */
export const OLDEST_CLI = "3.248.0";

/** Long enough for a slow disk, short enough not to be noticed where there is no CLI. */
const VERSION_TIMEOUT_MS = 15_000;
const REACH_TIMEOUT_MS = 4_000;
/** For npm's package and the CLI's archive of about 150 MB, once it is known that the host can be reached. */
const DOWNLOAD_TIMEOUT_MS = 300_000;
const DOWNLOAD_HOST = "https://get.pulumi.com/install.sh";

/** A `pulumi` command that answered. */
export interface PulumiCli {
    /** Absolute path, or a name on PATH. */
    readonly path: string;
    /** Without a leading `v`, for example `3.248.0`. */
    readonly version: string;
    /** Where it is from, for example `from PATH`. */
    readonly from: string;
}

/** How a command ended: what it printed, or the last line of its errors. */
export type Outcome = { readonly output: string } | { readonly failure: string };

/** What the search needs of the machine; a seam for tests. */
export interface CliProbe {
    readonly run: (file: string, args: readonly string[], timeoutMs: number) => Promise<Outcome>;
    readonly exists: (path: string) => Promise<boolean>;
    /** Whether the CLI's download host answers. */
    readonly reachable: () => Promise<boolean>;
}

/** Folder in which Pulumi keeps what it downloads for us. The user's own `~/.pulumi` is neither read nor changed. */
export function pulumiHome(): string {
    return cacheDirectory("pulumi-home");
}

/** The `pulumi` on PATH, where it is new enough; why not is reported. */
export async function pulumiOnPath(
    report: (line: string) => void,
    probe: CliProbe = machine,
): Promise<PulumiCli | undefined> {
    const found = await asked("pulumi", "from PATH", probe);
    if (found !== undefined && semver.lt(found.version, OLDEST_CLI)) {
        report(`pulumi on PATH is ${found.version}, and ${OLDEST_CLI} or newer is needed`);
        return undefined;
    }
    return found;
}

/** The CLI that npm's package has downloaded, or can download; undefined where its host does not answer. */
export async function pulumiOfNpm(
    report: (line: string) => void,
    probe: CliProbe = machine,
): Promise<PulumiCli | undefined> {
    const path = join(pulumiHome(), "versions", WRAPPER_VERSION, "bin", "pulumi");
    const from = "downloaded by npm's pulumi";
    const earlier = await asked(path, from, probe);
    if (earlier !== undefined || !(await probe.reachable())) {
        return earlier;
    }
    report(`getting Pulumi through npm's pulumi ${WRAPPER_VERSION}`);
    const local = fileURLToPath(new URL("../../node_modules/.bin/pulumi", import.meta.url));
    const [file, args] = (await probe.exists(local))
        ? [local, ["version"]]
        : ["npx", ["--yes", `pulumi@${WRAPPER_VERSION}`, "version"]];
    const outcome = await probe.run(file, args, DOWNLOAD_TIMEOUT_MS);
    if ("failure" in outcome) {
        report(`npm's pulumi: ${outcome.failure}`);
        return undefined;
    }
    return asked(path, from, probe);
}

async function asked(path: string, from: string, probe: CliProbe): Promise<PulumiCli | undefined> {
    const outcome = await probe.run(path, ["version"], VERSION_TIMEOUT_MS);
    const version = "output" in outcome ? semver.parse(outcome.output.trim()) : null;
    return version === null ? undefined : { path, version: version.version, from };
}

/** Runs a command of Pulumi's that needs no stack, without the user's settings. */
export async function runPulumi(
    file: string,
    args: readonly string[],
    timeoutMs: number,
): Promise<Outcome> {
    const result = await execa(file, args, {
        reject: false,
        timeout: timeoutMs,
        stdin: "ignore",
        env: {
            PULUMI_HOME: pulumiHome(),
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_VERSION: WRAPPER_VERSION,
        },
    });
    if (!result.failed) {
        return { output: result.stdout };
    }
    if (result.timedOut) {
        return { failure: `no answer in ${timeoutMs / 1000} seconds` };
    }
    const lines = result.stderr.split("\n").filter((line) => line.trim() !== "");
    const told = lines.find((line) => line.startsWith("error:")) ?? lines.at(-1);
    return { failure: told ?? result.shortMessage ?? "it failed" };
}

/** Whether Pulumi's own downloads can be reached. */
export async function isReachable(): Promise<boolean> {
    try {
        const limits = { milliseconds: REACH_TIMEOUT_MS };
        const { status } = await exchange(new URL(DOWNLOAD_HOST), { method: "HEAD", limits });
        return status === 200;
    } catch {
        return false;
    }
}

const machine: CliProbe = { run: runPulumi, exists, reachable: isReachable };
