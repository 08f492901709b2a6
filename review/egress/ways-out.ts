import { readable } from "../mesh.ts";
import { meshViewOf } from "../mesh.ts";
import { scopeHas, sidecarOf } from "../sidecars.ts";
import type { Subject } from "../subject.ts";
import type { Workload } from "../workloads.ts";
import { outsidePortsOf } from "./outside-hosts.ts";
import type { OutsidePort } from "./outside-hosts.ts";
import type { KubernetesObject } from "#policy/field.ts";
import { podOf } from "#policy/workload.ts";

/** What a workload's proxies let out: any host, those that are known, or whatever another control plane says. */
export type Mode = "any" | "known" | "unsaid";

/** How a mesh's own configuration reads where it says so. */
export function meshModeOf(subject: Subject): Mode {
    const { plane } = meshViewOf(subject);
    if (plane === undefined) {
        return "unsaid";
    }
    const text = readable(
        () => plane.meshConfig("outboundTrafficPolicy", "mode")?.text() ?? "ALLOW_ANY",
    );
    return text === undefined ? "unsaid" : modeOf(text);
}

/** Istio also takes the number of a mode. */
function modeOf(text: string): Mode {
    return ["REGISTRY_ONLY", "0"].includes(text) ? "known" : "any";
}

/** The ways out of the mesh that one workload has. */
export interface WaysOut {
    readonly mode: Mode;
    /** Why, where it is not the mesh's own. */
    readonly by: "mesh" | "no proxy" | "sidecar";
    readonly sidecar: KubernetesObject | undefined;
    /** Hosts outside that its proxies know, by their keys. */
    readonly ports: ReadonlyMap<string, OutsidePort>;
    /** Addresses and ports to which it calls past its proxy. */
    readonly uncaptured: readonly string[];
}

function isExported({ root, namespace: home }: KubernetesObject, namespace: string): boolean {
    const places = root.at("spec", "exportTo").texts();
    return (
        places.length === 0 ||
        places.some((place) => place === "*" || (place === "." ? home : place) === namespace)
    );
}

/** Annotations that leave calls to the pod itself, and how they read. */
const PAST: Readonly<Record<string, string>> = {
    excludeOutboundIPRanges: "addresses",
    excludeOutboundPorts: "port",
};

/** @throws UnknownValue */
function uncapturedBy(workload: Workload): readonly string[] {
    if (!workload.object.runsPods) {
        return [];
    }
    const annotations = podOf(workload.object).at("metadata", "annotations");
    const excluded = Object.entries(PAST).flatMap(([key, what]) =>
        (annotations.at(`traffic.sidecar.istio.io/${key}`).text() ?? "")
            .split(",")
            .map((part) => part.trim())
            .filter((part) => part !== "")
            .map((part) => `${what} ${part}`),
    );
    const included = annotations.at("traffic.sidecar.istio.io/includeOutboundIPRanges").text();
    return included === undefined || included.trim() === "*"
        ? excluded
        : [...excluded, `addresses outside ${included.trim() === "" ? "none" : included.trim()}`];
}

/** The ways out of a workload. */
export function waysOutOf(workload: Workload, subject: Subject): WaysOut {
    const view = meshViewOf(subject);
    const sidecar = sidecarOf(workload, view);
    const own =
        sidecar && readable(() => sidecar.root.at("spec", "outboundTrafficPolicy", "mode").text());
    const ports = outsidePortsOf(subject).filter(
        ({ entry, host }) =>
            readable(
                () =>
                    isExported(entry, workload.namespace) &&
                    (sidecar === undefined || scopeHas(sidecar, entry.namespace, host)),
            ) ?? true,
    );
    const isProxied = workload.proxy === "sidecar";
    return {
        mode: !isProxied ? "any" : own === undefined ? meshModeOf(subject) : modeOf(own),
        by: !isProxied ? "no proxy" : own === undefined ? "mesh" : "sidecar",
        sidecar,
        ports: new Map(ports.map((port) => [port.key, port])),
        uncaptured: readable(() => uncapturedBy(workload)) ?? [],
    };
}
