import { randomUUID } from "node:crypto";
import { constants, rmSync } from "node:fs";
import { access, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** The text of a file, or undefined when there is none. */
export async function readIfPresent(path: string): Promise<string | undefined> {
    try {
        return await readFile(path, "utf8");
    } catch (error) {
        if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) {
            return undefined;
        }
        throw error;
    }
}

/**
 * Writes a file as a whole or not at all, and only when its text differs: an interrupted run leaves no half file,
 * and a second run changes nothing.
 *
 * @param mode permission bits, default 0600
 * @returns whether the file was written
 */
export async function writeIfChanged(path: string, text: string, mode = 0o600): Promise<boolean> {
    if ((await readIfPresent(path)) === text) {
        return false;
    }
    await mkdir(dirname(path), { recursive: true });
    const temporary = `${path}.${randomUUID()}`;
    try {
        await writeFile(temporary, text, { mode });
        await rename(temporary, path);
    } catch (error) {
        await rm(temporary, { force: true });
        throw error;
    }
    return true;
}

/** Whether there is a file that this user may run. */
export async function isExecutable(path: string): Promise<boolean> {
    try {
        await access(path, constants.X_OK);
        return (await stat(path)).isFile();
    } catch {
        return false;
    }
}

/** Folders of work that has not ended. */
const privateFolders = new Set<string>();

function removePrivateFolders(): void {
    for (const folder of privateFolders) {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** Work in a folder that only this user can read, and that is gone afterwards, also where the process ends before it. */
export async function inPrivateFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), "a4co-mesh-"));
    if (privateFolders.size === 0) {
        process.once("exit", removePrivateFolders);
    }
    privateFolders.add(folder);
    try {
        return await work(folder);
    } finally {
        await rm(folder, { recursive: true, force: true });
        privateFolders.delete(folder);
        if (privateFolders.size === 0) {
            process.off("exit", removePrivateFolders);
        }
    }
}

/** Whether an error of the system carries this code, for example `ENOENT`. */
export function isErrno(error: unknown, code: string): boolean {
    return error instanceof Error && "code" in error && error.code === code;
}
