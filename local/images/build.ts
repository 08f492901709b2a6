import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "#errors.ts";
import { cacheDirectory, identityOf, keepNewest, once } from "../cache.ts";
import { ensureBaseRoot } from "../debian.ts";
import { IMAGES } from "../versions.ts";
import { writeArchive } from "./archive.ts";
import { sha256, writeLayer } from "./layer.ts";
import type { Layer, LayerEntry } from "./layer.ts";
import type { ImageRecipe, SharedLayer } from "./recipe.ts";
import { nodeRuntime } from "./runtime.ts";

/** Raised when the way an archive is written changes. */
const FORMAT = 2;

/** Archives of one image that stay in the cache: of this source and the one before. */
const KEPT = 2;

/**
 * Path of the docker-archive that the recipe describes, written where the cache lacks it. The cache's key covers
 * the recipe and the files it names, so a changed file makes a new archive of this image and of no other.
 */
export async function buildImage(recipe: ImageRecipe, report: Report): Promise<string> {
    const reference = referenceOf(recipe);
    const shared = await Promise.all(recipe.shared.map((name) => sharedLayer(name, report)));
    const key = await keyOf(
        [reference, recipe.run, await Promise.all(shared.map(identityOf))],
        recipe.entries,
    );
    const variant = recipe.tag === undefined ? recipe.name : `${recipe.name}-${recipe.tag}`;
    const directory = cacheDirectory("images", variant);
    const built = await once(key, directory, async (tmp) => {
        report(`packing image ${reference}`);
        const layers: Layer[] = [];
        for (const path of shared) {
            layers.push(await existingLayer(path));
        }
        const own = join(tmp, "layer.tar");
        layers.push(await writeLayer(recipe.entries, own));
        await writeArchive(join(tmp, ARCHIVE), reference, recipe.run, layers);
        await rm(own);
    });
    await keepNewest(directory, KEPT);
    return join(built, ARCHIVE);
}

/** Full name of the recipe's image. */
export function referenceOf({ name, tag }: Pick<ImageRecipe, "name" | "tag">): string {
    return tag === undefined ? IMAGES[name] : IMAGES[name].replace(/:[^:/]*$/, `:${tag}`);
}

const ARCHIVE = "image.tar";

async function sharedLayer(name: SharedLayer, report: Report): Promise<string> {
    if (name === "debian") {
        return ensureBaseRoot(report);
    }
    const entries = await nodeRuntime();
    const directory = cacheDirectory("layers", "node");
    const built = await once(await keyOf([process.version], entries), directory, async (tmp) => {
        await writeLayer(entries, join(tmp, "layer.tar"));
    });
    await keepNewest(directory, KEPT);
    return join(built, "layer.tar");
}

const digests = new Map<string, Promise<string>>();

/** A layer of the cache; its digest is computed once, and only when an archive is written. */
async function existingLayer(path: string): Promise<Layer> {
    const digest = digests.get(path) ?? sha256(path);
    digests.set(path, digest);
    return { path, digest: await digest };
}

async function keyOf(facts: readonly unknown[], entries: readonly LayerEntry[]): Promise<string> {
    const sources = entries.flatMap((entry) => (entry.kind === "file" ? [entry.source] : []));
    const all = JSON.stringify([
        FORMAT,
        facts,
        entries,
        await Promise.all(sources.map(identityOf)),
    ]);
    return createHash("sha256").update(all).digest("hex").slice(0, 16);
}
