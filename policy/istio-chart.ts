import type { Field, KubernetesObject } from "./field.ts";
import { UnknownValue } from "./field.ts";
import { some } from "./finding.ts";
import { chartField, chartOf, valueAt } from "./helm.ts";
import { UNREAD } from "./known.ts";

/** A chart of Istio's own. */
export type IstioChart = "base" | "cni" | "gateway" | "istiod" | "ztunnel";

/** Names that nobody else gives a chart; Istio's source calls the folders differently. */
const OWN_NAMES: Readonly<Record<string, IstioChart>> = {
    "istio-cni": "cni",
    "istio-discovery": "istiod",
    istiod: "istiod",
    ztunnel: "ztunnel",
};

/** Names that others give their charts as well: where the chart comes from, or what it is told, must say the rest. */
const SHARED_NAMES: Readonly<Record<string, IstioChart>> = {
    base: "base",
    cni: "cni",
    gateway: "gateway",
};

/** Values that a chart of that name has in Istio only. */
const SHAPES: Readonly<Record<string, readonly (readonly string[])[]>> = {
    base: [
        ["defaultRevision"],
        ["base", "enableCRDTemplates"],
        ["base", "enableIstioConfigCRDs"],
        ["global", "istioNamespace"],
    ],
    cni: [["ambient"], ["global", "istioNamespace"]],
    gateway: [["labels", "istio"], ["networkGateway"], ["global", "istioNamespace"]],
};

/** Where a chart comes from: a repository's or registry's address; `undefined` for a folder or file. */
function sourceOf(release: KubernetesObject): string | undefined {
    const { root } = release;
    const chart = chartField(release).text() ?? "";
    const places = [
        root.at("repositoryOpts", "repo"),
        root.at("fetchOpts", "repo"),
        root.at("repo"),
    ];
    const repository = places.map((place) => place.text() ?? "").join("");
    return repository !== "" ? repository : /^(oci|https?):\/\//.test(chart) ? chart : undefined;
}

/** Whether the chart is a folder or file of this machine, whose version is the folder's own. @throws UnknownValue */
export function isLocalChart(release: KubernetesObject): boolean {
    const chart = chartField(release).text() ?? "";
    return sourceOf(release) === undefined && /[/\\]|^\.|\.tgz$/.test(chart);
}

/** Whether a place belongs to Istio: any address that names it, a folder of its source or of its releases. */
function isIstioPlace(release: KubernetesObject): boolean {
    const source = sourceOf(release);
    return source === undefined
        ? /(^|\/)istio([-@][^/]*)?\//.test(chartField(release).text() ?? "")
        : source.includes("istio");
}

/**
 * Whether a chart of any name is told something at one of these places. Values of which nothing is known make no
 * chart suspicious: most belong to applications, and those of a renamed copy are known, and judged, at the update.
 */
export function isToldLike(
    release: KubernetesObject,
    ...places: readonly (readonly string[])[]
): boolean {
    return valueAt(release).known && places.some((steps) => isSaid(valueAt(release, ...steps)));
}

/** An unknown value is something, too. */
function isSaid(field: Field): boolean {
    return !field.known || field.exists;
}

/**
 * Which of Istio's charts a release installs, from a repository, a registry or a folder; `undefined` for all others.
 *
 * @throws UnknownValue
 */
export function istioChartOf(release: KubernetesObject): IstioChart | undefined {
    const name = chartOf(release);
    const own = OWN_NAMES[name];
    if (own !== undefined) {
        return own;
    }
    const shared = SHARED_NAMES[name];
    if (shared !== undefined) {
        const shapes = SHAPES[name] ?? [];
        return isIstioPlace(release) || some(shapes, (steps) => valueAt(release, ...steps).exists)
            ? shared
            : undefined;
    }
    // A copy under another name: nothing but istiod is told about the mesh at this place.
    return isToldLike(release, ["meshConfig"]) ? "istiod" : undefined;
}

/**
 * A value as the chart is given it.
 *
 * @throws UnknownValue where it is absent and value files, which no policy can read, may hold it
 */
export function chartValue(release: KubernetesObject, ...steps: readonly string[]): Field {
    const value = valueAt(release, ...steps);
    const files = release.root.at("valueYamlFiles");
    if (value.known && !value.exists && files.items().length > 0) {
        throw new UnknownValue(files, UNREAD);
    }
    return value;
}
