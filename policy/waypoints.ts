import { USE_WAYPOINT, waypointOf } from "./ambient.ts";
import { bearersOf } from "./bearers.ts";
import type { KubernetesObject } from "./field.ts";
import { SERVICE } from "./kinds.ts";
import { namespaceNamed } from "./membership.ts";
import type { Settings } from "./settings.ts";
import type { Stack } from "./stack.ts";

/** A waypoint, as whose account calls arrive at the pods behind it. */
export interface Waypoint {
    readonly namespace: string;
    readonly name: string;
    /** A Service whose calls pass it. */
    readonly service: KubernetesObject;
}

/** The identity of a waypoint: Istio gives it an account of its own name. */
export function principalOf({ namespace, name }: Waypoint, { trustDomain }: Settings): string {
    return `${trustDomain}/ns/${namespace}/sa/${name}`;
}

/** The waypoint that a Service's calls pass: its own, or that of its namespace. @throws UnknownValue */
function waypointBefore(stack: Stack, service: KubernetesObject): Waypoint | undefined {
    const namespace = namespaceNamed(stack, service.namespace);
    const holder = waypointOf(service) === undefined ? namespace : service;
    const name = holder && waypointOf(holder);
    return holder === undefined || name === undefined || name === "none"
        ? undefined
        : {
              name,
              namespace:
                  holder.root.at("metadata", "labels", `${USE_WAYPOINT}-namespace`).text() ??
                  service.namespace,
              service,
          };
}

/** The workloads of the stack that stand behind waypoints, with those. @throws UnknownValue */
export function behindWaypoints(stack: Stack): ReadonlyMap<KubernetesObject, readonly Waypoint[]> {
    return stack.once(behindWaypoints, () => {
        const behind = new Map<KubernetesObject, Waypoint[]>();
        for (const service of stack.of(SERVICE)) {
            const selector = service.root.at("spec", "selector");
            const waypoint =
                selector.entries().length === 0 ? undefined : waypointBefore(stack, service);
            if (waypoint !== undefined) {
                for (const workload of bearersOf(stack, selector, service.namespace)) {
                    const known = behind.get(workload) ?? [];
                    behind.set(workload, known);
                    known.push(waypoint);
                }
            }
        }
        return behind;
    });
}
