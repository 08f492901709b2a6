import type { Field, KubernetesObject } from "./field.ts";

/** The chart's own name, wherever it comes from: `istiod` of `oci://host/charts/istiod` and of `/charts/istiod-1.31.1.tgz`. */
export function chartOf(release: KubernetesObject): string {
    const chart = release.root.at("chart").text() ?? "";
    const last = chart.replace(/\/+$/, "").split("/").at(-1) ?? "";
    return last.replace(/-\d+\.\d+\.\d+[^/]*\.tgz$/, "").replace(/\.tgz$/, "");
}

/** A value of the chart: `valueAt(release, "meshConfig", "enableAutoMtls")`. */
export function valueAt(release: KubernetesObject, ...steps: readonly (string | number)[]): Field {
    return release.root.at("values", ...steps);
}
