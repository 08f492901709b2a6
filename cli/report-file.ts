import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { EnvironmentError } from "#errors.ts";
import { isErrno, shownName } from "#files.ts";

/** Truncated, and never waiting for somebody to read from a pipe. */
const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NONBLOCK;
/** How long a pipe may stay full. */
const FULL_SECONDS = 10;
const POLL_MILLISECONDS = 20;

/** The file of a report, open for writing. */
export class ReportFile {
    readonly #option: string;
    readonly #file: string;
    readonly #handle: FileHandle;

    constructor(option: string, file: string, handle: FileHandle) {
        this.#option = option;
        this.#file = file;
        this.#handle = handle;
    }

    /** What two names of one file have in common; `undefined` for a device, which takes any number of reports. */
    async identity(): Promise<string | undefined> {
        const found = await this.#handle.stat();
        return found.isFile() ? `${found.dev} ${found.ino}` : undefined;
    }

    /** @throws EnvironmentError where a disk is full, or nobody reads from a pipe */
    async write(text: string): Promise<void> {
        let left = Buffer.from(text);
        let deadline = Date.now() + FULL_SECONDS * 1000;
        while (left.length > 0) {
            try {
                const { bytesWritten } = await this.#handle.write(left);
                left = left.subarray(bytesWritten);
                deadline = Date.now() + FULL_SECONDS * 1000;
            } catch (error) {
                if (!isErrno(error, "EAGAIN") || Date.now() > deadline) {
                    throw unwritable(this.#option, this.#file, error);
                }
                await sleep(POLL_MILLISECONDS);
            }
        }
    }

    close(): Promise<void> {
        return this.#handle.close();
    }
}

/**
 * Opens the file of a report before anything is started, so that no run is lost for it. What was in it is gone: an old
 * result must not pass for this run's.
 *
 * @param option the option that names the file, for example `--junit`
 * @throws EnvironmentError where it cannot be written
 */
export async function openReport(option: string, file: string): Promise<ReportFile> {
    try {
        return new ReportFile(option, file, await open(file, FLAGS, 0o666));
    } catch (error) {
        throw isErrno(error, "ENXIO")
            ? new EnvironmentError(
                  `${option}: ${shownName(file)} cannot be written: nobody reads from this pipe.`,
              )
            : unwritable(option, file, error);
    }
}

/** The system's message names the file as well, and not always in a line. */
function unwritable(option: string, file: string, error: unknown): EnvironmentError {
    const [reason = ""] = (error instanceof Error ? error.message : String(error)).split(/,|\n/);
    return new EnvironmentError(`${option}: ${shownName(file)} cannot be written: ${reason}.`);
}
