import type { PlatformInput } from "#stack/platform-keys.ts";

const EVERYTHING = { prometheus: true, grafana: true, jaeger: true, kiali: true };

/** A platform as a developer's stack has it. */
export const DEV: PlatformInput = {
    environment: "dev",
    size: "small",
    istioVersion: "1.31.1",
    samplingPercent: 100,
    outboundTraffic: "ALLOW_ANY",
    addons: EVERYTHING,
    kialiAuth: "anonymous",
    grafanaAnonymousViewer: true,
    gateway: { serviceType: "LoadBalancer" },
};

/** A platform as the production stack has it. */
export const PROD: PlatformInput = {
    environment: "prod",
    size: "large",
    istioVersion: "1.31.1",
    samplingPercent: 1,
    addons: EVERYTHING,
};

/** A platform on a cluster without Istio's own proxy. */
export const LOCAL: PlatformInput = {
    ...DEV,
    images: { hub: "docker.io/istio", tag: "1.31.0-eed52ebb66ad" },
    addons: { prometheus: false, grafana: false, jaeger: true, kiali: false },
    gateway: { serviceType: "NodePort", nodePorts: { http: 30080, https: 30443 } },
    stockEnvoy: true,
};
