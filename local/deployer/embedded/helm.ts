import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import { DeployError } from "../types.ts";
import type { ChartLocation, ReleaseSpec } from "./helm-spec.ts";

/** Runs Helm against one cluster; a seam for tests. */
export interface Helm {
    run(args: readonly string[], signal?: AbortSignal): Promise<void>;
    /** Writes a file only this user can read and returns its path. */
    file(name: string, content: string): Promise<string>;
    /** Makes a repository's or registry's credentials known to Helm and returns how to name the chart then. */
    signIn(spec: ReleaseSpec, chart: ChartLocation, signal?: AbortSignal): Promise<ChartLocation>;
    /** Removes everything that was written. */
    dispose(): Promise<void>;
}

/**
 * The Helm of the toolchain with a configuration, cache and data folder of its own, so that neither the user's
 * settings nor their `HELM_*` variables change what is deployed.
 *
 * @param binary gives the path of helm; asked once, when first needed.
 */
export function isolatedHelm(binary: () => Promise<string>, kubeconfig: string): Helm {
    let home: Promise<string> | undefined;
    let path: Promise<string> | undefined;
    let files = 0;
    const directory = (): Promise<string> => (home ??= makeHome());

    const write = async (name: string, content: string): Promise<string> => {
        const file = join(await directory(), name);
        await writeFile(file, content, { mode: 0o600 });
        return file;
    };

    const run = async (args: readonly string[], signal?: AbortSignal): Promise<void> => {
        const root = await directory();
        const result = await execa(await (path ??= binary()), args, {
            env: helmEnvironment(process.env, root, kubeconfig),
            extendEnv: false,
            reject: false,
            stdin: "ignore",
            // Helm marks what it was doing as failed when interrupted, instead of leaving it pending.
            killSignal: "SIGINT",
            forceKillAfterDelay: 20_000,
            ...(signal ? { cancelSignal: signal } : {}),
        });
        signal?.throwIfAborted();
        if (result.failed)
            throw new DeployError(helmMessage(result.stderr, result.shortMessage ?? "it failed"));
    };

    return {
        run,
        file: (name, content) => write(`${(files += 1)}-${name}`, content),
        async signIn(spec, chart, signal) {
            const { username, password } = spec.repositoryOpts;
            if (username === undefined || password === undefined || chart.isLocal) return chart;
            if (chart.reference.startsWith("oci://")) {
                const host = new URL(chart.reference.replace(/^oci:/, "https:")).host;
                const auth = Buffer.from(`${username}:${password}`).toString("base64");
                await mkdir(join(await directory(), "config", "registry"), { recursive: true });
                await write(
                    "config/registry/config.json",
                    JSON.stringify({ auths: { [host]: { auth } } }),
                );
                return chart;
            }
            if (chart.repository === undefined) return chart;
            const name = createHash("sha256").update(chart.repository).digest("hex").slice(0, 12);
            const entry = { name, url: chart.repository, username, password };
            await mkdir(join(await directory(), "config"), { recursive: true });
            await write(
                "config/repositories.yaml",
                JSON.stringify({ apiVersion: "", repositories: [entry] }),
            );
            await run(["repo", "update", name], signal);
            return { reference: `${name}/${chart.reference}`, isLocal: false };
        },
        async dispose() {
            if (home !== undefined) await rm(await home, { recursive: true, force: true });
        },
    };
}

const HOME_PREFIX = "a4co-mesh-helm-";

/** A folder of this process. Those of processes that were killed are removed: they may hold values of charts. */
async function makeHome(): Promise<string> {
    for (const name of await readdir(tmpdir())) {
        const owner = new RegExp(`^${HOME_PREFIX}(\\d+)-`).exec(name)?.[1];
        if (owner === undefined || isAlive(Number(owner))) continue;
        await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
    }
    return mkdtemp(join(tmpdir(), `${HOME_PREFIX}${process.pid}-`));
}

function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return error instanceof Error && "code" in error && error.code === "EPERM";
    }
}

/** The environment Helm runs in: the user's without `HELM_*`, and Helm's folders below `root`. */
export function helmEnvironment(
    environment: Readonly<Record<string, string | undefined>>,
    root: string,
    kubeconfig: string,
): Record<string, string> {
    const kept: Record<string, string> = {};
    for (const [key, value] of Object.entries(environment)) {
        if (value !== undefined && !key.startsWith("HELM_")) kept[key] = value;
    }
    return {
        ...kept,
        HELM_CONFIG_HOME: join(root, "config"),
        HELM_CACHE_HOME: join(root, "cache"),
        HELM_DATA_HOME: join(root, "data"),
        KUBECONFIG: kubeconfig,
    };
}

/** Helm's own last words without its prefixes. */
export function helmMessage(stderr: string, fallback: string): string {
    const lines = stderr.split("\n").filter((line) => line.trim() !== "");
    const start = lines.findIndex((line) => line.startsWith("Error:"));
    const message = lines
        .slice(start === -1 ? -3 : start)
        .join(" ")
        .replace(/^Error: /, "")
        .replace(/^(UPGRADE FAILED|INSTALLATION FAILED): /, "");
    return `helm: ${message === "" ? fallback : message}`;
}
