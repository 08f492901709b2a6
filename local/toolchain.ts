import { createHash } from "node:crypto";
import { cp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silent } from "#errors.ts";
import type { Report } from "#errors.ts";
import { cacheDirectory, exists, once } from "./cache.ts";
import { findGo, GO_ENVIRONMENT, moduleFolder, MODULES, runGo } from "./go.ts";
import type { Go } from "./go.ts";
import { commandName, groupOf } from "./tools.ts";
import type { ToolGroup, ToolName } from "./tools.ts";

/**
 * Path of a command's binary, built from its pinned module the first time. The tools of one group are built
 * together. `report` gets a line when a build begins and ends.
 *
 * @throws EnvironmentError when Go is missing or too old, or the build fails; the message names the kept log.
 */
export async function ensureTool(tool: ToolName, report: Report = silent): Promise<string> {
    const group = groupOf(tool);
    const go = await findGo();
    const flags = flagsOf(group);
    const directory = await once(
        await keyOf(group, flags, go),
        toolsOf(group),
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

/** Path of a command's binary where it was built before; undefined elsewhere. */
export async function builtTool(tool: ToolName): Promise<string | undefined> {
    const group = groupOf(tool);
    const go = await findGo();
    const path = join(toolsOf(group), await keyOf(group, flagsOf(group), go), tool);
    return (await exists(path)) ? path : undefined;
}

function toolsOf({ title }: ToolGroup): string {
    return cacheDirectory("tools", title);
}

function flagsOf({ ldflags }: ToolGroup): string {
    return ["-s", "-w", ...ldflags].join(" ");
}

async function keyOf(group: ToolGroup, flags: string, go: Go): Promise<string> {
    const hash = createHash("sha256");
    for (const name of (await readdir(join(MODULES, group.module))).sort()) {
        hash.update(`${name}\0`).update(await readFile(join(MODULES, group.module, name)));
    }
    const { packages, tags, embeds, unoptimised } = group;
    hash.update(
        JSON.stringify([packages, flags, tags, embeds, unoptimised, go.version, GO_ENVIRONMENT]),
    );
    return hash.digest("hex").slice(0, 16);
}

async function build(group: ToolGroup, flags: string, go: Go, tmp: string): Promise<void> {
    const packages = Object.values(group.packages);
    const tags = group.tags === undefined ? [] : ["-tags", group.tags.join(",")];
    const plain = (group.unoptimised ?? []).map((pattern) => `-gcflags=${pattern}=-N -l`);
    const args = ["build", "-trimpath", "-buildvcs=false", "-ldflags", flags, ...tags, ...plain];
    const source = join(tmp, "source");
    await cp(join(MODULES, group.module), source, { recursive: true });
    for (const [name, { module, path }] of Object.entries(group.embeds ?? {})) {
        const what = `${group.title}-source`;
        const folder = await moduleFolder(go, group.module, what, module, source);
        await writeFile(join(source, name), await readFile(join(folder, path)));
    }
    await runGo(go, group.module, group.title, [...args, "-o", `${tmp}/`, ...packages], source);
    await rm(source, { recursive: true });
    for (const [tool, packagePath] of Object.entries(group.packages)) {
        const produced = commandName(packagePath, group.module);
        if (produced !== tool) {
            await rename(join(tmp, produced), join(tmp, tool));
        }
    }
}
