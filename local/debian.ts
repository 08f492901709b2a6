import { rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { EnvironmentError, silent } from "#errors.ts";
import type { Report } from "#errors.ts";
import { installQuietly, mirrorOf, notInstalled } from "./apt.ts";
import { cacheDirectory, keepLog, MAKING_MILLISECONDS, once } from "./cache.ts";
import { assertMachine, suite } from "./machine.ts";

/** Debian packages whose commands the node runs; util-linux has nsenter and unshare. */
const DEBIAN_PACKAGES = [
    "busybox-static",
    "conntrack",
    "containerd",
    "containernetworking-plugins",
    "debootstrap",
    "iproute2",
    "iptables",
    "openssl",
    "runc",
    "runit",
    "socat",
    "util-linux",
] as const;

/**
 * Installs what is missing of `DEBIAN_PACKAGES`; nothing is started on the machine. `report` gets one line when
 * something is installed and none otherwise.
 *
 * @throws EnvironmentError when this machine cannot run the local cluster, or apt-get fails.
 */
export async function ensureDebianPackages(report: Report = silent): Promise<void> {
    await assertMachine();
    const missing = await notInstalled(DEBIAN_PACKAGES);
    if (missing.length === 0) {
        return;
    }
    report(`installing Debian packages: ${missing.join(", ")}`);
    await installQuietly(missing);
}

const BASE_PACKAGES = ["bash", "ca-certificates", "iptables"];

/**
 * What a container never reads, what belongs to this machine, and what differs from one debootstrap to the next:
 * equal packages shall give an equal layer.
 */
const LEFT_OUT = [
    "./dev/*",
    "./proc/*",
    "./run/*",
    "./sys/*",
    "./tmp/*",
    "./etc/hostname",
    "./etc/machine-id",
    "./etc/resolv.conf",
    "./etc/*-",
    "./usr/share/doc/*",
    "./usr/share/info/*",
    "./usr/share/locale/*",
    "./usr/share/man/*",
    "./var/cache/*",
    "./var/lib/apt/lists/*",
    "./var/lib/dpkg/*-old",
    "./var/log/*",
];

const LAYER = "layer.tar";

/** Raised when the recipe changes. */
const BASE_RECIPE = 1;

/**
 * Path of an uncompressed layer with a minimal root of the machine's own Debian suite, with bash, CA certificates and
 * iptables. debootstrap makes it, and apt's keyring vouches for every package.
 *
 * @throws EnvironmentError when no apt source offers the suite or debootstrap fails; the message names the log.
 */
export async function ensureBaseRoot(report: Report = silent): Promise<string> {
    const name = await suite();
    const directory = await once(
        `${name}-${BASE_RECIPE}`,
        cacheDirectory("debian", "base"),
        async (tmp) => {
            const begun = Date.now();
            report(`making the base image of Debian ${name}`);
            await bootstrap(name, join(tmp, "root"));
            await pack(join(tmp, "root"), join(tmp, LAYER));
            await rm(join(tmp, "root"), { recursive: true });
            report(`made the base image in ${Math.round((Date.now() - begun) / 1000)} s`);
        },
    );
    return join(directory, LAYER);
}

async function bootstrap(name: string, root: string): Promise<void> {
    // In a mount namespace of its own, so that /proc of an interrupted debootstrap is not left mounted.
    const result = await execa(
        "unshare",
        [
            "--mount",
            "debootstrap",
            "--variant=minbase",
            `--include=${BASE_PACKAGES.join(",")}`,
            name,
            root,
            await mirrorOf(name),
        ],
        { all: true, reject: false, stdin: "ignore", timeout: MAKING_MILLISECONDS },
    );
    if (!result.failed) {
        return;
    }
    const log = await keepLog("debootstrap", result.command, result.all);
    throw new EnvironmentError(`debootstrap of Debian ${name} failed; what it said is in ${log}.`);
}

async function pack(root: string, layer: string): Promise<void> {
    const reproducible = ["--sort=name", "--mtime=@0", "--numeric-owner", "--format=gnu"];
    const excluded = LEFT_OUT.map((pattern) => `--exclude=${pattern}`);
    await execa("tar", ["-C", root, ...reproducible, ...excluded, "-cf", layer, "."]);
}
