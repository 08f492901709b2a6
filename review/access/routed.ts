import { gatewayNamed } from "#policy/destination-rules.ts";
import type { KubernetesObject } from "#policy/field.ts";
import { parentsOf } from "#policy/gateway-api.ts";
import { textsOf } from "#policy/gateways.ts";
import { GATEWAY_API_ROUTES, KUBERNETES_GATEWAY, VIRTUAL_SERVICE } from "#policy/kinds.ts";
import { firstOf } from "#policy/search.ts";
import { eachDestination } from "#policy/traffic-policy.ts";
import { meshViewOf, readable } from "../mesh.ts";
import type { MeshView } from "../mesh.ts";
import type { Subject } from "../subject.ts";
import { workloadsOf } from "../workloads.ts";
import type { Workload } from "../workloads.ts";

const known = new WeakMap<Subject, ReadonlyMap<Workload, ReadonlySet<Workload>>>();

/** Which workloads the routes of each gateway lead to. */
export function routedBy(subject: Subject): ReadonlyMap<Workload, ReadonlySet<Workload>> {
    const found = known.get(subject) ?? find(subject);
    known.set(subject, found);
    return found;
}

function find(subject: Subject): ReadonlyMap<Workload, ReadonlySet<Workload>> {
    const view = meshViewOf(subject);
    const { all, answering } = workloadsOf(subject);
    const gateways = all.filter(({ role }) => role === "gateway");
    const routed = new Map<Workload, Set<Workload>>();
    if (gateways.length === 0) {
        return routed;
    }
    for (const route of view.stack.of(VIRTUAL_SERVICE, ...GATEWAY_API_ROUTES)) {
        const followers = readable(() => followersOf(route, gateways, view)) ?? [];
        const targets =
            followers.length === 0 ? [] : hostsOf(route, view).flatMap((host) => answering(host));
        for (const gateway of followers) {
            routed.set(gateway, new Set([...(routed.get(gateway) ?? []), ...targets]));
        }
    }
    return routed;
}

/** The gateways that follow a route. @throws UnknownValue */
function followersOf(
    route: KubernetesObject,
    gateways: readonly Workload[],
    { stack }: MeshView,
): readonly Workload[] {
    if (route.group !== VIRTUAL_SERVICE.group) {
        const parents = parentsOf(route);
        return gateways.filter(({ object }) =>
            parents.some(
                ({ kind, name, namespace }) =>
                    kind === KUBERNETES_GATEWAY.kind &&
                    object.kind === kind &&
                    object.name === name &&
                    object.namespace === namespace,
            ),
        );
    }
    const selectors = route.root
        .at("spec", "gateways")
        .texts()
        .flatMap((name) => {
            const gateway = name === "mesh" ? undefined : gatewayNamed(name, route, stack);
            return gateway === undefined ? [] : [textsOf(gateway.root.at("spec", "selector"))];
        });
    return gateways.filter(({ labels }) =>
        selectors.some((selector) => selector.every(([key, value]) => labels.get(key) === value)),
    );
}

/** The hosts that a route leads to, also by the VirtualServices that it delegates to. */
function hostsOf(route: KubernetesObject, { stack, settings }: MeshView): readonly string[] {
    const hosts = new Set<string>();
    const routes = [route, ...delegatesOf(route, stack.of(VIRTUAL_SERVICE))];
    for (const one of routes) {
        eachDestination(one, settings, ({ host }) => {
            hosts.add(host);
            return [];
        });
    }
    return [...hosts];
}

function delegatesOf(
    route: KubernetesObject,
    services: readonly KubernetesObject[],
): readonly KubernetesObject[] {
    return (readable(() => route.root.at("spec", "http").items()) ?? []).flatMap((one) => {
        const found = readable(() => {
            const delegate = one.at("delegate");
            const namespace = delegate.at("namespace").text() ?? route.namespace;
            const name = delegate.at("name").text();
            return name === undefined
                ? undefined
                : firstOf(
                      services,
                      (service) => service.name === name && service.namespace === namespace,
                  );
        });
        return found === undefined ? [] : [found];
    });
}
