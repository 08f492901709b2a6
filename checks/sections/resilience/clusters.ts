// An oracle, written apart from model/destination-rule.ts on purpose: it shares with it what a declaration says, and
// nothing of what is made from one.
import type { EnvoyCluster } from "#live/proxies/envoy-types.ts";
import { milliseconds } from "#model/duration.ts";
import type { BackingServiceIntent, HttpConnectionPool, OutlierDetection } from "#model/intents.ts";
import type { Facts } from "./facts.ts";
import { durationText, envoyDuration, NONE } from "./facts.ts";

const HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
/** What Istio writes where nothing is declared: the largest number there is. */
const UNLIMITED = 2 ** 32 - 1;
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
    return limit === undefined || limit === UNLIMITED ? "unlimited" : String(limit);
}
