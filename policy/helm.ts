import type { Field, KubernetesObject } from "./field.ts";
import { some } from "./finding.ts";
import { HELM } from "./kinds.ts";
import type { Stack } from "./stack.ts";

/** Where the chart is named; a folder is a `path` to one of Pulumi's kinds. @throws UnknownValue */
export function chartField({ root }: KubernetesObject): Field {
    const path = root.at("path");
    return path.known && path.exists ? path : root.at("chart");
}

/** The chart's own name, wherever it comes from: `istiod` of `oci://host/charts/istiod` and of `/charts/istiod-1.31.1.tgz`. */
export function chartOf(release: KubernetesObject): string {
    const chart = chartField(release).text() ?? "";
    const last =
        chart
            .replace(/(?<!\/)\/+$/, "")
            .split("/")
            .at(-1) ?? "";
    return packaged(last)?.name ?? last;
}

/** What the name of a chart's archive says: `istiod` and `1.31.1` of `istiod-1.31.1.tgz`; `undefined` for what is none. */
export function packaged(
    file: string,
): { readonly name: string; readonly version: string | undefined } | undefined {
    if (!file.endsWith(ARCHIVE)) {
        return undefined;
    }
    const stem = file.slice(0, -ARCHIVE.length);
    const at = stem.search(/-\d+\.\d+\.\d/);
    return at < 0
        ? { name: stem, version: undefined }
        : { name: stem.slice(0, at), version: stem.slice(at + 1) };
}

const ARCHIVE = ".tgz";

/** A value of the chart: `valueAt(release, "meshConfig", "enableAutoMtls")`. */
export function valueAt(release: KubernetesObject, ...steps: readonly (string | number)[]): Field {
    return release.root.at("values", ...steps);
}

/**
 * Says that something may be delivered to the cluster that stands nowhere in the stack, so that nothing is missing for
 * certain.
 *
 * @throws UnknownValue
 */
export function assertAllSeen(stack: Stack): void {
    some(stack.of(...HELM), ({ root }) => root.at("more").exists);
}
