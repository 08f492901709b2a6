import type { MeshContext } from "#model/mesh.ts";
import { outboundCluster } from "#model/mesh.ts";
import type { Check, Section } from "../../check.ts";
import type { TcpEdge } from "../../matrix.ts";
import { edgeName, httpEdges, tcpEdges } from "../../matrix.ts";
import {
    clusterDifferences,
    declaredServerPool,
    declaredTcpPool,
    heldPool,
    withoutLimitsHint,
} from "./clusters.ts";
import type { Facts } from "./facts.ts";
import { factsText } from "./facts.ts";
import { httpEdgeChecks, outcomeOf } from "./http-edge.ts";

/**
 * What Envoy holds is what it was told: timeouts, retries, limits and outlier detection, in the caller's proxy for each
 * declared edge and in the server's own.
 */
export const resilience: Section = (mesh) => {
    const { catalog, context } = mesh;
    return [
        ...httpEdges(mesh).flatMap((edge) => httpEdgeChecks(edge, mesh)),
        ...tcpEdges(mesh).map((edge) => tcpBreaker(edge, context)),
        ...catalog.services.map(({ name, port, connectionPool }) =>
            serverBreaker(name, port, declaredServerPool(connectionPool)),
        ),
        ...catalog.backing.map(({ name, port, tcpConnectionPool: { maxConnections } }) =>
            serverBreaker(name, port, { maxConnections: String(maxConnections) }),
        ),
    ];
};

function tcpBreaker(edge: TcpEdge, context: MeshContext): Check {
    const { caller, callee, service } = edge;
    const wanted = declaredTcpPool(service.tcpConnectionPool);
    return {
        id: `resilience/breaker/${edgeName(edge)}`,
        title: `${caller} limits its connections to ${callee} as declared`,
        documentation:
            "https://istio.io/latest/docs/reference/config/networking/destination-rule/#ConnectionPoolSettings-TCPSettings",
        run: async (live) => {
            const proxy = await live.proxy(caller);
            const cluster = outboundCluster(service, "", context);
            const found = clusterDifferences(cluster, proxy, wanted, heldPool);
            return outcomeOf(
                found,
                proxy.pod,
                factsText(wanted),
                withoutLimitsHint(found, proxy, service, context),
            );
        },
    };
}

/**
 * A caller's limits are its own: only the server's proxy counts all callers together. It takes them from the
 * DestinationRule that its Sidecar lets it see, or from the Sidecar itself.
 */
function serverBreaker(name: string, port: number, wanted: Facts): Check {
    return {
        id: `resilience/server-breaker/${name}`,
        title: `each pod of ${name} takes no more than the declared pool from all callers together`,
        documentation:
            "https://istio.io/latest/docs/reference/config/networking/sidecar/#Sidecar-inbound_connection_pool",
        run: async (live) => {
            const proxy = await live.proxy(name);
            const found = clusterDifferences(`inbound|${port}||`, proxy, wanted, heldPool);
            return outcomeOf(found, proxy.pod, factsText(wanted));
        },
    };
}
