import type { HttpEdge } from "#checks/matrix.ts";
import { httpEdges } from "#checks/matrix.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { isExposed } from "#model/routing.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";

/** What is made weaker: at most one of each kind, which stands for all of it, as the checks of the others are the same. */
export interface Subjects {
    /** A declared edge between two microservices, to a service that may be sent anything, if there is one. */
    readonly edges: readonly HttpEdge[];
    /** A declared edge from the gateway. */
    readonly gatewayEdges: readonly HttpEdge[];
    /** A service that the gateway may not call. */
    readonly internals: readonly ServiceIntent[];
}

export function subjectsOf(mesh: DeclaredMesh): Subjects {
    const all = httpEdges(mesh);
    const inside = all.filter(({ caller }) => caller !== INGRESS_GATEWAY);
    const willing = inside.filter(({ service }) => service.honoursProbeHeader);
    return {
        edges: [...willing, ...inside].slice(0, 1),
        gatewayEdges: all.filter(({ caller }) => caller === INGRESS_GATEWAY).slice(0, 1),
        internals: mesh.catalog.services.filter((service) => !isExposed(service)).slice(0, 1),
    };
}
