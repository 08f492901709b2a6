import { createHash } from "node:crypto";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readIfPresent } from "#files.ts";
import { NodeError } from "./errors.ts";
import { paths } from "./layout.ts";
import { inNode } from "./namespaces.ts";
import { logFile } from "./runit.ts";
import { run } from "./shell.ts";

/** An image in a docker-archive tar. */
export interface ImageArchive {
    readonly reference: string;
    readonly path: string;
}

/**
 * Imports archives into the node's containerd. An archive that was imported as it is now is skipped.
 *
 * @returns the references that were imported
 * @throws NodeError naming the archive that containerd refused.
 */
export async function importImages(archives: readonly ImageArchive[]): Promise<string[]> {
    await mkdir(paths.importedImages, { recursive: true });
    const imported: string[] = [];
    for (const archive of archives) {
        const fingerprint = await fingerprintOf(archive);
        const record = join(paths.importedImages, recordName(archive.reference));
        if ((await readIfPresent(record)) === fingerprint) {
            continue;
        }
        await importArchive(archive);
        await writeFile(record, fingerprint);
        imported.push(archive.reference);
    }
    return imported;
}

async function importArchive({ reference, path }: ImageArchive): Promise<void> {
    const ctr = [
        "/usr/bin/ctr",
        "--address",
        paths.containerdSocket,
        "--namespace",
        "k8s.io",
    ] as const;
    try {
        // In the node's mount namespace, where containerd's own mounts are.
        await run(inNode(...ctr, "images", "import", "--digests=false", path), {
            timeout: 300_000,
        });
    } catch (error) {
        throw new NodeError(
            `The image ${reference} could not be imported from ${path}: ${error instanceof Error ? error.message : String(error)}`,
            [logFile("containerd")],
            { cause: error },
        );
    }
}

/** Reading hundreds of megabytes at every start would take longer than all the rest: name, size and time suffice. */
async function fingerprintOf({ path }: ImageArchive): Promise<string> {
    const { size, mtimeMs } = await stat(path);
    return `${path} ${size} ${mtimeMs}\n`;
}

function recordName(reference: string): string {
    return createHash("sha256").update(reference).digest("hex").slice(0, 16);
}
