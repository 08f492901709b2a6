import { createHash } from "node:crypto";
import { readFile, rename } from "node:fs/promises";
import { join } from "node:path";

import { cacheDirectory, once } from "./cache.ts";
import { silent } from "./errors.ts";
import type { Report } from "./errors.ts";
import { findGo, GO_ENVIRONMENT, MODULES, runGo } from "./go.ts";
import type { Go } from "./go.ts";
import { commandName, groupOf } from "./tools.ts";
import type { ToolGroup, ToolName } from "./tools.ts";

export { istioCharts } from "./charts.ts";
export type { ToolName } from "./tools.ts";

/**
 * Path of a command's binary, built from its pinned module the first time. The tools of one group are built
 * together. `report` gets a line when a build begins and ends.
 *
 * @throws EnvironmentError when Go is missing or too old, or the build fails; the message names the kept log.
 */
export async function ensureTool(tool: ToolName, report: Report = silent): Promise<string> {
    const group = groupOf(tool);
    const go = await findGo();
    const flags = ["-s", "-w", ...group.ldflags].join(" ");
    const directory = await once(
        await keyOf(group, flags, go),
        cacheDirectory("tools", group.title),
        async (tmp) => {
            const begun = Date.now();
            report(`building ${group.title} from source`);
            await build(group, flags, go, tmp);
            report(`built ${group.title} in ${Math.round((Date.now() - begun) / 1000)} s`);
        },
        (holder) => {
            report(`waiting for process ${holder}, which builds ${group.title}`);
        },
    );
    return join(directory, tool);
}

async function keyOf(group: ToolGroup, flags: string, go: Go): Promise<string> {
    const hash = createHash("sha256");
    hash.update(await readFile(join(MODULES, group.module, "go.mod")));
    hash.update(await readFile(join(MODULES, group.module, "go.sum")));
    hash.update(JSON.stringify([group.packages, flags, group.tags, go.version, GO_ENVIRONMENT]));
    return hash.digest("hex").slice(0, 16);
}

async function build(group: ToolGroup, flags: string, go: Go, tmp: string): Promise<void> {
    const packages = Object.values(group.packages);
    const tags = group.tags === undefined ? [] : ["-tags", group.tags.join(",")];
    const args = ["build", "-trimpath", "-buildvcs=false", "-ldflags", flags, ...tags];
    await runGo(go, group.module, group.title, [...args, "-o", `${tmp}/`, ...packages]);
    for (const [tool, packagePath] of Object.entries(group.packages)) {
        const produced = commandName(packagePath);
        if (produced !== tool) await rename(join(tmp, produced), join(tmp, tool));
    }
}
