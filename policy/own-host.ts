import { serviceEntriesFor } from "./destination-rules.ts";
import type { KubernetesObject } from "./field.ts";
import { VIRTUAL_SERVICE } from "./kinds.ts";
import { serviceOf } from "./replicas.ts";
import type { Settings } from "./settings.ts";
import type { Stack } from "./stack.ts";

/**
 * Whether a host is this stack's to write a DestinationRule for: the service's own stack does it for the others.
 *
 * @param host full name
 * @param by the object whose route names the host
 * @throws UnknownValue
 */
export function isOwnHost(
    host: string,
    by: KubernetesObject,
    stack: Stack,
    settings: Settings,
): boolean {
    return (
        // Of the backends of Kubernetes' API those are its own that it has the Service of.
        (by.group === VIRTUAL_SERVICE.group &&
            host.endsWith(`.${by.namespace}.svc.${settings.clusterDomain}`)) ||
        serviceOf(stack, host, settings) !== undefined ||
        serviceEntriesFor(stack, host).length > 0
    );
}
