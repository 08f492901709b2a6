import { ejectableHosts } from "#model/advice.ts";
import type { Catalog, ServiceIntent } from "#model/intents.ts";
import type { MeshConfig } from "#stack/config.ts";
import { table } from "../output.ts";
import { capacity, connections, spentAfter } from "./arithmetic.ts";

/** Fewest pods of the gateway in a large stack. */
const GATEWAY_PODS = 2;

/** What the declared limits come to between a caller and a service. */
export interface BreakerArithmetic {
    readonly service: string;
    readonly caller: string;
    /** Pods as the declarations want them; a stack may have fewer. */
    readonly callerPods: number;
    readonly servicePods: number;
    /** Requests at a time that one proxy lets through: the caller's, and the server's for its pod. */
    readonly connections: number;
    /** Requests at a time that wait for one of the connections. */
    readonly waiting: number;
    /** Both together. */
    readonly perProxy: number;
    /** What all pods of this caller may have under way together. */
    readonly allCallers: number;
    /** What all pods of the service let in together. */
    readonly allServers: number;
    readonly ejectable: number;
    /** Requests that one of a caller may become at most. */
    readonly tries: number;
    /** In milliseconds: a request that gets no answer has ended by then. */
    readonly spentAfter: number;
}

/** One row for every declared caller of every service. */
export function breakerArithmetic(catalog: Catalog): readonly BreakerArithmetic[] {
    const pods = (caller: string): number => {
        const own = catalog.services.find(({ name }) => name === caller);
        return own === undefined ? GATEWAY_PODS : own.replicas;
    };
    return catalog.services.flatMap((service) =>
        Object.keys(service.callers).map((caller) => rowOf(service, caller, pods(caller))),
    );
}

function rowOf(service: ServiceIntent, caller: string, callerPods: number): BreakerArithmetic {
    const servicePods = service.replicas;
    const perProxy = capacity(service.connectionPool);
    const [route] = service.routes;
    return {
        service: service.name,
        caller,
        callerPods,
        servicePods,
        connections: connections(service.connectionPool),
        waiting: service.connectionPool.http1MaxPendingRequests,
        perProxy,
        allCallers: callerPods * perProxy,
        allServers: servicePods * perProxy,
        ejectable: ejectableHosts(servicePods, service.outlierDetection.maxEjectionPercent),
        tries: 1 + (route.retries?.attempts ?? 0),
        spentAfter: spentAfter(route),
    };
}

/** What the cells of {@link breakerCells} are. */
export const BREAKER_COLUMNS = [
    "service",
    "called by",
    "a proxy lets through",
    "all callers' pods",
    "all servers' pods",
    "ejected at most",
    "tries",
    "over after",
] as const;

/** One caller's row of the table for people. */
export function breakerCells(row: BreakerArithmetic): string[] {
    return [
        row.service,
        row.caller,
        `${row.connections} + ${row.waiting} waiting`,
        `${row.callerPods} x ${row.perProxy} = ${row.allCallers}`,
        `${row.servicePods} x ${row.perProxy} = ${row.allServers}`,
        `${row.ejectable} of ${row.servicePods}`,
        String(row.tries),
        `${row.spentAfter / 1000} s`,
    ];
}

/**
 * The breakers' arithmetic for people.
 *
 * @param stack name of the stack that runs
 * @param replicas pods of each service as the stack has them
 */
export function explain(catalog: Catalog, stack: string, replicas: MeshConfig["replicas"]): string {
    const rows = breakerArithmetic(catalog);
    const fewer = catalog.services.flatMap((service) => {
        const pods = replicas[service.name] ?? 0;
        const most = ejectableHosts(pods, service.outlierDetection.maxEjectionPercent);
        return pods < service.replicas ? [`${service.name} ${most} of ${pods}`] : [];
    });
    return [
        "What the declared breakers come to: requests at a time, and failing pods",
        table([BREAKER_COLUMNS, ...rows.map(breakerCells)]),
        "A limit holds in each proxy by itself: in a caller's for all servers together, in a server's for its pod and all callers.",
        "What is beyond it is refused at once with 503 and flag UO, and is not tried again; nothing stays open afterwards.",
        "Tries are for requests that may be repeated. Without an answer a request is over when its tries or the route's timeout are.",
        ...rows
            .filter(({ allCallers, allServers }) => allCallers > allServers)
            .map(
                ({ service, caller, allCallers, allServers }) =>
                    `${caller}'s pods together may send ${service} ${allCallers} at a time and its pods take ${allServers}: the servers' proxies refuse the rest, which the callers' take for errors.`,
            ),
        ...(fewer.length === 0
            ? []
            : [
                  `Stack ${stack} runs fewer pods than are declared, and ejects at most: ${fewer.join(", ")}. Rehearsals have the declared number.`,
              ]),
    ]
        .map((line) => `${line}\n`)
        .join("");
}
