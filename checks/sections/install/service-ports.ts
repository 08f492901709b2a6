import type { V1EndpointSlice, V1Service } from "@kubernetes/client-node";
import { DiscoveryV1Api } from "@kubernetes/client-node";
import type { MeshConfig } from "#stack/config.ts";
import type { LiveMesh } from "../../live-mesh.ts";
import { ifFound } from "../../live-mesh.ts";

/** Ports under which everybody expects a gateway, with the stack's name for their node port. */
const PUBLIC_PORTS = [
    { port: 80, protocol: "http" },
    { port: 443, protocol: "https" },
] as const;

/** What a Service is and what is wrong with it. */
export interface ServicePorts {
    readonly problem?: string;
    readonly seen: string;
}

/** Asks for the gateway's Service and for the pods behind it. */
export async function servicePorts(live: LiveMesh, name: string): Promise<ServicePorts> {
    const namespace = live.mesh.context.controlPlaneNamespace;
    const [service, { items }] = await Promise.all([
        ifFound(live.core.readNamespacedService({ namespace, name })),
        live.kubeConfig.makeApiClient(DiscoveryV1Api).listNamespacedEndpointSlice({
            namespace,
            labelSelector: `kubernetes.io/service-name=${name}`,
        }),
    ]);
    return service === undefined
        ? { problem: `there is no Service ${namespace}/${name}`, seen: "" }
        : judgeService(service, items, live.mesh.config.gateway);
}

/** Whether a Service is the declared one and each of its public ports leads to a ready pod. */
export function judgeService(
    { spec }: V1Service,
    slices: readonly V1EndpointSlice[],
    declared: MeshConfig["gateway"],
): ServicePorts {
    const type = spec?.type ?? "ClusterIP";
    const seen = `${type} with ports ${PUBLIC_PORTS.map(({ port }) => port).join(" and ")}`;
    if (type !== declared.serviceType) {
        return { problem: `the Service is a ${type}, not a ${declared.serviceType}`, seen };
    }
    for (const { port, protocol } of PUBLIC_PORTS) {
        const served = spec?.ports?.find((candidate) => candidate.port === port);
        if (served === undefined) {
            return { problem: `the Service has no port ${port}`, seen };
        }
        const nodePort = declared.nodePorts?.[protocol];
        if (nodePort !== undefined && served.nodePort !== nodePort) {
            return {
                problem: `port ${port} has node port ${served.nodePort ?? "none"}, not ${nodePort}`,
                seen,
            };
        }
        const ready = slices.some(
            (slice) =>
                slice.ports?.some(({ name }) => (name ?? "") === (served.name ?? "")) === true &&
                slice.endpoints.some(({ conditions }) => conditions?.ready !== false),
        );
        if (!ready) {
            return { problem: `port ${port} of the Service leads to no ready pod`, seen };
        }
    }
    return { seen };
}
