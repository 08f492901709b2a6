import type { InboundChain } from "#live/proxies/envoy-types.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { Check } from "../../check.ts";
import { failed, passed } from "../../check.ts";
import { httpEdges } from "../../matrix.ts";

/**
 * Whoever is called by method and path is so by a proxy that reads requests. To one for which the port is TCP, an
 * ALLOW by paths matches nothing and lets nobody in.
 */
export function httpListeners(mesh: DeclaredMesh): Check[] {
    const callees = new Map(httpEdges(mesh).map(({ service }) => [service.name, service]));
    return [...callees.values()].map(({ name, port }) => ({
        id: `config/http-listener/${name}`,
        title: `the proxy of ${name} reads as HTTP what its policies judge by method and path`,
        documentation:
            "https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/",
        run: async (live) => {
            const { pod, inboundChains } = await live.proxy(name);
            const problem = listenerProblem(inboundChains, port);
            return problem === undefined
                ? passed(`port ${port} is HTTP (proxy of ${pod})`)
                : failed(
                      `an HTTP connection manager in every filter chain for port ${port}`,
                      `${problem} (proxy of ${pod})`,
                      `Set appProtocol: http, or name the port http, in every Service that selects app=${name}.`,
                  );
        },
    }));
}

/** What is wrong with the filter chains that take a port's connections; `undefined` where each reads HTTP. */
export function listenerProblem(chains: readonly InboundChain[], port: number): string | undefined {
    const own = chains.filter((chain) => chain.port === port);
    if (own.length === 0) {
        return `no filter chain for port ${port}, which to the proxy belongs to no Service`;
    }
    const raw = own.filter(({ http }) => !http);
    if (raw.length === 0) {
        return undefined;
    }
    return raw.length === own.length
        ? `port ${port} is TCP`
        : `port ${port} is HTTP only where the proxy recognizes it, and TCP else`;
}
