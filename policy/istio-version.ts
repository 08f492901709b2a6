import type { Field, KubernetesObject } from "./field.ts";
import { valueAt } from "./helm.ts";
import { istioChartOf } from "./istio-chart.ts";

/** A version, and where it stands. */
export interface StatedVersion {
    readonly field: Field;
    readonly text: string;
}

/** The line of a version: `1.31` of `1.31.1`, `v1.31.0-rc.1`, `~1.31.0` and `1.31.x`; `undefined` where several fit. */
export function lineOf(version: string): string | undefined {
    return /^[v=~]?(\d+\.\d+)(?:\.(?:\d+|x|\*)(?:[-+][\w.+-]*)?)?$/.exec(version.trim())?.[1];
}

/** Whether it is one version, and no range of them. */
export function isExactVersion(version: string): boolean {
    return /^v?\d+\.\d+\.\d+(?:[-+][\w.+-]*)?$/.test(version.trim());
}

/** A version without the variant of its images: `1.31.1` of `1.31.1-distroless`. */
export function plainVersion(version: string): string {
    return version
        .trim()
        .replace(/^v/, "")
        .replace(/-(debug|distroless)$/, "");
}

/** The version that a chart is asked for; `undefined` where its folder decides. @throws UnknownValue */
export function chartVersionOf(release: KubernetesObject): StatedVersion | undefined {
    const { root } = release;
    const text = root.at("version").text() ?? "";
    if (text !== "") {
        return { field: root.at("version"), text };
    }
    const chart = root.at("chart");
    const packaged = /-(\d+\.\d+\.\d+[^/]*)\.tgz$/.exec(chart.text() ?? "")?.[1];
    return packaged === undefined ? undefined : { field: chart, text: packaged };
}

/** The tag of Istio's images where it is a version, as that of a release is. @throws UnknownValue */
export function imageVersionOf(release: KubernetesObject): StatedVersion | undefined {
    if (istioChartOf(release) === "gateway") {
        return undefined; // Its image is whatever the injector fills in.
    }
    const places = [
        valueAt(release, "pilot", "tag"),
        valueAt(release, "tag"),
        valueAt(release, "global", "tag"),
    ];
    const field = places.find((place) => (place.text() ?? "") !== "");
    const text = field?.text() ?? "";
    return field !== undefined && isExactVersion(text) ? { field, text } : undefined;
}
