import { access } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { chromium } from "playwright-core";
import { installQuietly, notInstalled } from "#local/apt.ts";

/** Debian's browser. */
const PACKAGES = ["chromium"];
const COMMAND = "/usr/bin/chromium";

/** Asks nobody on a network for anything by itself. */
const ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/**
 * Debian's browser without a window. It is installed where it is missing and this user may.
 *
 * @returns undefined where it is missing and cannot be installed
 * @throws EnvironmentError when apt-get fails; the message names the log
 */
export async function startChromium(): Promise<Browser | undefined> {
    if (!(await isThere(COMMAND))) {
        if (process.geteuid?.() !== 0 || !(await isThere("/usr/bin/apt-get"))) {
            return undefined;
        }
        await installQuietly(await notInstalled(PACKAGES));
    }
    return chromium.launch({ executablePath: COMMAND, args: ARGUMENTS });
}

function isThere(path: string): Promise<boolean> {
    return access(path).then(
        () => true,
        () => false,
    );
}
