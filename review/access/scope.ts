import { targetsOf } from "#policy/authorization.ts";
import type { KubernetesObject } from "#policy/field.ts";
import { textsOf } from "#policy/gateways.ts";
import { KUBERNETES_GATEWAY } from "#policy/kinds.ts";
import type { Settings } from "#policy/settings.ts";
import { behindWaypoints } from "#policy/waypoints.ts";
import type { Waypoint } from "#policy/waypoints.ts";
import { readable } from "../mesh.ts";
import type { MeshView } from "../mesh.ts";
import type { Workload } from "../workloads.ts";

/** What an object of Istio's security holds for. */
export interface Scope {
    readonly namespace: string;
    readonly selector: readonly (readonly [string, string])[];
    readonly targets: readonly { readonly kind: string; readonly name: string }[];
}

/** What of some objects holds for a workload. */
export interface Held<Scoped> {
    /** At its own proxy, or its node's. */
    readonly own: readonly Scoped[];
    /** At the waypoints that its calls pass. */
    readonly atWaypoints: readonly {
        readonly waypoint: Waypoint;
        readonly held: readonly Scoped[];
    }[];
}

/** @throws UnknownValue */
export function scopeOf(object: KubernetesObject): Scope {
    return {
        namespace: object.namespace,
        selector: textsOf(object.root.at("spec", "selector", "matchLabels")),
        targets: targetsOf(object).map((target) => ({
            kind: target.at("kind").text() ?? "",
            name: target.at("name").text() ?? "",
        })),
    };
}

/** Finds what of some objects holds for a workload; what stands in the root namespace holds everywhere. */
export function holderOf<Scoped extends Scope>(
    all: readonly Scoped[],
    { stack, settings }: MeshView,
): (workload: Workload) => Held<Scoped> {
    const byPlace = new Map<string, Scoped[]>();
    for (const one of all) {
        const place = placeOf(one);
        byPlace.set(place, [...(byPlace.get(place) ?? []), one]);
    }
    const behind =
        readable(() => behindWaypoints(stack)) ?? new Map<KubernetesObject, readonly Waypoint[]>();
    const near = (
        namespaces: readonly string[],
        labels: ReadonlyMap<string, string> = new Map(),
    ): readonly Scoped[] =>
        [...new Set([settings.rootNamespace, ...namespaces])].flatMap((namespace) =>
            ["", ...Array.from(labels, (label) => label.join("="))].flatMap(
                (label) => byPlace.get(`${namespace} ${label}`) ?? [],
            ),
        );
    return (workload) => ({
        own: near([workload.namespace], workload.labels).filter((one) => isAt(one, workload)),
        atWaypoints: (workload.proxy === "ztunnel" ? (behind.get(workload.object) ?? []) : []).map(
            (waypoint) => ({
                waypoint,
                held: near([waypoint.namespace, waypoint.service.namespace]).filter((one) =>
                    isAtWaypoint(one, waypoint, settings),
                ),
            }),
        ),
    });
}

/** Where something is looked up: by its namespace, and the first label that it selects by. */
function placeOf({ namespace, selector, targets }: Scope): string {
    const [first] = targets.length > 0 ? [] : selector;
    return `${namespace} ${first?.join("=") ?? ""}`;
}

/** Whether something holds at the proxy of a workload. */
function isAt({ selector, targets }: Scope, { labels, object }: Workload): boolean {
    return targets.length > 0
        ? object.group === KUBERNETES_GATEWAY.group &&
              targets.some(({ kind, name }) => kind === "Gateway" && name === object.name)
        : selector.every(([key, value]) => labels.get(key) === value);
}

/** Whether something holds at a waypoint for the calls of one of its Services. */
function isAtWaypoint(
    { namespace, targets }: Scope,
    { name, namespace: home, service }: Waypoint,
    { rootNamespace }: Settings,
): boolean {
    return targets.some(
        (target) =>
            (target.kind === "Gateway" && target.name === name && namespace === home) ||
            (target.kind === "Service" &&
                target.name === service.name &&
                namespace === service.namespace) ||
            (target.kind === "GatewayClass" && namespace === rootNamespace),
    );
}
