import type { Field, KubernetesObject } from "./field.ts";
import { chartField, packaged, valueAt } from "./helm.ts";
import { istioChartOf } from "./istio-chart.ts";
import type { IstioChart } from "./istio-chart.ts";
import { isExactVersion } from "./istio-version.ts";
import type { StatedVersion } from "./istio-version.ts";
import { INSTALLERS, ISTIO_OPERATOR, SAIL, WORKLOADS } from "./kinds.ts";
import type { Selector } from "./kubernetes-object.ts";
import { firstOf } from "./search.ts";
import { containersOf, podOf } from "./workload.ts";

/** Whatever may be a part of Istio: installed by values, or as rendered manifests. */
export const PART_KINDS: readonly Selector[] = [...INSTALLERS, WORKLOADS];

const SAIL_PARTS: Readonly<Record<string, IstioChart>> = {
    Istio: "istiod",
    IstioRevision: "istiod",
    IstioCNI: "cni",
    ZTunnel: "ztunnel",
};

/** Istio's images, by what each runs. */
const IMAGES: Readonly<Record<string, IstioChart>> = {
    "install-cni": "cni",
    pilot: "istiod",
    proxyv2: "gateway",
    ztunnel: "ztunnel",
};

/** Name and tag of an image: `pilot` and `1.31.1` of `docker.io/istio/pilot:1.31.1@sha256:...`. */
function imageParts(image: string): { readonly name: string; readonly tag: string } {
    const [reference = ""] = image.split("@");
    const [name = "", tag = ""] = reference.slice(reference.lastIndexOf("/") + 1).split(":");
    return { name, tag };
}

/** Whether an image is one of Istio's, from wherever it is pulled. */
function isIstioImage(image: string): boolean {
    const { name } = imageParts(image);
    return name === "proxyv2" || (Object.hasOwn(IMAGES, name) && image.includes("istio"));
}

/** Whether a workload is a control plane, by the label that every rendering gives it. @throws UnknownValue */
export function isIstiod({ kind, root }: KubernetesObject): boolean {
    return kind === "Deployment" && root.at("metadata", "labels", "app").text() === "istiod";
}

/** The image of a workload that Istio has made. @throws UnknownValue */
function istioImageOf(workload: KubernetesObject): Field | undefined {
    const images = containersOf(podOf(workload)).map((container) => container.at("image"));
    // A mirror may be called anything, and an application's pod merely has a proxy.
    const isOwn = images.length === 1 && isIstiod(workload);
    return firstOf(images, (image) => isOwn || isIstioImage(image.text() ?? ""));
}

/** Which part of Istio an object is, whatever installs it. @throws UnknownValue */
export function partOf(object: KubernetesObject): IstioChart | undefined {
    switch (object.group) {
        case "helm.sh":
            return istioChartOf(object);
        case SAIL.group:
            return SAIL_PARTS[object.kind];
        case ISTIO_OPERATOR.group:
            return "istiod";
        default:
            return workloadPart(object);
    }
}

function workloadPart(workload: KubernetesObject): IstioChart | undefined {
    if (isIstiod(workload)) {
        return "istiod";
    }
    const image = istioImageOf(workload)?.text();
    const part = image === undefined ? undefined : IMAGES[imageParts(image).name];
    return part === "gateway" && containersOf(podOf(workload)).length > 1 ? undefined : part;
}

/** Where the values stand by which something installs Istio. */
export function valuesOf(object: KubernetesObject): Field {
    return object.group === "helm.sh" ? valueAt(object) : object.root.at("spec", "values");
}

/** Where an object says its revision; `undefined` for what cannot. */
function revisionField(object: KubernetesObject): readonly Field[] {
    const { group, kind, root } = object;
    const values = valuesOf(object);
    if (group === SAIL.group) {
        return [
            values.at("revision"),
            ...(kind === "IstioRevision" ? [root.at("metadata", "name")] : []),
        ];
    }
    if (group === ISTIO_OPERATOR.group) {
        return [values.at("revision"), root.at("spec", "revision")];
    }
    return group === "helm.sh"
        ? [values.at("pilot", "revision"), values.at("revision")]
        : [root.at("metadata", "labels", "istio.io/rev")];
}

/** The revision of a part; empty for the one that is called default. @throws UnknownValue */
export function revisionOf(object: KubernetesObject): string {
    const field = revisionField(object).find((place) => (place.text() ?? "") !== "");
    const text = field?.text() ?? "";
    return text === "default" ? "" : text;
}

/** The version that a chart or an operator is asked for; `undefined` where a folder or the operator decides. @throws UnknownValue */
export function askedVersionOf(object: KubernetesObject): StatedVersion | undefined {
    const { group, root } = object;
    const field = group === SAIL.group ? root.at("spec", "version") : root.at("version");
    const text = field.text() ?? "";
    if (text !== "") {
        return { field, text };
    }
    const chart = chartField(object);
    const version = packaged(chart.text()?.split("/").at(-1) ?? "")?.version;
    return version === undefined ? undefined : { field: chart, text: version };
}

/** Where the tag of Istio's images stands, the place that wins first. */
function tagFields(object: KubernetesObject): readonly Field[] {
    const values = valuesOf(object);
    const own = [values.at("pilot", "tag"), values.at("tag"), values.at("global", "tag")];
    const spec = object.root.at("spec");
    return object.group === ISTIO_OPERATOR.group
        ? [spec.at("components", "pilot", "tag"), ...own, spec.at("tag")]
        : own;
}

/** The tag of Istio's images where it is a version, as that of a release is. @throws UnknownValue */
export function imageVersionOf(object: KubernetesObject): StatedVersion | undefined {
    if (object.runsPods) {
        const field = istioImageOf(object);
        const text = imageParts(field?.text() ?? "").tag;
        return field !== undefined && isExactVersion(text) ? { field, text } : undefined;
    }
    if (object.group === "helm.sh" && istioChartOf(object) === "gateway") {
        return undefined; // Its image is whatever the injector fills in.
    }
    const field = tagFields(object).find((place) => (place.text() ?? "") !== "");
    const text = field?.text() ?? "";
    return field !== undefined && isExactVersion(text) ? { field, text } : undefined;
}
