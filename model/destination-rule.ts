import type { IDestinationRule } from "@kubernetes-models/istio/networking.istio.io/v1/DestinationRule";
import type { BackingServiceIntent, ServiceIntent } from "./intents.ts";
import type { MeshContext } from "./mesh.ts";
import { clusterHost } from "./mesh.ts";

type DestinationRuleSpec = NonNullable<IDestinationRule["spec"]>;

/** Subsets, connection pool, outlier detection and mutual TLS towards a service. */
export function destinationRuleSpec(
    service: ServiceIntent,
    context: MeshContext,
): DestinationRuleSpec {
    const { connectionPool: pool, outlierDetection } = service;
    const { minHealthPercent, ...outlier } = outlierDetection;
    return {
        host: clusterHost(service.name, context),
        trafficPolicy: {
            tls: { mode: "ISTIO_MUTUAL" },
            ...(service.loadBalancing && { loadBalancer: { simple: service.loadBalancing } }),
            connectionPool: {
                tcp: { maxConnections: pool.maxConnections },
                http: {
                    http1MaxPendingRequests: pool.http1MaxPendingRequests,
                    http2MaxRequests: pool.http2MaxRequests,
                    ...(pool.maxRequestsPerConnection !== undefined && {
                        maxRequestsPerConnection: pool.maxRequestsPerConnection,
                    }),
                },
            },
            // Zero is what holds without a word.
            outlierDetection: { ...outlier, ...(minHealthPercent > 0 && { minHealthPercent }) },
        },
        subsets: service.versions.map(({ name }) => ({ name, labels: { version: name } })),
    };
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
            connectionPool: { tcp: { ...service.tcpConnectionPool } },
        },
    };
}
