import { randomUUID } from "node:crypto";
import { constants, rmSync } from "node:fs";
import {
    access,
    mkdir,
    mkdtemp,
    open,
    readFile,
    rename,
    rm,
    stat,
    writeFile,
} from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { EnvironmentError } from "./errors.ts";

const MEGABYTE = 1 << 20;

/** How many bytes are read of what somebody names: more is no such thing, or would fill the memory. */
export const MOST_BYTES = {
    /** A stack's file, a kubeconfig, a chart's description: what people write. */
    configuration: 4 * MEGABYTE,
    /** Manifests of a whole cluster. */
    manifests: 64 * MEGABYTE,
    /** A stack's exported state. */
    state: 256 * MEGABYTE,
} as const;

/** How long a pipe is waited for to which nobody writes, and whose writer is silent, as a slow command is. */
const PIPE_SECONDS = { nobody: 5, silent: 60 };
const PIPE_POLL_MILLISECONDS = 20;

/**
 * The text of a file that somebody named: whatever it is, reading ends, and soon.
 *
 * @param most bytes, as in {@link MOST_BYTES}
 * @throws EnvironmentError with one sentence for what is not there, is no file, or no text
 */
export async function readText(file: string, most: number): Promise<string> {
    let handle: FileHandle | undefined;
    try {
        // A pipe without a writer would not even open.
        handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
        const found = await handle.stat();
        if (found.isDirectory()) {
            throw unreadable(file, "it is a folder");
        }
        if (!found.isFile() && !found.isFIFO()) {
            throw unreadable(file, "it is a device");
        }
        if (found.size > most) {
            throw tooLong(file, most);
        }
        const bytes = await bytesOf(file, handle, most, found.isFIFO());
        return decoded(file, bytes);
    } catch (error) {
        if (error instanceof EnvironmentError) {
            throw error;
        }
        throw isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")
            ? new EnvironmentError(`There is no ${shownName(file)}.`)
            : unreadable(file, codeOf(error));
    } finally {
        await handle?.close();
    }
}

/**
 * The text that comes in on a stream, such as stdin.
 *
 * @throws EnvironmentError as {@link readText}
 */
export async function readStream(name: string, stream: Readable, most: number): Promise<string> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > most) {
            throw tooLong(name, most);
        }
        chunks.push(chunk);
    }
    return decoded(name, Buffer.concat(chunks));
}

async function bytesOf(
    file: string,
    handle: FileHandle,
    most: number,
    isPipe: boolean,
): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    let last = Date.now();
    for (;;) {
        const chunk = await chunkOf(handle);
        const patience = chunk === undefined ? PIPE_SECONDS.silent : PIPE_SECONDS.nobody;
        if (chunk !== undefined && chunk.length > 0) {
            length += chunk.length;
            last = Date.now();
            chunks.push(chunk);
        } else if (!isPipe || (chunk !== undefined && length > 0)) {
            return Buffer.concat(chunks);
        } else if (Date.now() - last > patience * 1000) {
            throw unreadable(file, "nobody writes to this pipe");
        } else {
            await sleep(PIPE_POLL_MILLISECONDS);
        }
        if (length > most) {
            throw tooLong(file, most);
        }
    }
}

/** What can be read now; empty at the end, `undefined` where a pipe has nothing yet. */
async function chunkOf(handle: FileHandle): Promise<Buffer | undefined> {
    const buffer = Buffer.allocUnsafe(MEGABYTE);
    try {
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
        return Buffer.from(buffer.subarray(0, bytesRead));
    } catch (error) {
        if (isErrno(error, "EAGAIN")) {
            return undefined;
        }
        throw error;
    }
}

/** UTF-8, with or without a byte order mark. */
function decoded(name: string, bytes: Buffer): string {
    let text: string;
    try {
        text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    } catch {
        throw unreadable(name, "it is no UTF-8 text");
    }
    if (text.includes("\0")) {
        throw unreadable(name, "it holds a NUL character, as no text does");
    }
    return text;
}

function tooLong(name: string, most: number): EnvironmentError {
    return unreadable(name, `it is longer than ${most / MEGABYTE} MB`);
}

function unreadable(name: string, why: string): EnvironmentError {
    return new EnvironmentError(`${shownName(name)} cannot be read: ${why}.`);
}

/** Longest name that is shown whole. */
const NAME_LENGTH = 300;

/** A file's name as people are shown it: one line, and never an escape sequence. */
export function shownName(name: string): string {
    const printable = name.replace(/[\p{C}\u2028\u2029]/gu, "?");
    return printable.length > NAME_LENGTH ? `${printable.slice(0, NAME_LENGTH)}…` : printable;
}

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

/** The code of an error of the system, in place of a message that names the file again. */
function codeOf(error: unknown): string {
    return error instanceof Error && "code" in error ? String(error.code) : "for no known reason";
}

/** Whether an error of the system carries this code, for example `ENOENT`. */
export function isErrno(error: unknown, code: string): boolean {
    return error instanceof Error && "code" in error && error.code === code;
}
