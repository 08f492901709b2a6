import type { PinnedChart } from "#stack/chart-versions.ts";
import type { ChartSource } from "#stack/platform-settings.ts";

/** The part of a Release's arguments that says which chart it is. Plain strings: policies compare them. */
export interface ChartReference {
    readonly chart: string;
    readonly version?: string;
    readonly repositoryOpts?: { readonly repo: string };
}

/** Where a pinned chart is taken from: its own repository, an OCI mirror, or a folder. */
export function chartReference(source: ChartSource, pinned: PinnedChart): ChartReference {
    switch (source.kind) {
        case "repository":
            return {
                chart: pinned.chart,
                version: pinned.version,
                repositoryOpts: { repo: pinned.repository },
            };
        case "oci": {
            const registry = source.registry.replace(/^oci:\/\//, "").replace(/\/+$/, "");
            return { chart: `oci://${registry}/${pinned.chart}`, version: pinned.version };
        }
        case "folder":
            // A folder is one version of its own; naming another makes Helm look for a repository.
            return { chart: `${source.path.replace(/\/+$/, "")}/${pinned.chart}` };
    }
}
