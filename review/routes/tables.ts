import { isForMesh } from "#policy/bound-servers.ts";
import type { KubernetesObject } from "#policy/field.ts";
import { UnknownValue } from "#policy/field.ts";
import { parentsOf } from "#policy/gateway-api.ts";
import { fullHost } from "#policy/hosts.ts";
import { GRPC_ROUTE, HTTP_ROUTE, VIRTUAL_SERVICE } from "#policy/kinds.ts";
import { meshViewOf } from "../mesh.ts";
import type { MeshView } from "../mesh.ts";
import type { Subject } from "../subject.ts";
import type { Entry, Retries } from "./answer.ts";
import { ruleEntries } from "./kubernetes-route.ts";
import { connectionEntries, httpEntries, plainAnswer, retriesAt } from "./virtual-service.ts";

/** What becomes of the requests for one host at one place. */
export interface RouteTable {
    /** Full name; it may begin with a wildcard. */
    readonly host: string;
    /** The first match decides. */
    readonly entries: readonly Entry[];
    /** What says so. */
    readonly objects: readonly KubernetesObject[];
    /** Why nobody can tell; then there are no entries. */
    readonly unread?: string;
}

/** The table, or why nobody can tell what is in it. */
export function tableOf(
    host: string,
    objects: readonly KubernetesObject[],
    read: () => readonly Entry[],
): RouteTable {
    try {
        return { host, objects, entries: read() };
    } catch (error) {
        if (error instanceof UnknownValue) {
            const { object, path } = error.field;
            const unread = `${object.label}: ${path} ${error.why.sentence}`;
            return { host, objects, entries: [], unread };
        }
        throw error;
    }
}

/** What is tried again where a route says nothing of it. @throws UnknownValue */
export function defaultRetries({ plane, stack }: MeshView): Retries {
    return stack.once("retries of the mesh", () => {
        const said = plane?.meshConfig("defaultHttpRetryPolicy");
        return said?.exists === true
            ? retriesAt(said)
            : { attempts: 2, conditions: DEFAULT_CONDITIONS, unsafe: [] };
    });
}

const DEFAULT_CONDITIONS = ["cancelled", "connect-failure", "refused-stream", "unavailable"];

/** The tables by which the proxies inside a mesh send requests. */
export interface MeshTables {
    /** Hosts that have a table of their own, sorted. */
    readonly hosts: readonly string[];
    /** The table for a host, as the proxies of a namespace read it; absent where none says anything of it. */
    tableFor(host: string, namespace?: string): RouteTable | undefined;
}

const known = new WeakMap<Subject, MeshTables>();

/** The tables of a subject; made once for each. */
export function meshTablesOf(subject: Subject): MeshTables {
    const found = known.get(subject) ?? make(meshViewOf(subject));
    known.set(subject, found);
    return found;
}

/** A table, and for whom it is. */
interface Scoped {
    readonly table: RouteTable;
    /** Absent where it is for all. */
    readonly namespaces: ReadonlySet<string> | undefined;
}

function make(view: MeshView): MeshTables {
    const byHost = new Map<string, Scoped[]>();
    const add = (host: string, scoped: Scoped): void => {
        byHost.set(host, [...(byHost.get(host) ?? []), scoped]);
    };
    for (const service of view.stack.of(VIRTUAL_SERVICE)) {
        const [first, ...others] = hostsForMesh(service, view);
        if (first !== undefined) {
            const table = virtualTable(first, service, view);
            const namespaces = exported(service);
            for (const host of [first, ...others]) {
                add(host, { table: { ...table, host }, namespaces });
            }
        }
    }
    for (const [host, routes] of routesOfServices(view)) {
        const read = (): readonly Entry[] =>
            ruleEntries(routes, view.settings, defaultRetries(view));
        add(host, { table: tableOf(host, routes, read), namespaces: undefined });
    }
    return {
        hosts: [...byHost.keys()].sort(),
        tableFor: (host, namespace = "") =>
            // Of several the oldest holds; the first stands for it.
            keysFor(host)
                .flatMap((key) => byHost.get(key) ?? [])
                .find(({ namespaces }) => namespaces?.has(namespace) ?? true)?.table,
    };
}

/** A host, and the wildcards that stand for it, the longest first. */
export function keysFor(host: string): readonly string[] {
    return [...new Set([host, ...Array.from(host, (_, at) => `*${host.slice(at)}`), "*"])];
}

/** The namespaces whose proxies read a VirtualService; `undefined` for all. */
function exported(service: KubernetesObject): ReadonlySet<string> | undefined {
    const field = service.root.at("spec", "exportTo");
    const places = field.known ? field.texts() : [];
    return places.length === 0 || places.includes("*")
        ? undefined
        : new Set(places.map((place) => (place === "." ? service.namespace : place)));
}

function hostsForMesh(service: KubernetesObject, { settings }: MeshView): readonly string[] {
    try {
        return isForMesh(service)
            ? service.root
                  .at("spec", "hosts")
                  .texts()
                  .map((host) => fullHost(host, service.namespace, settings))
            : [];
    } catch (error) {
        if (error instanceof UnknownValue) {
            return [];
        }
        throw error;
    }
}

function virtualTable(host: string, service: KubernetesObject, view: MeshView): RouteTable {
    const place = {
        ...view,
        isHere: (gateway: string) => gateway === "mesh",
        defaultRetries: () => defaultRetries(view),
    };
    return tableOf(host, [service], () => {
        const http = httpEntries(service, place);
        return http.length > 0
            ? http
            : [
                  ...connectionEntries(service, "tls", place),
                  ...connectionEntries(service, "tcp", place),
              ];
    });
}

/** The routes of Kubernetes' API that belong to Services, by the Services' hosts. */
function routesOfServices({
    stack,
    settings,
}: MeshView): ReadonlyMap<string, readonly KubernetesObject[]> {
    const routes = new Map<string, KubernetesObject[]>();
    for (const route of stack.of(HTTP_ROUTE, GRPC_ROUTE)) {
        for (const { kind, namespace, name, field } of parentsOf(route)) {
            if (kind === "Service" && field.known) {
                const host = `${name}.${namespace}.svc.${settings.clusterDomain}`;
                routes.set(host, [...(routes.get(host) ?? []), route]);
            }
        }
    }
    return routes;
}

/** The table of a host of which nobody says anything. */
export function plainTable(host: string, view: MeshView): RouteTable {
    return tableOf(host, [], () => {
        const target = { host, percent: 100 };
        return [{ match: [], answer: plainAnswer([target], defaultRetries(view)), repeats: [] }];
    });
}
