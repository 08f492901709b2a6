import { grouped } from "#model/groups.ts";
import { followedAt, serves } from "#policy/bound-servers.ts";
import { gatewayNamed, gatewayPlace, namespaceOfHost } from "#policy/destination-rules.ts";
import type { Field, KubernetesObject } from "#policy/field.ts";
import {
    edgeListeners,
    holderNamed,
    isHolderKind,
    parentsOf,
    gatewayOf,
    LISTENER_HOLDERS,
    protocolOf,
    routesAt,
} from "#policy/gateway-api.ts";
import { textsOf } from "#policy/gateways.ts";
import { fullHost, overlaps } from "#policy/hosts.ts";
import {
    GATEWAY,
    GATEWAY_API_ROUTES,
    GRPC_ROUTE,
    HTTP_ROUTE,
    VIRTUAL_SERVICE,
} from "#policy/kinds.ts";
import { isSelected } from "#policy/kubernetes-object.ts";
import { indexOf } from "#policy/stack.ts";
import type { Index } from "#policy/stack.ts";
import { meshViewOf, readable } from "../mesh.ts";
import type { MeshView } from "../mesh.ts";
import type { Subject } from "../subject.ts";
import { workloadsOf } from "../workloads.ts";
import type { Workload, Workloads } from "../workloads.ts";
import type { Entry } from "./answer.ts";
import { ruleEntries } from "./kubernetes-route.ts";
import { takesEverything } from "./match.ts";
import { defaultRetries, tableOf } from "./tables.ts";
import type { RouteTable } from "./tables.ts";
import { connectionEntries, httpEntries, plainAnswer } from "./virtual-service.ts";

/** Where a gateway listens: one server of Istio's Gateway, or one listener of Kubernetes' API. */
export interface Listener {
    /** Pods and port, by which it is found in another subject. */
    readonly place: string;
    /** Name of the object, for people. */
    readonly gateway: string;
    /** Absent where the gateway is somebody else's, of which only the routes are known. */
    readonly field?: Field;
    readonly port: string;
    readonly protocol: "http" | "none" | "tcp" | "tls";
    /** Without the namespaces that may serve them. */
    readonly hosts: readonly string[];
    /** Whether HTTP is only redirected to HTTPS. */
    readonly redirects: boolean;
    /** The pods that listen; none where somebody else runs them. */
    readonly workloads: readonly Workload[];
    /** Of each host that routes are for here. */
    readonly tables: ReadonlyMap<string, RouteTable>;
}

const known = new WeakMap<Subject, readonly Listener[]>();

/** Where the gateways of a subject listen, as far as it can be read; made once for each. */
export function listenersOf(subject: Subject): readonly Listener[] {
    const found = known.get(subject) ?? make(subject);
    known.set(subject, found);
    return found;
}

function make(subject: Subject): readonly Listener[] {
    const view = meshViewOf(subject);
    const workloads = workloadsOf(subject);
    const { stack } = view;
    const bound = indexOf(stack.of(VIRTUAL_SERVICE), (service) => boundTo(service, view));
    const servers = stack
        .of(GATEWAY)
        .flatMap((gateway) =>
            (readable(() => gateway.root.at("spec", "servers").items()) ?? []).flatMap(
                (server) => readable(() => serverAt(server, bound, workloads, view)) ?? [],
            ),
        );
    const listeners = stack
        .of(...LISTENER_HOLDERS)
        .flatMap((holder) =>
            (readable(() => edgeListeners(stack, holder)) ?? []).flatMap(
                (listener) => readable(() => listenerAt(listener, workloads, view)) ?? [],
            ),
        );
    return [...servers, ...listeners, ...foreignListeners(view)];
}

/** Gateways and their VirtualServices of which nobody can tell where they listen, or for whom. */
export function unreadGatewaysOf(subject: Subject): readonly KubernetesObject[] {
    const { stack } = meshViewOf(subject);
    const servers = ({ root }: KubernetesObject): unknown =>
        root
            .at("spec", "servers")
            .items()
            .map((server) => [server.value, server.at("hosts").texts()]);
    const listeners = (holder: KubernetesObject): unknown =>
        edgeListeners(stack, holder).map((listener) => listener.at("hostname").text());
    const places = ({ root }: KubernetesObject): unknown =>
        ["hosts", "gateways"].map((key) => root.at("spec", key).texts());
    const isUnread = (read: (object: KubernetesObject) => unknown) => (object: KubernetesObject) =>
        readable(() => [read(object)]) === undefined;
    return [
        ...stack.of(GATEWAY).filter(isUnread(servers)),
        ...stack.of(...LISTENER_HOLDERS).filter(isUnread(listeners)),
        ...stack.of(VIRTUAL_SERVICE).filter(isUnread(places)),
    ];
}

/** What routes say of gateways that are somebody else's. */
function foreignListeners(view: MeshView): readonly Listener[] {
    const { stack } = view;
    const services = stack
        .of(VIRTUAL_SERVICE)
        .flatMap((service) =>
            foreignGateways(service, view).map((gateway) => ({ gateway, object: service })),
        );
    const routes = stack
        .of(...GATEWAY_API_ROUTES)
        .flatMap((route) =>
            (readable(() => parentsOf(route)) ?? [])
                .filter(
                    (parent) =>
                        isHolderKind(parent.kind) &&
                        readable(() => holderNamed(stack, parent)) === undefined,
                )
                .map(({ namespace, name }) => ({ gateway: `${namespace}/${name}`, object: route })),
        );
    return Array.from(
        grouped([...services, ...routes], ({ gateway }) => [gateway]),
        ([gateway, bound]) =>
            foreignListener(
                gateway,
                bound.map(({ object }) => object),
                view,
            ),
    );
}

/** The gateways that a VirtualService names and that are somebody else's. */
function foreignGateways(service: KubernetesObject, { stack }: MeshView): readonly string[] {
    const names = readable(() => service.root.at("spec", "gateways").texts()) ?? [];
    return names
        .filter((name) => name !== "mesh" && gatewayNamed(name, service, stack) === undefined)
        .map((name) => {
            const place = gatewayPlace(name, service);
            return `${place.namespace}/${place.name}`;
        });
}

function foreignListener(
    gateway: string,
    objects: readonly KubernetesObject[],
    view: MeshView,
): Listener {
    const hostsOf = (object: KubernetesObject): readonly string[] =>
        object.group === VIRTUAL_SERVICE.group
            ? object.root
                  .at("spec", "hosts")
                  .texts()
                  .map((host) => fullHost(host, object.namespace, view.settings))
                  // The mesh's own names are written for the sidecars.
                  .filter((host) => namespaceOfHost(host, view.settings) === undefined)
            : hostnamesOf(object);
    const byHost = grouped(objects, (object) => readable(() => hostsOf(object)) ?? []);
    const isHere = (name: string, service: KubernetesObject): boolean => {
        const place = gatewayPlace(name, service);
        return `${place.namespace}/${place.name}` === gateway;
    };
    return {
        place: `gateway ${gateway}`,
        gateway: gateway.split("/").at(-1) ?? gateway,
        port: "",
        protocol: "http",
        hosts: [...byHost.keys()],
        redirects: false,
        workloads: [],
        tables: new Map(
            Array.from(byHost, ([host, found]) => {
                const services = found.filter(({ group }) => group === VIRTUAL_SERVICE.group);
                const routes = found.filter((object) => !services.includes(object));
                return [
                    host,
                    tableOf(host, found, () => [
                        ...mergedEntries(services, isHere, "http", view),
                        ...mergedEntries(services, isHere, "tls", view),
                        ...routeEntries(routes, view),
                    ]),
                ];
            }),
        ),
    };
}

/** The hosts of a route of Kubernetes' API; who names none means all. @throws UnknownValue */
function hostnamesOf({ root }: KubernetesObject): readonly string[] {
    const own = root.at("spec", "hostnames").texts();
    return own.length === 0 ? ["*"] : own;
}

const keyOf = ({ namespace, name }: KubernetesObject): string => `${namespace}/${name}`;

/** The Gateways that a VirtualService names. @throws UnknownValue */
function boundTo(service: KubernetesObject, { stack }: MeshView): readonly string[] {
    return service.root
        .at("spec", "gateways")
        .texts()
        .filter((name) => name !== "mesh")
        .flatMap((name) => {
            const gateway = gatewayNamed(name, service, stack);
            return gateway === undefined ? [] : [keyOf(gateway)];
        });
}

/** The pods that labels select, wherever they are. @throws UnknownValue */
function selectedBy(selector: Field, workloads: Workloads): readonly Workload[] {
    const wanted = textsOf(selector);
    return workloads.all.filter(
        ({ labels, role }) =>
            role === "gateway" &&
            wanted.length > 0 &&
            wanted.every(([key, value]) => labels.get(key) === value),
    );
}

/** @throws UnknownValue */
function serverAt(
    server: Field,
    bound: Index<KubernetesObject>,
    workloads: Workloads,
    view: MeshView,
): Listener {
    const { object } = server;
    const selector = object.root.at("spec", "selector");
    const pods = selectedBy(selector, workloads);
    const port = server.at("port", "number").text() ?? "";
    const bind = server.at("bind").text();
    const hosts = server
        .at("hosts")
        .texts()
        .map((host) => host.split("/").at(-1) ?? "");
    const protocol = followedAt(server) ?? "none";
    return {
        place: placeOf(
            pods,
            textsOf(selector)
                .map((label) => label.join("="))
                .sort()
                .join(),
            bind === undefined ? port : `${bind} ${port}`,
        ),
        gateway: object.name,
        field: server,
        port,
        protocol,
        hosts,
        redirects: server.at("tls", "httpsRedirect").flag() === true,
        workloads: pods,
        tables: protocol === "none" ? new Map() : servedBy(server, protocol, hosts, bound, view),
    };
}

function placeOf(pods: readonly Workload[], otherwise: string, port: string): string {
    return `${pods.length === 0 ? otherwise : pods.map(({ key }) => key).join()} ${port}`;
}

/** The narrower of two hosts of which one may stand for the other. */
function narrower(one: string, other: string): string {
    return one.startsWith("*") && (!other.startsWith("*") || other.length >= one.length)
        ? other
        : one;
}

/** The tables of the hosts that VirtualServices have at a server. Those of several for one host are one. */
function servedBy(
    server: Field,
    protocol: "http" | "tcp" | "tls",
    hosts: readonly string[],
    bound: Index<KubernetesObject>,
    view: MeshView,
): ReadonlyMap<string, RouteTable> {
    const services = new Map<string, KubernetesObject[]>();
    for (const service of bound.get(keyOf(server.object))) {
        for (const host of readable(() => service.root.at("spec", "hosts").items()) ?? []) {
            if (readable(() => serves(server, host, view.settings)) === true) {
                const own = fullHost(host.text() ?? "", service.namespace, view.settings);
                for (const served of hosts.filter((one) => overlaps(one, own))) {
                    const key = narrower(served, own);
                    const others = services.get(key) ?? [];
                    services.set(key, others.includes(service) ? others : [...others, service]);
                }
            }
        }
    }
    const made = new Map<string, RouteTable>();
    return new Map(
        Array.from(services, ([host, found]) => {
            const key = found.map(keyOf).join(" ");
            const table =
                made.get(key) ??
                tableOf(host, found, () =>
                    mergedEntries(
                        found,
                        (name, service) =>
                            gatewayNamed(name, service, view.stack) === server.object,
                        protocol,
                        view,
                    ),
                );
            made.set(key, table);
            return [host, { ...table, host }];
        }),
    );
}

/** The routes of several VirtualServices for one host. @throws UnknownValue */
function mergedEntries(
    services: readonly KubernetesObject[],
    isHere: (gateway: string, service: KubernetesObject) => boolean,
    protocol: "http" | "tcp" | "tls",
    view: MeshView,
): readonly Entry[] {
    const entries = services.flatMap((service) => {
        const place = {
            ...view,
            defaultRetries: () => defaultRetries(view),
            isHere: (name: string) => isHere(name, service),
        };
        return protocol === "http"
            ? httpEntries(service, place)
            : connectionEntries(service, protocol, place);
    });
    // Where several are merged, what takes everything is asked last.
    return services.length === 1
        ? entries
        : [
              ...entries.filter(({ match }) => !takesEverything(match)),
              ...entries.filter(({ match }) => takesEverything(match)),
          ];
}

const PROTOCOLS: Readonly<Record<string, Listener["protocol"]>> = {
    HTTP: "http",
    HTTPS: "http",
    TLS: "tls",
    TCP: "tcp",
};

/** @throws UnknownValue */
function listenerAt(listener: Field, workloads: Workloads, view: MeshView): Listener {
    const { object } = listener;
    const port = listener.at("port").text() ?? "";
    const hostname = listener.at("hostname").text() ?? "*";
    const pods = workloads.all.filter((workload) => workload.object === object);
    return {
        place: placeOf(pods, gatewayOf(object), port),
        gateway: object.name,
        field: listener,
        port,
        protocol: PROTOCOLS[protocolOf(listener)] ?? "none",
        hosts: [hostname],
        redirects: false,
        workloads: pods,
        tables: routedAt(listener, hostname, view),
    };
}

/** The tables of the hosts that routes of Kubernetes' API have at a listener. @throws UnknownValue */
function routedAt(
    listener: Field,
    hostname: string,
    view: MeshView,
): ReadonlyMap<string, RouteTable> {
    const byHost = new Map<string, KubernetesObject[]>();
    for (const route of routesAt(view.stack, listener)) {
        const own = route.root.at("spec", "hostnames").texts();
        for (const host of own.length === 0 ? [hostname] : own) {
            if (overlaps(hostname, host)) {
                const key = narrower(hostname, host);
                byHost.set(key, [...(byHost.get(key) ?? []), route]);
            }
        }
    }
    return new Map(
        Array.from(byHost, ([host, routes]) => [
            host,
            tableOf(host, routes, () => routeEntries(routes, view)),
        ]),
    );
}

/** @throws UnknownValue */
function routeEntries(routes: readonly KubernetesObject[], view: MeshView): readonly Entry[] {
    const { settings } = view;
    const requests = routes.filter((route) => isSelected(route, [HTTP_ROUTE, GRPC_ROUTE]));
    const entries = ruleEntries(requests, settings, defaultRetries(view));
    const connections = ruleEntries(
        routes.filter((route) => !requests.includes(route)),
        settings,
        defaultRetries(view),
    ).map((entry) => ({ ...entry, answer: plainAnswer(entry.answer.targets) }));
    return [...entries, ...connections];
}
