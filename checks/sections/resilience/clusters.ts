// An oracle, written apart from model/destination-rule.ts on purpose: it shares with it what a declaration says, and
// nothing of what is made from one.
import type { EnvoyCluster, Proxy } from "#live/proxies/envoy-types.ts";
import { milliseconds } from "#model/duration.ts";
import type { BackingServiceIntent, HttpConnectionPool, OutlierDetection } from "#model/intents.ts";
import type { MeshContext } from "#model/mesh.ts";
import { clusterHost, outboundCluster } from "#model/mesh.ts";
import type { Difference, Facts } from "./facts.ts";
import { differences, durationText, envoyDuration, factsText, NONE } from "./facts.ts";

const HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
/** What Istio writes where nothing is declared: the largest number there is. */
const UNLIMITED = 2 ** 32 - 1;
const LIMITS = "limits";
/** A timeout that nobody declares is Istio's own, so it tells nothing of who limits. */
const TIMEOUT = "connectTimeout";
const NO_CLUSTER = "none, as there is no such cluster";
/** Said of a limit that is not there. */
const NO_LIMIT = "unlimited";
/** Envoy's own panic threshold, in percent. */
const DEFAULT_PANIC_PERCENT = 50;

/** A pool's limits, as a caller's proxy enforces them on itself. */
export function declaredPool(pool: HttpConnectionPool): Facts {
    return {
        ...declaredServerPool(pool),
        maxRequestsPerConnection: limitText(pool.maxRequestsPerConnection),
    };
}

/** A pool's limits, as the server's own proxy enforces them on all callers together. */
export function declaredServerPool(pool: HttpConnectionPool): Facts {
    return {
        maxConnections: limitText(pool.maxConnections),
        http1MaxPendingRequests: limitText(pool.http1MaxPendingRequests),
        http2MaxRequests: limitText(pool.http2MaxRequests),
    };
}

export function declaredTcpPool(pool: BackingServiceIntent["tcpConnectionPool"]): Facts {
    return {
        maxConnections: limitText(pool.maxConnections),
        connectTimeout: durationText(milliseconds(pool.connectTimeout)),
    };
}

/** The limits that a cluster holds, by the names under which they are declared. */
export function heldPool(cluster: EnvoyCluster): Facts {
    // One of the priority `DEFAULT`, which is left out; Istio uses no other.
    const limits = cluster.circuit_breakers?.thresholds.find(
        (threshold) => threshold["priority"] === undefined,
    );
    const http = cluster.typed_extension_protocol_options?.[HTTP_OPTIONS];
    return {
        maxConnections: limitText(limits?.["max_connections"]),
        http1MaxPendingRequests: limitText(limits?.["max_pending_requests"]),
        http2MaxRequests: limitText(limits?.["max_requests"]),
        maxRequestsPerConnection: limitText(
            http?.common_http_protocol_options?.max_requests_per_connection,
        ),
        connectTimeout: envoyDuration(cluster.connect_timeout),
    };
}

export function declaredOutliers(outlier: OutlierDetection): Facts {
    return {
        consecutive5xxErrors: String(outlier.consecutive5xxErrors),
        "share of ejections that are made": outlier.consecutive5xxErrors > 0 ? "100 %" : "0 %",
        interval: durationText(milliseconds(outlier.interval)),
        baseEjectionTime: durationText(milliseconds(outlier.baseEjectionTime)),
        maxEjectionPercent: String(outlier.maxEjectionPercent),
        minHealthPercent: String(outlier.minHealthPercent),
    };
}

/** The outlier detection that a cluster holds, by the names under which it is declared. */
export function heldOutliers(cluster: EnvoyCluster): Facts {
    const detection = cluster.outlier_detection;
    if (detection === undefined) {
        return {};
    }
    const duration = (field: string): string => {
        const value = detection[field];
        return typeof value === "string" ? envoyDuration(value) : NONE;
    };
    const panic = cluster.common_lb_config?.healthy_panic_threshold;
    return {
        consecutive5xxErrors: String(detection["consecutive_5xx"] ?? NONE),
        "share of ejections that are made": `${detection["enforcing_consecutive_5xx"] ?? 100} %`,
        interval: duration("interval"),
        baseEjectionTime: duration("base_ejection_time"),
        maxEjectionPercent: String(detection["max_ejection_percent"] ?? NONE),
        minHealthPercent: String(panic === undefined ? DEFAULT_PANIC_PERCENT : (panic.value ?? 0)),
    };
}

function limitText(limit: number | undefined): string {
    return limit === undefined || limit === UNLIMITED ? NO_LIMIT : String(limit);
}

/** What a proxy's cluster does not hold as wanted; all of it where there is no such cluster. */
export function clusterDifferences(
    name: string,
    proxy: Proxy,
    wanted: Facts,
    held: (cluster: EnvoyCluster) => Facts,
): Difference[] {
    const cluster = proxy.cluster(name);
    return cluster === undefined
        ? [{ subject: name, field: LIMITS, wanted: factsText(wanted), held: NO_CLUSTER }]
        : differences(name, wanted, held(cluster));
}

/**
 * What to do where a caller holds not one of the declared limits: then it does not know its callee, or no
 * DestinationRule for it. `undefined` where it holds other limits.
 */
export function withoutLimitsHint(
    found: readonly Difference[],
    proxy: Proxy,
    callee: Pick<BackingServiceIntent, "name" | "port">,
    context: MeshContext,
): string | undefined {
    const unlimited = found.every(
        ({ field, held }) => [NONE, NO_LIMIT, NO_CLUSTER].includes(held) || field === TIMEOUT,
    );
    if (!unlimited) {
        return undefined;
    }
    const host = clusterHost(callee.name, context);
    return proxy.cluster(outboundCluster(callee, "", context)) === undefined
        ? `Look whether the Service ${callee.name} is there, and whether the caller's Sidecar names ${host}.`
        : `Put the DestinationRule for ${host} into ${context.namespace} and export it to the caller: Istio reads it from the caller's namespace, the service's and ${context.controlPlaneNamespace} alone, and none there limits anything.`;
}
