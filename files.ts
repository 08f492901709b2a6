import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

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

/** Whether an error of the system carries this code, for example `ENOENT`. */
export function isErrno(error: unknown, code: string): boolean {
    return error instanceof Error && "code" in error && error.code === code;
}
