import type { KubernetesObject } from "#policy/field.ts";
import { textsOf } from "#policy/gateways.ts";
import { overlaps } from "#policy/hosts.ts";
import { SIDECAR } from "#policy/kinds.ts";
import { readable } from "./mesh.ts";
import type { MeshView } from "./mesh.ts";
import type { Workload } from "./workloads.ts";

/** Labels that a Sidecar selects; none where it is for all of its namespace. @throws UnknownValue */
function selectorOf({ root }: KubernetesObject): readonly (readonly [string, string])[] {
    return textsOf(root.at("spec", "workloadSelector", "labels"));
}

/** The Sidecar that a workload's proxies read: one that selects it, its namespace's, or that of the whole mesh. */
export function sidecarOf(
    { labels, namespace, role }: Workload,
    { stack, settings }: MeshView,
): KubernetesObject | undefined {
    const there = stack.in(namespace, SIDECAR);
    const selects = (sidecar: KubernetesObject): boolean => {
        const wanted = selectorOf(sidecar);
        return wanted.length > 0 && wanted.every(([key, value]) => labels.get(key) === value);
    };
    const isForAll = (sidecar: KubernetesObject): boolean => selectorOf(sidecar).length === 0;
    const found = (
        sidecars: readonly KubernetesObject[],
        condition: (sidecar: KubernetesObject) => boolean,
    ): KubernetesObject | undefined =>
        sidecars.find((sidecar) => readable(() => condition(sidecar)) === true);
    // Sidecars are for the proxies beside applications.
    return role === "application"
        ? (found(there, selects) ??
              found(there, isForAll) ??
              found(stack.in(settings.rootNamespace, SIDECAR), isForAll))
        : undefined;
}

/** Whether a Sidecar lets proxies know a host of a namespace; one that says nothing of it lets them know all. @throws UnknownValue */
export function scopeHas(sidecar: KubernetesObject, namespace: string, host: string): boolean {
    const egress = sidecar.root.at("spec", "egress").items();
    return (
        egress.length === 0 ||
        egress
            .flatMap((listener) => listener.at("hosts").texts())
            .some((text) => {
                const [place = "", name = ""] = text.split("/");
                const own = place === "." ? sidecar.namespace : place;
                return ["*", namespace].includes(own) && overlaps(name, host);
            })
    );
}
