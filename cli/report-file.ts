import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { EnvironmentError } from "#errors.ts";

/**
 * Opens the file of a report before anything is started, so that no run is lost for it. What was in it is gone: an old
 * result must not pass for this run's.
 *
 * @param option the option that names the file, for example `--junit`
 * @throws EnvironmentError where it cannot be written
 */
export async function openReport(option: string, file: string): Promise<FileHandle> {
    try {
        return await open(file, "w");
    } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new EnvironmentError(`${option}: ${file} cannot be written: ${reason}`);
    }
}
