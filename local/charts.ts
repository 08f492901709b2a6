import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cacheDirectory, once } from "./cache.ts";
import { findGo, runGo } from "./go.ts";
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

/**
 * Folder with Istio's own charts of the pinned revision: `base`, `istiod` and `gateway`. Their version and
 * appVersion are the toolchain's Istio version, as Istio's release process sets them.
 *
 * @throws EnvironmentError when Go is missing or the module cannot be had.
 */
export async function istioCharts(): Promise<string> {
    return join(await istioFiles(), "charts");
}

/**
 * Path of the pinned revision's bootstrap template for Envoy.
 *
 * @throws EnvironmentError as `istioCharts`.
 */
export async function istioBootstrap(): Promise<string> {
    return join(await istioFiles(), BOOTSTRAP);
}

function istioFiles(): Promise<string> {
    return once(`${ISTIO_VERSION}-${LAYOUT}`, cacheDirectory("istio"), async (tmp) => {
        const source = await istioSource();
        for (const [name, path] of Object.entries(CHARTS)) {
            const chart = join(tmp, "charts", name);
            await copyTree(join(source, path), chart);
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

/** Copies content only: files in Go's module cache are read-only, and a copied mode would be too. */
async function copyTree(from: string, to: string): Promise<void> {
    await mkdir(to, { recursive: true });
    for (const entry of await readdir(from, { withFileTypes: true })) {
        const [source, target] = [join(from, entry.name), join(to, entry.name)];
        if (entry.isDirectory()) {
            await copyTree(source, target);
        } else {
            await writeFile(target, await readFile(source));
        }
    }
}

/** Downloads this one module, checked against go.sum; building the tools fetches the rest. */
async function istioSource(): Promise<string> {
    const go = await findGo();
    const module = "istio.io/istio";
    await runGo(go, "istio", "istio-source", ["mod", "download", module]);
    return runGo(go, "istio", "istio-source", ["list", "-m", "-f", "{{.Dir}}", module]);
}
