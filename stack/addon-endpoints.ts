import type { Collector } from "#model/collector.ts";
import { JAEGER } from "#model/platform-names.ts";
import { collectorAt } from "./addon-addresses.ts";
import type { AddonName } from "./chart-versions.ts";
import type { ConfigKeys } from "./config-schema.ts";

/** Where the addons are reached inside the cluster; `undefined` is one that the stack does not have. */
export interface AddonEndpoints {
    readonly prometheus: string | undefined;
    readonly grafana: string | undefined;
    /** Jaeger's user interface and API, with its base path. */
    readonly jaegerHttp: string | undefined;
    /** Of somebody else's Jaeger only HTTP is known. */
    readonly jaegerGrpc: string | undefined;
    /** With its base path. */
    readonly kiali: string | undefined;
    /** Where proxies send their spans. */
    readonly collector: Collector | undefined;
}

/** What the addresses follow from. */
type AddonKeys = Pick<ConfigKeys, "addons" | "controlPlaneNamespace">;

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

/** Base path of the user interface and API of the stack's own Jaeger. */
export const JAEGER_BASE_PATH = "/jaeger";

/** Base path of Kiali's console and API. */
export const KIALI_BASE_PATH = "/kiali";

/** The addresses of the stack's own addons, as the chart values name their Services, and those it is told of others. */
export function addonEndpoints({ addons, controlPlaneNamespace }: AddonKeys): AddonEndpoints {
    const { prometheus, grafana, jaeger, kiali } = addons;
    const at = (service: string, port: number, scheme = "http"): string =>
        `${scheme}://${service}.${controlPlaneNamespace}:${port}`;
    const own = {
        jaegerHttp: at(JAEGER, ADDON_PORTS.jaeger) + JAEGER_BASE_PATH,
        jaegerGrpc: at(JAEGER, ADDON_PORTS.jaegerGrpc) + JAEGER_BASE_PATH,
        collector: collectorAt(at(JAEGER, ADDON_PORTS.otlpGrpc)),
    };
    return {
        prometheus: addressOf(prometheus, at("prometheus", ADDON_PORTS.prometheus)),
        grafana: addressOf(grafana, at("grafana", ADDON_PORTS.grafana)),
        kiali: kiali ? at("kiali", ADDON_PORTS.kiali) + KIALI_BASE_PATH : undefined,
        ...(typeof jaeger === "object"
            ? {
                  jaegerHttp: jaeger.query && withoutSlash(jaeger.query),
                  jaegerGrpc: undefined,
                  collector: collectorAt(jaeger.otlp),
              }
            : {
                  jaegerHttp: jaeger ? own.jaegerHttp : undefined,
                  jaegerGrpc: jaeger ? own.jaegerGrpc : undefined,
                  collector: jaeger ? own.collector : undefined,
              }),
    };
}

function addressOf(
    addon: ConfigKeys["addons"]["prometheus" | "grafana"],
    own: string,
): string | undefined {
    if (typeof addon === "object") {
        return withoutSlash(addon.address);
    }
    return addon ? own : undefined;
}

function withoutSlash(url: string): string {
    return url.replace(/(?<!\/)\/+$/, "");
}

/** Which addons the stack installs itself; the others are somebody else's, or nobody's. */
export function ownAddons({ addons }: Pick<ConfigKeys, "addons">): Record<AddonName, boolean> {
    return {
        prometheus: addons.prometheus === true,
        grafana: addons.grafana === true,
        jaeger: addons.jaeger === true,
        kiali: addons.kiali,
    };
}
