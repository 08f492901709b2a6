import type { z } from "zod";
import { configSchema } from "./config-schema.ts";

/** Keys of a stack's configuration that say what Istio and its addons are. */
export const platformSchema = configSchema.pick({
    environment: true,
    size: true,
    istioVersion: true,
    namespace: true,
    controlPlaneNamespace: true,
    clusterName: true,
    trustDomain: true,
    domain: true,
    charts: true,
    images: true,
    samplingPercent: true,
    outboundTraffic: true,
    addons: true,
    prometheusOperator: true,
    addonUrls: true,
    kialiAuth: true,
    kialiOpenId: true,
    grafanaAnonymousViewer: true,
    gateway: true,
    guard: true,
    stockEnvoy: true,
});

/** What a platform is told: the keys of a stack's configuration, of which each may be left out. Plain values. */
export type PlatformInput = Readonly<z.input<typeof platformSchema>>;
/** The same keys, complete. */
export type PlatformKeys = Readonly<z.output<typeof platformSchema>>;

/** The part of a stack's configuration that a platform is told. */
export function platformFrom<Keys extends PlatformInput>(
    config: Keys,
): Pick<Keys, keyof PlatformKeys & keyof Keys> {
    const names = Object.keys(platformSchema.shape);
    return Object.fromEntries(
        Object.entries(config).filter(([name]) => names.includes(name)),
    ) as Pick<Keys, keyof PlatformKeys & keyof Keys>;
}
