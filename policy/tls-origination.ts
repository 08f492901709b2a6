import { ruleHost, serviceEntriesFor } from "./destination-rules.ts";
import type { Field, KubernetesObject } from "./field.ts";
import { some } from "./finding.ts";
import { isControlPlaneHost, isMeshHost } from "./mesh-host.ts";
import type { Settings } from "./settings.ts";
import type { Stack } from "./stack.ts";

/** Whether settings start TLS towards a server that is not one of the mesh. @throws UnknownValue */
export function originatesTls(tls: Field): boolean {
    return ["SIMPLE", "MUTUAL"].includes(tls.at("mode").text() ?? "");
}

/** Whether a DestinationRule is for hosts outside the mesh, other than the control plane's own. @throws UnknownValue */
export function isOutside(rule: KubernetesObject, stack: Stack, settings: Settings): boolean {
    const host = ruleHost(rule, settings);
    return !isControlPlaneHost(host, settings) && !isMeshHost(host, stack, settings);
}

/** Whether the server's name is stated, here or in the ServiceEntry of its host. @throws UnknownValue */
export function namesServer(tls: Field, stack: Stack, settings: Settings): boolean {
    if (tls.at("subjectAltNames").items().length > 0) {
        return true;
    }
    const host = ruleHost(tls.object, settings);
    return some(
        serviceEntriesFor(stack, host),
        ({ root }) => root.at("spec", "subjectAltNames").items().length > 0,
    );
}
