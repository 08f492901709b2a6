import type { PlatformSettings } from "./platform-settings.ts";

/** Where the addons reach one another inside the cluster, as the chart values name their Services. */
export interface AddonEndpoints {
    readonly prometheus: string;
    readonly grafana: string;
    /** With the base path Jaeger is configured for. */
    readonly jaegerHttp: string;
    readonly jaegerGrpc: string;
}

/** Base path of Jaeger's user interface and API. */
export const JAEGER_BASE_PATH = "/jaeger";

export function addonEndpoints(settings: PlatformSettings): AddonEndpoints {
    const at = (service: string, port: number): string =>
        `http://${service}.${settings.controlPlaneNamespace}:${port}`;
    return {
        prometheus: at("prometheus", 9090),
        grafana: at("grafana", 3000),
        jaegerHttp: at("jaeger", 16686) + JAEGER_BASE_PATH,
        jaegerGrpc: at("jaeger", 16685) + JAEGER_BASE_PATH,
    };
}
