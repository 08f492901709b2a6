import { createRequire } from "node:module";

import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";

/** Provider plugins the program needs; each SDK names the version it was made for. */
const SDKS = ["@pulumi/kubernetes", "@pulumi/random"] as const;
/** A plugin is an archive of about 50 MB. */
const DOWNLOAD_TIMEOUT_MS = 180_000;

/**
 * Has the CLI get its provider plugins, which it otherwise does in the middle of a deployment. A plugin that is there
 * costs nothing.
 *
 * @returns why a plugin cannot be had, or undefined when all are there.
 */
export async function missingPlugin(
    command: Pick<PulumiCommand, "command">,
    signal?: AbortSignal,
): Promise<string | undefined> {
    const require = createRequire(import.meta.url);
    for (const sdk of SDKS) {
        const { version } = require(`${sdk}/package.json`) as { version: string };
        const name = sdk.replace("@pulumi/", "");
        const args = ["plugin", "install", "resource", name, `v${version}`];
        const result = await execa(command.command, args, {
            reject: false,
            stdin: "ignore",
            timeout: DOWNLOAD_TIMEOUT_MS,
            env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
            ...(signal ? { cancelSignal: signal } : {}),
        });
        signal?.throwIfAborted();
        if (result.failed) {
            const lines = result.stderr.split("\n").filter((line) => line.trim() !== "");
            const last = lines.find((line) => line.startsWith("error:")) ?? lines.at(-1);
            return `provider plugin ${name} ${version} cannot be had (${last ?? result.shortMessage})`;
        }
    }
    return undefined;
}
