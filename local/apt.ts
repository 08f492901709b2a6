import { readFile, rm, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { EnvironmentError } from "#errors.ts";
import { exists, keepLog, MAKING_MILLISECONDS } from "./cache.ts";

const ENVIRONMENT = { DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_SUSPEND: "1", LC_ALL: "C" };

/**
 * Runs apt-get and, where it fails, once more after `apt-get update`: a fresh machine has no package lists, and
 * old lists name files that the mirror no longer has.
 *
 * @param cwd Where `download` puts its file. Default: the current directory.
 * @throws EnvironmentError naming the kept log.
 */
async function aptGet(args: readonly string[], cwd?: string): Promise<void> {
    const first = await run(args, cwd);
    if (first === undefined) {
        return;
    }
    const update = await run(["update"], cwd);
    const second = await run(args, cwd);
    if (second === undefined) {
        return;
    }
    const log = await keepLog("apt", first, update ?? "", second);
    throw new EnvironmentError(`apt-get ${args.join(" ")} failed; what it said is in ${log}.`);
}

/** Output of a failed run; `undefined` where it succeeded. */
async function run(args: readonly string[], cwd: string | undefined): Promise<string | undefined> {
    const patient = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];
    const result = await execa("apt-get", [...patient, "-y", "-q", ...args], {
        ...(cwd === undefined ? {} : { cwd }),
        env: ENVIRONMENT,
        all: true,
        stdin: "ignore",
        reject: false,
        timeout: MAKING_MILLISECONDS,
    });
    return result.failed ? `${result.command}\n${result.all}` : undefined;
}

/** The packages of `wanted` that are not installed. */
export async function notInstalled(wanted: readonly string[]): Promise<string[]> {
    const format = "${Package} ${db:Status-Status}\n";
    // dpkg-query fails when it knows nothing about a package, and still lists the others.
    const result = await execa("dpkg-query", ["-W", "-f", format, ...wanted], { reject: false });
    const installed = new Set(
        result.stdout
            .split("\n")
            .filter((line) => line.endsWith(" installed"))
            .map((line) => line.slice(0, line.indexOf(" "))),
    );
    return wanted.filter((name) => !installed.has(name));
}

const GUARD = "/usr/sbin/policy-rc.d";
const GUARD_MARK = "# Written by a4co-mesh for the time of one installation.";

/**
 * Installs packages without starting any of their services, neither now nor at the next boot. A policy-rc.d that
 * the machine's owner placed stays in force; ours is removed again, also one that a killed run left behind.
 *
 * @throws EnvironmentError naming the kept log.
 */
export async function installQuietly(packages: readonly string[]): Promise<void> {
    const own = !(await exists(GUARD)) || (await readFile(GUARD, "utf8")).includes(GUARD_MARK);
    if (own) {
        await writeFile(GUARD, `#!/bin/sh\n${GUARD_MARK}\nexit 101\n`, { mode: 0o755 });
    }
    try {
        await aptGet(["install", "--no-install-recommends", ...packages]);
    } finally {
        if (own) {
            await rm(GUARD, { force: true });
        }
    }
    if (packages.includes("containerd")) {
        // Its package enables the service for the next boot. Without systemd there is nothing to disable.
        await execa("systemctl", ["--quiet", "disable", "containerd.service"], { reject: false });
    }
}

/**
 * The mirror that apt uses for the main component of `suite`, as apt itself reads its configuration.
 *
 * @throws EnvironmentError when apt has no such source.
 */
export async function mirrorOf(suite: string): Promise<string> {
    const format = "$(REPO_URI) $(RELEASE) $(COMPONENT)";
    const { stdout } = await execa("apt-get", [
        "indextargets",
        "--format",
        format,
        "Identifier: Packages",
    ]);
    const mirror = findMirror(stdout, suite);
    if (mirror === undefined) {
        throw new EnvironmentError(
            `The base image needs Debian's ${suite}, and no apt source offers ${suite} main over http or https.`,
        );
    }
    return mirror;
}

/** Picks the mirror from lines of `URI release component`. */
export function findMirror(targets: string, suite: string): string | undefined {
    const ends = ` ${suite} main`;
    return targets
        .split("\n")
        .find((line) => /^https?:/.test(line) && line.endsWith(ends))
        ?.slice(0, -ends.length);
}
