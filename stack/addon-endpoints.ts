import type { MeshContext } from "#model/mesh.ts";

/** Where the addons reach one another inside the cluster, as the chart values name their Services. */
export interface AddonEndpoints {
    readonly prometheus: string;
    readonly grafana: string;
    /** With the base path Jaeger is configured for. */
    readonly jaegerHttp: string;
    readonly jaegerGrpc: string;
}

/** Ports of the addons' Services. */
export const ADDON_PORTS = {
    prometheus: 9090,
    grafana: 3000,
    kiali: 20001,
    /** Jaeger's user interface and API. */
    jaeger: 16686,
    jaegerGrpc: 16685,
    jaegerMetrics: 8888,
    /** Where Jaeger takes spans. */
    otlpGrpc: 4317,
    otlpHttp: 4318,
} as const;

/** Base path of Jaeger's user interface and API. */
export const JAEGER_BASE_PATH = "/jaeger";

/** The addresses that follow from the ports and the control plane's namespace. */
export function addonEndpoints({
    controlPlaneNamespace,
}: Pick<MeshContext, "controlPlaneNamespace">): AddonEndpoints {
    const at = (service: string, port: number): string =>
        `http://${service}.${controlPlaneNamespace}:${port}`;
    return {
        prometheus: at("prometheus", ADDON_PORTS.prometheus),
        grafana: at("grafana", ADDON_PORTS.grafana),
        jaegerHttp: at("jaeger", ADDON_PORTS.jaeger) + JAEGER_BASE_PATH,
        jaegerGrpc: at("jaeger", ADDON_PORTS.jaegerGrpc) + JAEGER_BASE_PATH,
    };
}
