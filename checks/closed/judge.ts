import type { RunningPod } from "#live/pods.ts";
import type { Proxy } from "#live/proxies/envoy-types.ts";
import { INBOUND_LISTENER } from "#live/proxies/envoy-types.ts";
import { isHttp } from "#live/proxies/envoy.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import type { DeclaredObject } from "#stack/declared-objects.ts";
import { declaredRules, heldRules } from "./authorization.ts";
import {
    declaredDoors,
    declaredGatewayDoors,
    heldDoors,
    heldGatewayDoors,
    openChains,
} from "./doors.ts";
import { addedFilters, heldFilterProblems } from "./filters.ts";
import {
    declaredUnknownHosts,
    heldBeyondScope,
    heldGatewayRules,
    heldUnknownHosts,
} from "./reach.ts";
import { declaredReports, heldReports } from "./reports.ts";
import { servedPorts } from "./served-ports.ts";
import type { Differences } from "./statement.ts";
import { differences, merged } from "./statement.ts";
import { gatewayRouteDifferences, sidecarRouteDifferences } from "./virtual-hosts.ts";
import type { ProxiedPod } from "./workload.ts";

/** The sides of what a proxy does, each judged by itself, as they are said of a workload. */
export const ASPECTS = {
    access: "lets in those and for that which is declared",
    doors: "takes the declared connections, secured as declared",
    filters: "has Istio's own filters, in their order",
    routes: "sends requests where they are declared to go, unchanged",
    reach: "reaches whom it is declared to, by declared rules",
    reports: "tells of its requests whom it is declared to",
} as const;
export type Aspect = keyof typeof ASPECTS;

/** One pod of a workload and its proxy. */
export interface Proxied {
    readonly workload: string;
    readonly pod: RunningPod;
    readonly proxy: Proxy;
}

/** What a mesh declares, with every object of it. */
export interface Declarations {
    readonly mesh: DeclaredMesh;
    readonly objects: readonly DeclaredObject[];
}

/**
 * What one side of a proxy does differently from what follows from the declarations.
 *
 * @throws Error where a declaration has a field of which nobody here knows what it becomes
 */
export function judgeProxy(
    aspect: Aspect,
    { mesh, objects }: Declarations,
    { workload, pod, proxy }: Proxied,
): Differences {
    const { config, context } = mesh;
    const chosen = { ...pod, rootNamespace: context.controlPlaneNamespace };
    const gateway = workload === INGRESS_GATEWAY;
    switch (aspect) {
        case "access":
            return accessDifferences(objects, chosen, proxy, gateway);
        case "doors":
            return gateway
                ? differences(declaredGatewayDoors(objects, chosen), heldGatewayDoors(proxy))
                : differences(declaredDoors(servedPorts(objects, chosen)), heldDoors(proxy));
        case "filters":
            return differences(
                [],
                heldFilterProblems(proxy, {
                    stockEnvoy: config.stockEnvoy,
                    added: addedFilters(objects, chosen),
                }),
            );
        case "routes":
            return (gateway ? gatewayRouteDifferences : sidecarRouteDifferences)(
                objects,
                chosen,
                proxy,
            );
        case "reach":
            // Whom a gateway reaches is where its routes and filter chains lead.
            return gateway
                ? differences([], heldGatewayRules(objects, proxy))
                : differences(declaredUnknownHosts(config.outboundTraffic), [
                      ...heldUnknownHosts(proxy),
                      ...heldBeyondScope(objects, chosen, proxy),
                  ]);
        case "reports":
            return differences(declaredReports(mesh), heldReports(proxy));
    }
}

/** Chain by chain: each of them is a way in. */
function accessDifferences(
    objects: readonly DeclaredObject[],
    pod: ProxiedPod,
    { listeners }: Proxy,
    gateway: boolean,
): Differences {
    const chains = listeners
        .filter(({ name }) => gateway || name === INBOUND_LISTENER)
        .flatMap(openChains);
    return merged(
        chains.map((chain) =>
            differences(
                declaredRules(objects, pod, chain.filters?.some(isHttp) === true),
                heldRules(chain),
            ),
        ),
    );
}
