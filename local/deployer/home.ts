import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { EnvironmentError } from "#errors.ts";
import { readIfPresent, writeIfChanged } from "#files.ts";
import type { Project } from "#stack/project.ts";
import { stackFilePath } from "#stack/project.ts";
import { exists } from "../cache.ts";
import { STATE_DIR } from "../node/layout.ts";
import type { Provider } from "./engine.ts";
import { pulumiHome } from "./pulumi-cli.ts";

/** Where a local cluster's stacks are kept; `mesh down` removes it with the cluster. */
export const PULUMI_DIR = join(STATE_DIR, "pulumi");

/** Folders and environment of the engine for the stacks of one cluster; all of it outside the checkout. */
export interface StackHome {
    /** Holds `Pulumi.yaml` and the stack's file for the engine, which writes to them. */
    readonly workDirectory: string;
    /** Pulumi's file backend. */
    readonly backend: string;
    /** What the engine needs beside the machine's environment. Holds at most a path of a secret. */
    readonly environment: Readonly<Record<string, string>>;
}

const salt = z.looseObject({
    encryptionsalt: z.string().optional(),
    secretsprovider: z.string().optional(),
});

/** The stack, the cluster and the provider that the engine's folders are prepared for. */
export interface HomeOptions {
    readonly project: Project;
    readonly stack: string;
    /** Identity of the cluster: the uid of its `kube-system` namespace. */
    readonly cluster: string;
    readonly kubeconfig: string;
    /** Settings in place of the stack file's, by their full key. */
    readonly config?: Readonly<Record<string, string>>;
    readonly provider: Provider;
    /** Folders of other providers' plugins, by the name of the provider. */
    readonly otherProviders: Readonly<Record<string, string>>;
}

/**
 * Prepares the engine's folders: a file backend of its own for each cluster, so that a new cluster never meets the state
 * of one that is gone, a passphrase made once, and copies of the project's files. The engine writes its salt into the
 * stack's file; a copy keeps the checkout as it is.
 *
 * @throws EnvironmentError when there is a state but no passphrase for it, or the stack's file is not there
 */
export async function prepareHome(options: HomeOptions): Promise<StackHome> {
    const { project, cluster } = options;
    const directory = join(PULUMI_DIR, cluster);
    const backend = join(directory, "backend");
    const workDirectory = join(directory, "work", project.name);
    for (const path of [PULUMI_DIR, directory, backend, workDirectory]) {
        await mkdir(path, { recursive: true, mode: 0o700 });
        await chmod(path, 0o700);
    }
    await forgetOtherClusters(cluster);
    await writeIfChanged(join(workDirectory, "Pulumi.yaml"), projectFile(options));
    const encrypted = await copyStackFile(options, workDirectory);
    return {
        workDirectory,
        backend,
        environment: {
            PULUMI_HOME: pulumiHome(),
            PULUMI_BACKEND_URL: `file://${backend}`,
            PULUMI_SKIP_UPDATE_CHECK: "true",
            // The last states are kept beside the backend, a few of them; these would be without end.
            PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
            [OVERWRITE]: "true",
            ...(encrypted ? {} : { PULUMI_CONFIG_PASSPHRASE_FILE: await passphrase(directory) }),
        },
    };
}

/**
 * Variable that has the provider write over what was changed behind Pulumi's back: it belongs to whoever did it, and would
 * be a conflict.
 */
export const OVERWRITE = "PULUMI_K8S_ENABLE_PATCH_FORCE";

/** The state of a cluster that is gone can never be used again. */
async function forgetOtherClusters(cluster: string): Promise<void> {
    for (const name of await readdir(PULUMI_DIR)) {
        const path = join(PULUMI_DIR, name);
        if (name !== cluster && (await stat(path)).isDirectory()) {
            await rm(path, { recursive: true, force: true });
        }
    }
}

/** `Pulumi.yaml` of the checkout, for a folder elsewhere and with the plugins that were found. */
function projectFile({ project, provider, otherProviders }: HomeOptions): string {
    const { main, ...rest } = project.raw;
    const folders = {
        ...(provider.folder !== undefined && { kubernetes: provider.folder }),
        ...otherProviders,
    };
    const providers = Object.entries(folders).map(([name, path]) => ({ name, path }));
    return stringify({
        ...rest,
        main: resolve(project.directory, typeof main === "string" ? main : "."),
        ...(providers.length > 0 && { plugins: { providers } }),
    });
}

/** Copies the stack's file and keeps the salt of earlier runs. Tells whether the user encrypted it themselves. */
async function copyStackFile(options: HomeOptions, workDirectory: string): Promise<boolean> {
    const { project, stack, config = {}, kubeconfig } = options;
    const source = stackFilePath(project, stack);
    const original = await readIfPresent(source);
    if (original === undefined) {
        throw new EnvironmentError(`There is no ${source}. Stack ${stack} needs it.`);
    }
    const target = join(workDirectory, `Pulumi.${stack}.yaml`);
    const written = z
        .looseObject({ config: z.record(z.string(), z.unknown()).nullish() })
        .parse(parse(original) ?? {});
    const settings = salt.parse(written);
    const encrypted =
        settings.encryptionsalt !== undefined || settings.secretsprovider !== undefined;
    if (encrypted) {
        requirePassphrase(source, settings.secretsprovider);
    }
    const earlier = salt.parse(parse((await readIfPresent(target)) ?? "") ?? {});
    await writeIfChanged(
        target,
        stringify({
            ...(!encrypted && earlier),
            ...written,
            // A path, not a content: the file holds the cluster's key, and the state would keep it.
            config: {
                ...written.config,
                "kubernetes:kubeconfig": resolve(kubeconfig),
                ...config,
            },
        }),
    );
    return encrypted;
}

function requirePassphrase(source: string, provider: string | undefined): void {
    const own = provider !== undefined && provider !== "passphrase";
    const given = PASSPHRASE_VARIABLES.some((name) => process.env[name] !== undefined);
    if (!own && !given) {
        throw new EnvironmentError(
            `${source} is encrypted with a passphrase: set ${PASSPHRASE_VARIABLES.join(" or ")}.`,
        );
    }
}

const PASSPHRASE_VARIABLES = ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"];

/**
 * Takes the user's own settings of Pulumi, a login or a backend, out of this process's environment, which the engine
 * inherits; a passphrase only where the stack's file is not encrypted with it.
 */
export function forgetOwnSettings({ environment }: Pick<StackHome, "environment">): void {
    const encrypted = environment["PULUMI_CONFIG_PASSPHRASE_FILE"] === undefined;
    for (const name of Object.keys(process.env)) {
        const kept = encrypted && PASSPHRASE_VARIABLES.includes(name);
        if (name.startsWith("PULUMI_") && !kept) {
            Reflect.deleteProperty(process.env, name);
        }
    }
}

/** File with the passphrase of a cluster's stacks, made once. */
async function passphrase(directory: string): Promise<string> {
    const path = join(directory, "passphrase");
    if (!(await exists(path))) {
        if (await exists(join(directory, "backend", ".pulumi", "stacks"))) {
            throw new EnvironmentError(
                `${path} is gone, and without it nobody can read the state of the local cluster's stack; put it back, or run "mesh down" and "mesh up".`,
            );
        }
        await writeIfChanged(path, randomBytes(32).toString("base64url"));
    }
    if ((await readFile(path, "utf8")).trim() === "") {
        throw new EnvironmentError(
            `${path} is empty; put the passphrase back, or run "mesh down" and "mesh up".`,
        );
    }
    return path;
}
