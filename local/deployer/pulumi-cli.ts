import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";

import { exists } from "../cache.ts";

/** Version of the npm package `pulumi`, which is also the version of the CLI it downloads. */
export const WRAPPER_VERSION = "3.265.0";

/** Long enough for a slow disk, short enough not to be noticed where there is no CLI. */
const VERSION_TIMEOUT_MS = 15_000;
const REACH_TIMEOUT_MS = 4_000;
/** For npm's package and the CLI's archive of about 150 MB, once it is known that the host can be reached. */
const DOWNLOAD_TIMEOUT_MS = 300_000;
const DOWNLOAD_HOST = "https://get.pulumi.com/install.sh";

/** A CLI that answered, or why there is none. */
export type PulumiCli =
    | { readonly command: PulumiCommand; readonly from: string }
    | { readonly command: undefined; readonly why: string };

/** What the search needs of the machine; a seam for tests. */
export interface CliProbe {
    /** Runs a command and returns the last line of its errors, or undefined when it ended well. */
    readonly failure: (
        file: string,
        args: readonly string[],
        timeoutMs: number,
    ) => Promise<string | undefined>;
    readonly exists: (path: string) => Promise<boolean>;
    /** Whether the CLI's download host answers. */
    readonly reachable: () => Promise<boolean>;
    readonly command: (root?: string) => Promise<PulumiCommand>;
}

/**
 * Finds a Pulumi CLI: `pulumi` on PATH, else the one the npm package downloaded earlier, else the npm package itself,
 * which downloads the CLI when its host can be reached.
 */
export async function findPulumi(
    report: (line: string) => void,
    probe: CliProbe = machine,
): Promise<PulumiCli> {
    if ((await probe.failure("pulumi", ["version"], VERSION_TIMEOUT_MS)) === undefined) {
        return usable(probe, undefined, "pulumi on PATH");
    }
    const home = process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
    const root = join(home, "versions", WRAPPER_VERSION);
    const downloaded = join(root, "bin", "pulumi");
    const from = `the npm package pulumi ${WRAPPER_VERSION}`;
    if ((await probe.failure(downloaded, ["version"], VERSION_TIMEOUT_MS)) === undefined) {
        return usable(probe, root, from);
    }
    if (!(await probe.reachable())) {
        return {
            command: undefined,
            why: "no pulumi on PATH, and get.pulumi.com, from which npm's pulumi downloads it, does not answer",
        };
    }
    report(`no pulumi on PATH; getting it through npm's pulumi ${WRAPPER_VERSION}`);
    const local = fileURLToPath(new URL("../../node_modules/.bin/pulumi", import.meta.url));
    const [file, args] = (await probe.exists(local))
        ? [local, ["version"]]
        : ["npx", ["--yes", `pulumi@${WRAPPER_VERSION}`, "version"]];
    const failure = await probe.failure(file, args, DOWNLOAD_TIMEOUT_MS);
    if (failure !== undefined) return { command: undefined, why: `npm's pulumi: ${failure}` };
    return usable(probe, root, from);
}

async function usable(probe: CliProbe, root: string | undefined, from: string): Promise<PulumiCli> {
    try {
        return { command: await probe.command(root), from };
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return {
            command: undefined,
            why: `${from} is not usable: ${message.split("\n")[0] ?? ""}`,
        };
    }
}

const machine: CliProbe = {
    async failure(file, args, timeoutMs) {
        const result = await execa(file, args, {
            reject: false,
            timeout: timeoutMs,
            stdin: "ignore",
            env: { PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_VERSION: WRAPPER_VERSION },
        });
        if (!result.failed) return undefined;
        if (result.timedOut) return `no answer in ${timeoutMs / 1000} seconds`;
        const lines = result.stderr.split("\n").filter((line) => line.trim() !== "");
        return lines.at(-1) ?? result.shortMessage;
    },
    exists,
    async reachable() {
        try {
            const signal = AbortSignal.timeout(REACH_TIMEOUT_MS);
            return (await fetch(DOWNLOAD_HOST, { method: "HEAD", signal })).ok;
        } catch {
            return false;
        }
    },
    command: (root) => PulumiCommand.get(root === undefined ? {} : { root }),
};
