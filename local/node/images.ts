import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readIfPresent } from "#files.ts";
import { identityOf } from "../cache.ts";
import { NodeError } from "./errors.ts";
import { paths } from "./layout.ts";
import { inNode } from "./namespaces.ts";
import { logFile } from "./runit.ts";
import { run } from "./shell.ts";

/** An image as a docker-archive, to be imported into the node's containerd. */
export interface ImageArchive {
    /** Full name with registry and tag, as pods ask for it. */
    readonly reference: string;
    /** The archive's path, which is a new one whenever the content is. */
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
        const fingerprint = await identityOf(archive.path);
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

function recordName(reference: string): string {
    return createHash("sha256").update(reference).digest("hex").slice(0, 16);
}
