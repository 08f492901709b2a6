import { createHash } from "node:crypto";
import { cp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDirectory, keepNewest, once } from "./cache.ts";
import { istioCharts } from "./charts.ts";

/** Charts of this checkout, for addons whose own charts are in no package registry. */
const OWN_CHARTS = fileURLToPath(new URL("charts/", import.meta.url));

/**
 * Folder with every chart of the local stack under its own name: Istio's and this checkout's. Its path is a new one
 * whenever a chart is, because a Release that names the same path is taken for unchanged.
 *
 * @throws EnvironmentError as `istioCharts`.
 */
export async function chartFolder(): Promise<string> {
    const istio = await istioCharts();
    const hash = createHash("sha256").update(istio);
    const files = await readdir(OWN_CHARTS, { recursive: true, withFileTypes: true });
    const paths = files
        .filter((file) => file.isFile())
        .map((file) => join(file.parentPath, file.name));
    for (const path of paths.sort()) {
        hash.update(path.slice(OWN_CHARTS.length)).update(await readFile(path));
    }
    const directory = cacheDirectory("charts");
    const folder = await once(hash.digest("hex").slice(0, 16), directory, async (tmp) => {
        await cp(istio, tmp, { recursive: true });
        await cp(OWN_CHARTS, tmp, { recursive: true });
    });
    await keepNewest(directory, 3);
    return folder;
}
