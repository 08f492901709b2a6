import { grouped } from "#model/groups.ts";
import { serviceEntriesFor } from "#policy/destination-rules.ts";
import type { KubernetesObject } from "#policy/field.ts";
import type { Graph } from "../change.ts";
import { meshViewOf, readable } from "../mesh.ts";
import { namedIn } from "../named.ts";
import type { Entry } from "../routes/answer.ts";
import { listenersOf } from "../routes/listeners.ts";
import { takes } from "../routes/match.ts";
import { meshTablesOf, plainTable } from "../routes/tables.ts";
import type { RouteTable } from "../routes/tables.ts";
import type { Subject } from "../subject.ts";
import { workloadsOf } from "../workloads.ts";
import type { Workload, Workloads } from "../workloads.ts";

/** One call of a chain, with what its caller's proxy does at most. */
export interface Hop {
    readonly from: string;
    readonly to: string;
    /** Host by which it is called. */
    readonly host: string;
    /** Milliseconds in which a request ends with all its tries; absent where nothing ends it. */
    readonly limit?: number;
    /** Milliseconds in which one try ends; absent where nothing does. */
    readonly tryLimit?: number;
    /** The first try and those after it. */
    readonly tries: number;
    /** Beginning of the paths for which the most tries are made. */
    readonly prefix?: string;
    readonly objects: readonly KubernetesObject[];
}

/** Who calls whom over HTTP, and where that begins. */
export interface Calls {
    /** By the caller, each list sorted by the called. */
    readonly hops: ReadonlyMap<string, readonly Hop[]>;
    /** Gateways, and whom nobody calls; sorted. */
    readonly entries: readonly string[];
    /** Those of them that call for somebody outside. */
    readonly gateways: ReadonlySet<string>;
}

/** A route that leads to a host, and the table that it stands in. */
interface Leading {
    readonly entry: Entry;
    readonly table: RouteTable;
}

/** The routes of some tables by the hosts that they lead to. */
function byTarget(tables: readonly RouteTable[]): ReadonlyMap<string, readonly Leading[]> {
    const leading = tables.flatMap((table) => table.entries.map((entry) => ({ entry, table })));
    return grouped(leading, ({ entry }) => entry.answer.targets.map(({ host }) => host));
}

/** Whether a request of somebody can meet a match that says who sends. */
function mayCome({ match }: Entry, caller: Workload | undefined): boolean {
    const said = match.filter(({ attribute }) => attribute.startsWith("source "));
    return (
        caller === undefined ||
        takes(
            said,
            new Map([
                ...[...caller.labels].map(([key, value]) => [`source ${key}`, value] as const),
                ["source namespace", caller.namespace] as const,
            ]),
        )
    );
}

/** The greatest of some lengths of time; absent where one has no end. */
function longest(lengths: readonly (number | undefined)[]): number | undefined {
    return lengths.reduce((one, other) =>
        one === undefined || other === undefined ? undefined : Math.max(one, other),
    );
}

/** The shorter of two lengths of time, of which one may have no end. */
export function shorter(one: number | undefined, other: number | undefined): number | undefined {
    return one === undefined ? other : other === undefined ? one : Math.min(one, other);
}

/** In what time a request ends: its timeout, or the end of its last try. */
function limitOf({ answer }: Entry): number | undefined {
    const { timeout, retries } = answer;
    const tries = retries.perTryTimeout && retries.perTryTimeout * (1 + retries.attempts);
    return shorter(timeout, tries);
}

function prefixOf({ match }: Entry): string | undefined {
    return match.find(({ attribute }) => attribute === "path")?.match.text;
}

function hopBy(
    from: string,
    to: string,
    host: string,
    leading: readonly Leading[],
): Hop | undefined {
    const entries = leading.map(({ entry }) => entry);
    const most = [...entries].sort(
        (one, other) => other.answer.retries.attempts - one.answer.retries.attempts,
    )[0];
    if (most === undefined) {
        return undefined;
    }
    const limit = longest(entries.map(limitOf));
    const tryLimit = longest(entries.map(({ answer }) => answer.retries.perTryTimeout));
    const prefix = prefixOf(most);
    return {
        from,
        to,
        host,
        ...(limit !== undefined && { limit }),
        ...(tryLimit !== undefined && { tryLimit }),
        tries: 1 + most.answer.retries.attempts,
        ...(prefix !== undefined && { prefix }),
        objects: [...new Set(leading.flatMap(({ table }) => table.objects))],
    };
}

/** A call that no proxy of the mesh makes. */
function bareHop(from: string, to: string, host: string): Hop {
    return { from, to, host, tries: 1, objects: [] };
}

/** Hosts of a workload by which it is called over HTTP. */
function httpHosts({ fronts }: Workload): readonly string[] {
    return fronts
        .filter(({ ports }) => ports.length === 0 || ports.some(({ readAs }) => readAs !== "TCP"))
        .flatMap(({ hosts }) => hosts);
}

/** The routes of each gateway by the hosts that they lead to. */
function gatewayRoutes(
    subject: Subject,
): ReadonlyMap<string, ReadonlyMap<string, readonly Leading[]>> {
    const { titleOf } = workloadsOf(subject);
    const own = listenersOf(subject).flatMap((listener) => {
        const { workloads, gateway } = listener;
        const names = workloads.length === 0 ? [gateway] : workloads.map(titleOf);
        return names.map((name) => ({ name, listener }));
    });
    return new Map(
        Array.from(
            grouped(own, ({ name }) => [name]),
            ([name, listeners]) => [
                name,
                byTarget(listeners.flatMap(({ listener }) => [...listener.tables.values()])),
            ],
        ),
    );
}

/** The routes that the sidecars of a namespace follow, by the hosts that they lead to. */
function meshRoutes(
    subject: Subject,
): (namespace: string) => ReadonlyMap<string, readonly Leading[]> {
    const tables = meshTablesOf(subject);
    const known = new Map<string, ReadonlyMap<string, readonly Leading[]>>();
    return (namespace) => {
        const found =
            known.get(namespace) ??
            byTarget(tables.hosts.flatMap((host) => tables.tableFor(host, namespace) ?? []));
        known.set(namespace, found);
        return found;
    };
}

/** Two hops between the same ones in one: what is allowed at most. */
function together(one: Hop | undefined, other: Hop): Hop {
    if (one === undefined) {
        return other;
    }
    const [limit, tryLimit] = [
        longest([one.limit, other.limit]),
        longest([one.tryLimit, other.tryLimit]),
    ];
    const { prefix, host, tries } = other.tries > one.tries ? other : one;
    return {
        from: one.from,
        to: one.to,
        host,
        tries,
        ...(limit !== undefined && { limit }),
        ...(tryLimit !== undefined && { tryLimit }),
        ...(prefix !== undefined && { prefix }),
        objects: [...new Set([...one.objects, ...other.objects])],
    };
}

/** Somebody who is called: a service by its hosts, or a host outside. */
interface Callee {
    readonly title: string;
    readonly hosts: readonly string[];
}

/** Finds the calls of a subject. */
class Finder {
    readonly #subject: Subject;
    readonly #named: (name: string) => readonly Workload[];
    readonly #routes: (namespace: string) => ReadonlyMap<string, readonly Leading[]>;
    readonly #hops = new Map<string, Hop>();
    readonly #titleOf: Workloads["titleOf"];

    constructor(subject: Subject) {
        this.#subject = subject;
        this.#titleOf = workloadsOf(subject).titleOf;
        this.#named = namedIn(subject);
        this.#routes = meshRoutes(subject);
    }

    #add(hop: Hop | undefined): void {
        if (hop !== undefined && hop.from !== hop.to) {
            const key = JSON.stringify([hop.from, hop.to]);
            this.#hops.set(key, together(this.#hops.get(key), hop));
        }
    }

    #calleesOf(name: string): readonly Callee[] {
        const found = this.#named(name);
        if (found.length === 0) {
            return this.#isRequested(name) ? [{ title: name, hosts: [name] }] : [];
        }
        return found
            .filter(({ role }) => role === "application")
            .map((callee) => ({
                title: this.#titleOf(callee),
                hosts: httpHosts(callee),
            }));
    }

    /** Whether a host that no workload answers for is known to be sent requests, and not bytes. */
    #isRequested(host: string): boolean {
        const routes = meshTablesOf(this.#subject).tableFor(host)?.entries ?? [];
        const { stack } = meshViewOf(this.#subject);
        const entries = readable(() => serviceEntriesFor(stack, host)) ?? [];
        return (
            routes.some(({ answer }) => answer.targets.length > 0) ||
            entries.some(({ root }) =>
                root
                    .at("spec", "ports")
                    .items()
                    .some((port) =>
                        /^(HTTP2?|GRPC(-WEB)?)$/i.test(port.at("protocol").text() ?? ""),
                    ),
            )
        );
    }

    /** The routes to a host; of one that no VirtualService is for, Istio's own. */
    #leadingTo(host: string, caller: Workload | undefined): readonly Leading[] {
        const namespace = caller?.namespace ?? "";
        const isPlain = meshTablesOf(this.#subject).tableFor(host, namespace) === undefined;
        const plain = plainTable(host, meshViewOf(this.#subject));
        return [
            ...(this.#routes(namespace).get(host) ?? []),
            ...(isPlain ? plain.entries.map((entry) => ({ entry, table: plain })) : []),
        ].filter(({ entry }) => mayCome(entry, caller));
    }

    /** What a sidecar does on behalf of a caller. */
    inside(from: string, to: string): void {
        const callers = this.#named(from);
        for (const { title, hosts } of this.#calleesOf(to)) {
            for (const caller of callers.length === 0 ? [undefined] : callers) {
                const name = caller === undefined ? from : this.#titleOf(caller);
                const isProxied = caller === undefined || caller.proxy === "sidecar";
                for (const host of caller?.role === "gateway" ? [] : hosts) {
                    this.#add(
                        isProxied
                            ? hopBy(name, title, host, this.#leadingTo(host, caller))
                            : bareHop(name, title, host),
                    );
                }
            }
        }
    }

    /** What a gateway does for a client outside. */
    atGateway(name: string, routes: ReadonlyMap<string, readonly Leading[]>): void {
        for (const [host, leading] of routes) {
            const callees = workloadsOf(this.#subject).answering(host);
            const titles = callees.map(this.#titleOf);
            new Set(titles.length === 0 ? [host] : titles).forEach((title) => {
                this.#add(hopBy(name, title, host, leading));
            });
        }
    }

    get hops(): readonly Hop[] {
        return [...this.#hops.values()];
    }
}

function compareNames(one: string, other: string): number {
    return one < other ? -1 : one > other ? 1 : 0;
}

/** The calls of the mesh: those that a graph lets somebody make, and those that gateways have a route for. */
export function callsOf(subject: Subject, graph: Graph): Calls {
    const finder = new Finder(subject);
    const gateways = gatewayRoutes(subject);
    for (const { from, to } of graph.edges) {
        finder.inside(from, to);
    }
    for (const [name, routes] of gateways) {
        finder.atGateway(name, routes);
    }
    const sorted = [...finder.hops].sort(
        (one, other) => compareNames(one.from, other.from) || compareNames(one.to, other.to),
    );
    const called = new Set(sorted.map(({ to }) => to));
    const hops = grouped(sorted, ({ from }) => [from]);
    const first = [...hops.keys()].filter((name) => gateways.has(name) || !called.has(name));
    return {
        hops,
        entries: [...first, ...unreached(hops, first)].sort(compareNames),
        gateways: new Set(gateways.keys()),
    };
}

/** Of those who call each other and whom nobody else calls, the first. */
function unreached(
    hops: ReadonlyMap<string, readonly Hop[]>,
    entries: readonly string[],
): readonly string[] {
    const reached = new Set<string>();
    const visit = (name: string): void => {
        if (!reached.has(name)) {
            reached.add(name);
            (hops.get(name) ?? []).forEach(({ to }) => {
                visit(to);
            });
        }
    };
    entries.forEach(visit);
    return [...hops.keys()].filter((name) => {
        const isFirst = !reached.has(name);
        visit(name);
        return isFirst;
    });
}
