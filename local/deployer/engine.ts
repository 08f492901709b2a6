import { createRequire } from "node:module";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import type { Report } from "#errors.ts";
import { cacheDirectory, exists, keepNewest, once } from "../cache.ts";
import { shellJoin, shellQuote } from "../node/shell.ts";
import { builtTool, ensureTool } from "../toolchain.ts";
import { PULUMI_KUBERNETES_VERSION, PULUMI_VERSION } from "../versions.ts";
import type { PulumiCli } from "./pulumi-cli.ts";
import { isReachable, pulumiHome, pulumiOfNpm, pulumiOnPath, runPulumi } from "./pulumi-cli.ts";

/** Beside the CLI that is built here: what runs programs and policy packs, by the name under which it is started. */
const LANGUAGE_HOST = "pulumi-language-nodejs";
const KUBERNETES = "pulumi-resource-kubernetes";
const RANDOM = "pulumi-resource-random";
/** Beside `bin`: what lies there, Pulumi would take for stacks of real clusters as well. */
const OTHERS = "others";
/** Where an engine or a provider is from that the toolchain built. */
const BUILT = "built here";
/** A plugin is an archive of about 50 MB. */
const PLUGIN_TIMEOUT_MS = 180_000;

/** Pulumi's Kubernetes provider. */
export interface Provider {
    readonly version: string;
    /** Where it is from, for example `built here`. */
    readonly from: string;
    /** Folder with the plugin, where it is not Pulumi's own download. */
    readonly folder?: string;
}

/** Pulumi's engine with its provider for Kubernetes. */
export interface Engine {
    readonly cli: PulumiCli;
    readonly provider: Provider;
    /** Folders of other providers' plugins, by their name, where Pulumi's own downloads cannot be had. */
    readonly otherProviders: Readonly<Record<string, string>>;
    readonly command: PulumiCommand;
    /** Folder to put first on PATH, so that a shell uses the same one. */
    readonly bin: string;
}

/**
 * Finds Pulumi's engine: `pulumi` on PATH, one that was built or downloaded before, npm's, and where none of them can
 * be had, one that is built from source. The provider likewise.
 *
 * @throws EnvironmentError when it has to be built and cannot be.
 */
export async function findEngine(report: Report): Promise<Engine> {
    const cli = (await pulumiOnPath(report)) ?? (await cliOfOurs(report));
    const provider = await findProvider(cli, report);
    const root = await engineRoot(cli, provider);
    return {
        cli,
        provider,
        otherProviders: provider.folder === undefined ? {} : { random: join(root, OTHERS) },
        command: await PulumiCommand.get({ root, skipVersionCheck: true }),
        bin: join(root, "bin"),
    };
}

/** The engine and its provider in one line. */
export function describeEngine({ cli, provider }: Pick<Engine, "cli" | "provider">): string {
    return `Pulumi ${cli.version} (${cli.from}), Kubernetes provider ${provider.version} (${provider.from})`;
}

async function cliOfOurs(report: Report): Promise<PulumiCli> {
    const made = (path: string): PulumiCli => ({
        path,
        version: PULUMI_VERSION,
        from: BUILT,
    });
    const before = await builtTool("pulumi");
    if (before !== undefined) {
        return made(before);
    }
    return (await pulumiOfNpm(report)) ?? made(await ensureTool("pulumi", report));
}

async function findProvider(cli: PulumiCli, report: Report): Promise<Provider> {
    const { version } = createRequire(import.meta.url)("@pulumi/kubernetes/package.json") as {
        version: string;
    };
    const official: Provider = { version, from: "Pulumi's plugin" };
    if (await exists(join(pulumiHome(), "plugins", `resource-kubernetes-v${version}`))) {
        return official;
    }
    const made = (path: string): Provider => ({
        version: PULUMI_KUBERNETES_VERSION,
        from: BUILT,
        folder: dirname(path),
    });
    const before = await builtTool(KUBERNETES);
    if (before !== undefined) {
        return made(before);
    }
    if (await isReachable()) {
        const args = ["plugin", "install", "resource", "kubernetes", `v${version}`];
        const outcome = await runPulumi(cli.path, args, PLUGIN_TIMEOUT_MS);
        if ("output" in outcome) {
            return official;
        }
        report(`Pulumi's plugin kubernetes ${version} cannot be had: ${outcome.failure}`);
    }
    return made(await ensureTool(KUBERNETES, report));
}

/**
 * A folder as the Automation API wants one, with `bin/pulumi` that starts the CLI. The CLI ends in its own orderly way
 * when the process that drives it is killed: nobody would be left to answer it.
 */
async function engineRoot(cli: PulumiCli, { folder }: Provider): Promise<string> {
    const directory = cacheDirectory("engines");
    const script = (name: string): string => {
        const path = fileURLToPath(new URL(name, import.meta.url));
        const tsx = createRequire(import.meta.url).resolve("tsx");
        return `exec ${shellJoin([process.execPath, "--import", tsx, path])} "$@"`;
    };
    const files: Record<string, string[]> = {
        "bin/pulumi": [
            `command -v setpriv >/dev/null || exec ${shellQuote(cli.path)} "$@"`,
            `exec setpriv --pdeathsig INT ${shellQuote(cli.path)} "$@"`,
        ],
    };
    if (folder !== undefined) {
        files[`bin/${KUBERNETES}`] = [`exec ${shellQuote(join(folder, KUBERNETES))} "$@"`];
        files[`${OTHERS}/${RANDOM}`] = [script("random-provider.ts")];
    }
    if (cli.from === BUILT) {
        files[`bin/${LANGUAGE_HOST}`] = [script("language-host.ts")];
    }
    const key = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 16);
    const root = await once(key, directory, async (tmp) => {
        for (const [name, lines] of Object.entries(files)) {
            const path = join(tmp, name);
            await mkdir(dirname(path), { recursive: true });
            await writeFile(path, ["#!/bin/sh", ...lines, ""].join("\n"));
            await chmod(path, 0o755);
        }
    });
    await keepNewest(directory, 5);
    return root;
}
