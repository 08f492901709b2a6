import type { IDestinationRule } from "@kubernetes-models/istio/networking.istio.io/v1/DestinationRule";
import type { BackingServiceIntent, HttpConnectionPool, ServiceIntent } from "./intents.ts";
import type { MeshContext } from "./mesh.ts";
import { clusterHost } from "./mesh.ts";

type DestinationRuleSpec = NonNullable<IDestinationRule["spec"]>;
type PoolSpec = NonNullable<NonNullable<DestinationRuleSpec["trafficPolicy"]>["connectionPool"]>;

/** A pool's limits as Istio writes them, for whoever enforces them: each caller, or the server itself. */
export function poolSpec(
    pool: Omit<HttpConnectionPool, "maxRequestsPerConnection">,
): Required<Pick<PoolSpec, "tcp" | "http">> {
    const { maxConnections, http1MaxPendingRequests, http2MaxRequests } = pool;
    return {
        tcp: { maxConnections },
        http: { http1MaxPendingRequests, http2MaxRequests },
    };
}

/** Subsets, connection pool, outlier detection and mutual TLS towards a service. */
export function destinationRuleSpec(
    service: ServiceIntent,
    context: MeshContext,
): DestinationRuleSpec {
    const { minHealthPercent, ...outlier } = service.outlierDetection;
    const { maxRequestsPerConnection } = service.connectionPool;
    const { tcp, http } = poolSpec(service.connectionPool);
    return {
        host: clusterHost(service.name, context),
        trafficPolicy: {
            tls: { mode: "ISTIO_MUTUAL" },
            ...(service.loadBalancing && { loadBalancer: { simple: service.loadBalancing } }),
            connectionPool: {
                tcp,
                http: {
                    ...http,
                    ...(maxRequestsPerConnection !== undefined && { maxRequestsPerConnection }),
                },
            },
            // Zero is what holds without a word.
            outlierDetection: { ...outlier, ...(minHealthPercent > 0 && { minHealthPercent }) },
        },
        subsets: service.versions.map(({ name }) => ({ name, labels: { version: name } })),
    };
}

/** A backing service's limits, likewise. */
export function tcpPoolSpec({
    tcpConnectionPool,
}: Pick<BackingServiceIntent, "tcpConnectionPool">): Required<Pick<PoolSpec, "tcp">> {
    return { tcp: { ...tcpConnectionPool } };
}

/** Connection limits and mutual TLS towards a backing service. */
export function backingDestinationRuleSpec(
    service: BackingServiceIntent,
    context: MeshContext,
): DestinationRuleSpec {
    return {
        host: clusterHost(service.name, context),
        trafficPolicy: {
            tls: { mode: "ISTIO_MUTUAL" },
            connectionPool: tcpPoolSpec(service),
        },
    };
}
