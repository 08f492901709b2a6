import type { Catalog, ServiceIntent } from "./intents.ts";
import type { MeshContext } from "./mesh.ts";
import { clusterHost } from "./mesh.ts";

/** Environment variables of a service's container: its port, the backing services' addresses, and its own. */
export function environmentOf(
    service: ServiceIntent,
    catalog: Catalog,
    context: MeshContext,
): Record<string, string> {
    return {
        PORT: String(service.port),
        ...Object.fromEntries(
            catalog.backing.map((backing): [string, string] => [
                backing.addressVariable,
                `${backing.scheme}://${clusterHost(backing.name, context)}:${backing.port}`,
            ]),
        ),
        ...service.env,
    };
}
