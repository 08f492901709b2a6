import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { cacheDirectory, exists, keepNewest, once } from "./cache.ts";
import { findGo, moduleFolder } from "./go.ts";
import { ISTIO_VERSION } from "./versions.ts";

/** Chart folders in the Istio module, by the name under which Istio publishes them. */
const CHARTS = {
    base: "manifests/charts/base",
    istiod: "manifests/charts/istio-control/istio-discovery",
    gateway: "manifests/charts/gateway",
} as const;

/** Template of Envoy's bootstrap configuration, which the proxy image carries. */
const BOOTSTRAP = "envoy_bootstrap.json";

/** Raised when the copy itself changes, so that folders of an older layout are not used. */
const LAYOUT = 2;
/** Name in the cache of what is taken from Istio's source. */
const ISTIO_FILES = `${ISTIO_VERSION}-${LAYOUT}`;

/** Charts of this checkout, for addons whose own charts are in no package registry. */
const OWN_CHARTS = fileURLToPath(new URL("charts/", import.meta.url));

/**
 * Folder with every chart of the local stack under its own name: Istio's `base`, `istiod` and `gateway` of the pinned
 * revision, and this checkout's. Its path is a new one whenever a chart is, because a Release that names the same path
 * is taken for unchanged.
 *
 * @throws EnvironmentError when Go is missing or the module cannot be had.
 */
export async function chartFolder(): Promise<string> {
    const istio = join(await istioFiles(), "charts");
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

/** The {@link chartFolder} of a machine that has had Istio's source before; undefined elsewhere. */
export async function chartFolderAtHand(): Promise<string | undefined> {
    return (await exists(cacheDirectory("istio", ISTIO_FILES))) ? chartFolder() : undefined;
}

/**
 * Path of the pinned revision's bootstrap template for Envoy.
 *
 * @throws EnvironmentError as {@link chartFolder}.
 */
export async function istioBootstrap(): Promise<string> {
    return join(await istioFiles(), BOOTSTRAP);
}

/** Charts and bootstrap template; the charts' version and appVersion as Istio's release process sets them. */
function istioFiles(): Promise<string> {
    return once(ISTIO_FILES, cacheDirectory("istio"), async (tmp) => {
        const go = await findGo();
        const source = await moduleFolder(go, "istio", "istio-source", "istio.io/istio");
        await mkdir(join(tmp, "charts"));
        for (const [name, path] of Object.entries(CHARTS)) {
            const chart = join(tmp, "charts", name);
            // Files in Go's module cache are read-only, and a copied mode would be too.
            await execa("cp", ["-r", "--no-preserve=mode", join(source, path), chart]);
            const file = join(chart, "Chart.yaml");
            await writeFile(file, withVersion(await readFile(file, "utf8"), ISTIO_VERSION));
        }
        const bootstrap = join(source, "tools/packaging/common", BOOTSTRAP);
        await writeFile(join(tmp, BOOTSTRAP), await readFile(bootstrap));
    });
}

/** `Chart.yaml` with both versions replaced; everything else, comments included, stays. */
export function withVersion(chart: string, version: string): string {
    return chart
        .replace(/^version:.*$/m, `version: ${version}`)
        .replace(/^appVersion:.*$/m, `appVersion: ${version}`);
}
