import type { BackingServiceIntent } from "#model/intents.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";

/** The backing services that the stack deploys, so that they have a proxy; others may have none. */
export function deployedBacking({
    catalog,
    config,
}: DeclaredMesh): readonly BackingServiceIntent[] {
    return config.backingServices === "deploy" ? catalog.backing : [];
}

/** Every workload that has a proxy of the mesh: the gateway, the services, and the servers that the stack deploys. */
export function proxiedWorkloads(mesh: DeclaredMesh): readonly string[] {
    const workloads = [...mesh.catalog.services, ...deployedBacking(mesh)];
    return [INGRESS_GATEWAY, ...workloads.map(({ name }) => name)];
}
