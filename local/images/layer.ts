import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import type { Header, Pack } from "tar-stream";

type TarHeader = Pick<Header, "name"> & Partial<Pick<Header, "mode" | "uid" | "gid" | "mtime">>;

/** One thing in a layer; paths have no leading slash. Everything belongs to root unless said otherwise. */
export type LayerEntry =
    | {
          readonly kind: "file";
          readonly path: string;
          /** File on this machine whose bytes it gets. */
          readonly source: string;
          readonly mode: number;
      }
    | {
          readonly kind: "text";
          readonly path: string;
          readonly text: string;
          readonly mode: number;
      }
    | {
          readonly kind: "directory";
          readonly path: string;
          readonly mode: number;
          /** User and group id. Default 0. */
          readonly owner?: number;
      }
    | { readonly kind: "symlink"; readonly path: string; readonly target: string };

/** An uncompressed layer on this machine. */
export interface Layer {
    readonly path: string;
    /** SHA-256 of the tar in hexadecimal, which is also the layer's diff id. */
    readonly digest: string;
}

/**
 * Writes the entries, in their order, as an uncompressed tar. Times are zero and owners are numbers, so that equal
 * entries give equal bytes.
 */
export async function writeLayer(entries: readonly LayerEntry[], path: string): Promise<Layer> {
    await writeTar(path, async (tar) => {
        for (const entry of entries) {
            await addEntry(tar, entry);
        }
    });
    return { path, digest: await sha256(path) };
}

async function addEntry(tar: Pack, entry: LayerEntry): Promise<void> {
    const common = { name: entry.path, ...NOBODYS_TIME };
    switch (entry.kind) {
        case "file":
            await addFile(tar, entry.source, { ...common, mode: entry.mode });
            return;
        case "text":
            await addText(tar, entry.text, { ...common, mode: entry.mode });
            return;
        case "directory": {
            const owner = entry.owner ?? 0;
            tar.entry({ ...common, type: "directory", mode: entry.mode, uid: owner, gid: owner });
            return;
        }
        case "symlink":
            tar.entry({ ...common, type: "symlink", linkname: entry.target, mode: 0o777 });
            return;
    }
}

const NOBODYS_TIME = { mtime: new Date(0), uid: 0, gid: 0, uname: "", gname: "" } as const;

/** Writes a tar; `fill` adds the entries one after the other. */
export async function writeTar(path: string, fill: (tar: Pack) => Promise<void>): Promise<void> {
    const tar = pack();
    const written = pipeline(tar, createWriteStream(path));
    try {
        await fill(tar);
        tar.finalize();
    } catch (error) {
        tar.destroy(error instanceof Error ? error : new Error(String(error)));
        await written.catch(() => undefined);
        throw error;
    }
    await written;
}

/** Adds a file of this machine. Unless `headers` say otherwise it is everybody's to read and has no time. */
export async function addFile(tar: Pack, source: string, headers: TarHeader): Promise<void> {
    const { size } = await stat(source);
    await pipeline(
        createReadStream(source, { highWaterMark: 1 << 20 }),
        tar.entry({ mode: 0o644, ...NOBODYS_TIME, ...headers, size }),
    );
}

/** Adds a file with this content; headers as in `addFile`. */
export async function addText(tar: Pack, text: string, headers: TarHeader): Promise<void> {
    await new Promise<void>((resolve, reject) => {
        tar.entry({ mode: 0o644, ...NOBODYS_TIME, ...headers }, text, (error) => {
            if (error) {
                reject(error);
            } else {
                resolve();
            }
        });
    });
}

/** SHA-256 of a file in hexadecimal. */
export async function sha256(path: string): Promise<string> {
    const hash = createHash("sha256");
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
    return hash.digest("hex");
}
