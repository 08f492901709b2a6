import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";

/** Every workload that has a proxy of the mesh: the gateway, the services, and the servers that the stack deploys. */
export function proxiedWorkloads({ catalog, config }: DeclaredMesh): readonly string[] {
    const backing = config.backingServices === "deploy" ? catalog.backing : [];
    return [INGRESS_GATEWAY, ...[...catalog.services, ...backing].map(({ name }) => name)];
}
