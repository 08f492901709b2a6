import type { HttpEdge } from "#checks/matrix.ts";
import { httpEdges } from "#checks/matrix.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { isExposed } from "#model/routing.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";

/** What is made weaker: one of each kind stands for all of it, as the checks of the others are the same. */
export interface Subjects {
    /** A declared edge between two microservices, to a service that may be sent anything, if there is one. */
    readonly edge: HttpEdge | undefined;
    /** A declared edge from the gateway. */
    readonly fromGateway: HttpEdge | undefined;
    /** A service that the gateway may not call. */
    readonly internal: ServiceIntent | undefined;
}

export function subjectsOf(mesh: DeclaredMesh): Subjects {
    const edges = httpEdges(mesh);
    const inside = edges.filter(({ caller }) => caller !== INGRESS_GATEWAY);
    return {
        edge: inside.find(({ service }) => service.honoursProbeHeader) ?? inside[0],
        fromGateway: edges.find(({ caller }) => caller === INGRESS_GATEWAY),
        internal: mesh.catalog.services.find((service) => !isExposed(service)),
    };
}
