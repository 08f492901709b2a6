import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

import { parse, stringify } from "yaml";
import { z } from "zod";

import { readIfThere } from "../cache.ts";
import { EnvironmentError } from "../errors.ts";
import type { Project } from "./project.ts";
import { stackFilePath } from "./project.ts";

/** Folders and environment of the CLI for one cluster; all of it outside the checkout. */
export interface PulumiState {
    /** Holds `Pulumi.yaml` and the stack's file for the CLI, which writes to them. */
    readonly workDirectory: string;
    /** What the CLI needs beside the user's environment. Holds a secret: for a process's environment alone. */
    readonly environment: Readonly<Record<string, string>>;
}

const salt = z.looseObject({
    encryptionsalt: z.string().optional(),
    secretsprovider: z.string().optional(),
    encryptedkey: z.string().optional(),
});

/** Root of everything the CLI keeps: `$XDG_STATE_HOME/a4co-mesh/pulumi` or `~/.local/state/a4co-mesh/pulumi`. */
export function pulumiStateRoot(): string {
    const configured = process.env["XDG_STATE_HOME"];
    const root =
        configured !== undefined && isAbsolute(configured)
            ? configured
            : join(homedir(), ".local", "state");
    return join(root, "a4co-mesh", "pulumi");
}

/**
 * Prepares the CLI's folders: a file backend of its own for each cluster, so that a new cluster never meets the state
 * of one that is gone, a passphrase made once, and copies of the project's files. The CLI writes its salt into the
 * stack's file; a copy keeps the checkout as it is.
 *
 * @param cluster identity of the cluster, for example the uid of its `kube-system` namespace.
 * @param program the program's file; default: what `main` of `Pulumi.yaml` names.
 */
export async function preparePulumiState(
    project: Project,
    stack: string,
    cluster: string,
    program: string | undefined,
): Promise<PulumiState> {
    const directory = join(pulumiStateRoot(), cluster);
    const backend = join(directory, "backend");
    const workDirectory = join(directory, "work", project.name);
    for (const path of [pulumiStateRoot(), directory, backend, workDirectory]) {
        await mkdir(path, { recursive: true, mode: 0o700 });
        await chmod(path, 0o700);
    }
    const { main } = project.raw;
    const configured = resolve(project.directory, typeof main === "string" ? main : ".");
    await writeFile(
        join(workDirectory, "Pulumi.yaml"),
        stringify({ ...project.raw, main: program === undefined ? configured : resolve(program) }),
    );
    const encrypted = await copyStackFile(project, stack, workDirectory);
    return {
        workDirectory,
        environment: {
            PULUMI_BACKEND_URL: `file://${backend}`,
            PULUMI_SKIP_UPDATE_CHECK: "true",
            ...(encrypted ? {} : await passphrase()),
        },
    };
}

/** Whether the CLI deployed the stack to the cluster, going by the file backend's own layout. */
export async function hasPulumiState(
    project: Pick<Project, "name">,
    stack: string,
    cluster: string,
): Promise<boolean> {
    const stacks = join(pulumiStateRoot(), cluster, "backend", ".pulumi", "stacks", project.name);
    const files = await readdir(stacks).catch(() => []);
    return files.some((file) => new RegExp(`^${escape(stack)}\\.json(\\.gz)?$`).test(file));
}

/** Copies the stack's file and keeps the salt of earlier runs. Tells whether the user encrypted it themselves. */
async function copyStackFile(
    project: Project,
    stack: string,
    workDirectory: string,
): Promise<boolean> {
    const source = stackFilePath(project, stack);
    const original = await readIfThere(source);
    if (original === undefined) {
        throw new EnvironmentError(`There is no ${source}. Stack ${stack} needs it.`);
    }
    const target = join(workDirectory, `Pulumi.${stack}.yaml`);
    const settings = salt.parse(parse(original) ?? {});
    const encrypted =
        settings.encryptionsalt !== undefined || settings.secretsprovider !== undefined;
    if (encrypted) {
        requirePassphrase(source, settings.secretsprovider);
        await writeFile(target, original, { mode: 0o600 });
        return true;
    }
    const earlier = salt.parse(parse((await readIfThere(target)) ?? "") ?? {});
    const kept =
        earlier.encryptionsalt === undefined ? {} : { encryptionsalt: earlier.encryptionsalt };
    await writeFile(target, stringify({ ...settings, ...kept }), { mode: 0o600 });
    return false;
}

function requirePassphrase(source: string, provider: string | undefined): void {
    const own = provider !== undefined && provider !== "passphrase";
    const given = ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"].some(
        (name) => process.env[name] !== undefined,
    );
    if (!own && !given) {
        throw new EnvironmentError(
            `${source} is encrypted with a passphrase: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE.`,
        );
    }
}

/** The generated passphrase for the CLI's environment, by file unless the user's own variable would win over it. */
async function passphrase(): Promise<Record<string, string>> {
    const path = join(pulumiStateRoot(), "passphrase");
    try {
        await writeFile(path, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
    } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    if (process.env["PULUMI_CONFIG_PASSPHRASE"] !== undefined) {
        return { PULUMI_CONFIG_PASSPHRASE: await readFile(path, "utf8") };
    }
    return { PULUMI_CONFIG_PASSPHRASE_FILE: path };
}

function escape(text: string): string {
    return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
