import type { EnvoyCluster } from "#live/proxies/envoy-types.ts";
import type { Edge } from "#model/authorization.ts";
import { identityOf, spiffeIdOf } from "#model/authorization.ts";
import { outboundCluster } from "#model/mesh.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { listed } from "../../calls.ts";
import type { Check, Section } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import { edgeName, httpEdges, tcpEdges } from "../../matrix.ts";

const TLS = "envoy.transport_sockets.tls";

/** A caller accepts nobody but the callee's identity as its server, and never plain text. */
export const serverNameChecks: Section = (mesh) => [
    ...httpEdges(mesh).map((edge) =>
        serverNames(edge, mesh, ["", ...edge.service.versions.map(({ name }) => name)]),
    ),
    ...tcpEdges(mesh).map((edge) => serverNames(edge, mesh, [""])),
];

/** @param subsets of the callee that the caller's proxy knows, the empty one for all of its pods */
function serverNames(edge: Edge, { context }: DeclaredMesh, subsets: readonly string[]): Check {
    const { caller, callee, port } = edge;
    const only = spiffeIdOf(identityOf(callee, context), context);
    return {
        id: `identity/server-names/${edgeName(edge)}`,
        title: `${caller} takes nobody but ${callee}'s identity for ${callee}`,
        documentation: "https://istio.io/latest/docs/concepts/security/#secure-naming",
        run: async (live) => {
            const proxy = await live.proxy(caller);
            const wrong = subsets.flatMap((subset) => {
                const name = outboundCluster({ name: callee, port }, subset, context);
                const reason = problemOf(proxy.cluster(name), only);
                return reason === undefined ? [] : [`${name}: ${reason}`];
            });
            return wrong.length > 0
                ? failed(
                      `${caller}'s proxy speaks TLS to ${callee} and accepts ${only} alone`,
                      listed(wrong),
                      `Set ISTIO_MUTUAL in the DestinationRule of ${callee}, without a subset or port that says otherwise.`,
                  )
                : passed(`${only} alone, in ${subsets.length} clusters of ${proxy.pod}`);
        },
    };
}

/** What is wrong with how a cluster knows its servers; `undefined` where nothing is. */
function problemOf(cluster: EnvoyCluster | undefined, only: string): string | undefined {
    if (cluster === undefined) {
        return "the proxy does not know it";
    }
    // One that depends on the endpoint could fall back to plain text.
    if (cluster.transport_socket_matches !== undefined) {
        return "TLS or plain text, as the endpoint has it";
    }
    if (cluster.transport_socket?.name !== TLS) {
        return "plain text";
    }
    const names =
        cluster.transport_socket.typed_config.common_tls_context.combined_validation_context
            .default_validation_context.match_subject_alt_names;
    return JSON.stringify(names) === JSON.stringify([{ exact: only }])
        ? undefined
        : `accepts ${JSON.stringify(names)}`;
}
