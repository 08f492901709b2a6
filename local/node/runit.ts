import { createHash } from "node:crypto";
import { chmod, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { readIfPresent, writeIfChanged } from "#files.ts";
import { CGROUP } from "./cgroups.ts";
import type { Component } from "./components.ts";
import { MOUNT_NS_PATH, NETNS_PATH, paths } from "./layout.ts";
import { shellJoin, shellQuote } from "./shell.ts";

/**
 * The `run` script of a component.
 *
 * @param digest of the files it reads: when one changes, so does the script, and the component is started anew
 */
export function runScript(component: Component, digest: string): string {
    const enter =
        component.place === "node"
            ? ["nsenter", `--net=${NETNS_PATH}`, `--mount=${MOUNT_NS_PATH}`, "--"]
            : [];
    return [
        "#!/bin/sh",
        `# configuration ${digest}`,
        "exec 2>&1 </dev/null",
        ...replaceOrphan(component.name, component.argv[0]),
        `exec ${shellJoin([...enter, ...component.argv])}`,
        "",
    ].join("\n");
}

/** The `log/run` script of a component: two rotated files of 4 MB beside the current one. */
function logScript(name: string): string {
    const directory = join(paths.logs, name);
    return [
        "#!/bin/sh",
        ...replaceOrphan(`${name}.log`, "/usr/bin/svlogd"),
        `exec /usr/bin/svlogd -tt ${shellQuote(directory)}`,
        "",
    ].join("\n");
}

/** svlogd's settings in the log directory. */
const logConfig = "s4000000\nn3\n";

/**
 * Shell lines that end the previous process of a service. One whose `runsv` was killed lives on without a
 * supervisor and would keep its port or lock from its successor. The process id alone could belong to somebody
 * else by now, so cgroup and binary must match too.
 */
function replaceOrphan(name: string, binary: string): string[] {
    const file = shellQuote(join(paths.pids, name));
    return [
        `old=$(cat ${file} 2>/dev/null)`,
        `if [ -n "$old" ] && grep -q /${CGROUP}/ "/proc/$old/cgroup" 2>/dev/null &&`,
        `    [ "$(readlink "/proc/$old/exe")" = ${shellQuote(binary)} ]; then`,
        `    kill -9 "$old"`,
        `    while [ -d "/proc/$old" ] && [ -s "/proc/$old/cmdline" ]; do sleep 0.05; done`,
        "fi",
        `echo $$ >${file}`,
    ];
}

/** Services whose description differs from what runs. */
export interface ServiceChanges {
    /** Described anew: to be restarted if they run. */
    readonly changed: readonly string[];
    /** No longer wanted: to be stopped and removed. */
    readonly superfluous: readonly string[];
}

/** Writes the service directories of the components; what is already right is left alone. */
export async function writeServices(components: readonly Component[]): Promise<ServiceChanges> {
    const changed: string[] = [];
    for (const component of components) {
        const service = join(paths.services, component.name);
        await mkdir(join(paths.logs, component.name), { recursive: true, mode: 0o700 });
        await writeIfChanged(join(paths.logs, component.name, "config"), logConfig);
        // The log service first: runsvdir may see the directory as soon as it exists.
        await writeExecutable(join(service, "log", "run"), logScript(component.name));
        if (
            await writeExecutable(
                join(service, "run"),
                runScript(component, await digestOf(component)),
            )
        ) {
            changed.push(component.name);
        }
    }
    const wanted = new Set(components.map(({ name }) => name));
    const present = await readdir(paths.services);
    return { changed, superfluous: present.filter((name) => !wanted.has(name)) };
}

async function writeExecutable(path: string, text: string): Promise<boolean> {
    const written = await writeIfChanged(path, text, 0o700);
    await chmod(path, 0o700);
    return written;
}

async function digestOf(component: Component): Promise<string> {
    const hash = createHash("sha256");
    for (const file of component.reads) {
        hash.update((await readIfPresent(file)) ?? "");
    }
    return hash.digest("hex").slice(0, 16);
}

/** Removes the directory of a service that has been stopped. */
export async function removeService(name: string): Promise<void> {
    await rm(join(paths.services, name), { recursive: true, force: true });
}

/** The file a component's output goes to. */
export function logFile(component: string): string {
    return join(paths.logs, component, "current");
}

/** Names of the services that are described at present. */
export async function serviceNames(): Promise<string[]> {
    return (await readdir(paths.services).catch(() => [])).sort();
}
