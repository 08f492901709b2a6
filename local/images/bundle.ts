import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { cacheDirectory, keepNewest, once } from "../cache.ts";
import type { DemoService } from "../versions.ts";

/** Bundles of one service that stay in the cache: a few branches' worth. */
const KEPT = 5;

/** A service as one file that needs nothing but Node. */
export interface ServiceBundle {
    /** Absolute path in the cache; its folder is named by the hash. */
    readonly path: string;
    /** SHA-256 of the content in hexadecimal. */
    readonly hash: string;
}

/**
 * Bundles one service with everything it imports into one CommonJS file. The same sources give the same bytes,
 * wherever the checkout lies, so the hash tells whether an image built from it is still right.
 *
 * @throws Error of esbuild where a source does not compile
 */
export async function bundleService(name: DemoService): Promise<ServiceBundle> {
    const result = await build({
        absWorkingDir: fileURLToPath(new URL("../..", import.meta.url)),
        entryPoints: [`demo/main/${name}.ts`],
        bundle: true,
        platform: "node",
        target: "node20",
        // Some dependencies call `require` for Node's own modules, which an ES module lacks.
        format: "cjs",
        legalComments: "none",
        minify: true,
        keepNames: true,
        write: false,
        logLevel: "silent",
    });
    const [output] = result.outputFiles;
    if (output === undefined) {
        throw new Error(`esbuild wrote nothing for ${name}.`);
    }
    const hash = createHash("sha256").update(output.contents).digest("hex");
    const folder = cacheDirectory("demo", name);
    const directory = await once(hash, folder, (unfinished) =>
        writeFile(join(unfinished, `${name}.cjs`), output.contents),
    );
    await keepNewest(folder, KEPT);
    return { path: join(directory, `${name}.cjs`), hash };
}
