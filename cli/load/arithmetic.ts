import { ejectableHosts } from "#model/advice.ts";
import { milliseconds } from "#model/duration.ts";
import type { HttpConnectionPool, RouteIntent } from "#model/intents.ts";

/** Requests that one proxy has under way to a service at a time over HTTP/1.1, one a connection. */
export function connections(pool: HttpConnectionPool): number {
    return Math.min(pool.maxConnections, pool.http2MaxRequests);
}

/**
 * The same with those that wait for a connection; what comes then is refused. Callers' proxies hold to it for all the
 * servers together, a server's own proxy for its pod.
 */
export function capacity(pool: HttpConnectionPool): number {
    return connections(pool) + pool.http1MaxPendingRequests;
}

/** The largest number of replicas of which none can be ejected; 0 where one always can. */
export function tooFewToEject(maxEjectionPercent: number): number {
    return Math.ceil(100 / maxEjectionPercent) - 1;
}

/** The healthy share that is left when as many replicas are ejected as may be, in percent. */
export function healthyAtWorst(replicas: number, maxEjectionPercent: number): number {
    return (100 * (replicas - ejectableHosts(replicas, maxEjectionPercent))) / replicas;
}

/** Milliseconds after which a proxy that gets no answer to a repeatable request turns to another replica, or gives up. */
export function patience(route: RouteIntent): number {
    const timeout = milliseconds(route.timeout);
    return route.retries !== undefined && route.retries.attempts > 0
        ? Math.min(timeout, milliseconds(route.retries.perTryTimeout))
        : timeout;
}

/** Milliseconds after which a request that no server answers is over: all its tries, or the timeout of its route. */
export function spentAfter(route: RouteIntent): number {
    const { retries } = route;
    const timeout = milliseconds(route.timeout);
    return retries === undefined
        ? timeout
        : Math.min(timeout, milliseconds(retries.perTryTimeout) * (retries.attempts + 1));
}
