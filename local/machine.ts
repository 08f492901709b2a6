import { access, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { EnvironmentError } from "#errors.ts";

const INSTEAD =
    "To use the mesh here, point KUBECONFIG at any cluster and use `pulumi up` instead.";

/** What the local cluster asks of a machine, gathered apart from judging it. */
export interface Machine {
    readonly platform: string;
    readonly architecture: string;
    /** Effective user id; 0 is root. */
    readonly user: number | undefined;
    /** Needed commands that are not on PATH. */
    readonly missing: readonly string[];
}

/** The sentence that says why the local cluster cannot run on `machine`, or `undefined` when it can. */
export function whyNotHere(machine: Machine): string | undefined {
    const { platform, architecture, user, missing } = machine;
    if (platform !== "linux" || architecture !== "x64") {
        return `The local cluster runs on Linux on x86_64 only, and this is ${platform} on ${architecture}. ${INSTEAD}`;
    }
    if (missing.length > 0) {
        return `The local cluster needs Debian's ${missing.join(" and ")}, which this system does not have. ${INSTEAD}`;
    }
    if (user !== 0) {
        return `The local cluster needs root (it makes network namespaces and containers), and this is user ${user ?? "unknown"}. ${INSTEAD}`;
    }
    return undefined;
}

/**
 * Returns when this machine can run the local cluster.
 *
 * @throws EnvironmentError with what is wrong and what to do instead.
 */
export async function assertMachine(): Promise<void> {
    const reason = whyNotHere({
        platform: process.platform,
        architecture: process.arch,
        user: process.geteuid?.(),
        missing: await missingCommands(["apt-get", "dpkg"]),
    });
    if (reason !== undefined) {
        throw new EnvironmentError(reason);
    }
}

async function missingCommands(commands: readonly string[]): Promise<string[]> {
    const directories = (process.env["PATH"] ?? "").split(delimiter);
    const missing: string[] = [];
    for (const command of commands) {
        const places = directories.map(async (directory) => access(join(directory, command)));
        const found = await Promise.allSettled(places);
        if (found.every(({ status }) => status === "rejected")) {
            missing.push(command);
        }
    }
    return missing;
}

/**
 * Code name of the installed release, for example `bookworm`.
 *
 * @throws EnvironmentError when /etc/os-release names none.
 */
export async function suite(): Promise<string> {
    const release = await readFile("/etc/os-release", "utf8");
    const name = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(release)?.[1];
    if (name === undefined) {
        throw new EnvironmentError(
            `The local cluster needs a stable Debian release, and /etc/os-release names none (VERSION_CODENAME). ${INSTEAD}`,
        );
    }
    return name;
}
