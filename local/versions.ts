/**
 * Every version of the local cluster in one place. The Go modules' own pins and checksums are the `go.mod` and
 * `go.sum` files in `local/toolchain`; the constants here are what binaries, charts and image tags report.
 */
export const KUBERNETES_VERSION = "1.34.4";
export const ISTIO_REVISION = "eed52ebb66ad";
export const ISTIO_VERSION = `1.31.0-${ISTIO_REVISION}`;
/** Renders charts for `mesh render` and `mesh check`. */
export const HELM_VERSION = "3.22.0";
export const ENVOY_VERSION = "1.40.0";
export const ETCD_VERSION = "3.6.15";
export const COREDNS_VERSION = "1.14.7";
/** The engine; of the same version as the SDK. */
export const PULUMI_VERSION = "3.248.0";
/** Release that precedes the provider's pinned commit of 15 January 2026, the only one of the year that is served. */
export const PULUMI_KUBERNETES_VERSION = "4.25.0";
export const NATS_VERSION = "2.15.2";
export const JAEGER_VERSION = "1.62.0";
export const PROMETHEUS_VERSION = "3.16.0";
export const KIALI_VERSION = "1.89.0";
export const K6_VERSION = "1.8.1";
const PAUSE_VERSION = "3.10";
/** Tag of the three demo services, as the local stack asks for it. */
const DEMO_VERSION = "1.0.0";
/** Oldest Go release that builds the pinned modules. */
export const MINIMUM_GO = { major: 1, minor: 26 } as const;

/** `hub` of the Istio charts on the local node; the images are `pilot` and `proxyv2` below it. */
const ISTIO_HUB = "docker.io/istio";

/** Image references that exist on the local node, each to be used with `imagePullPolicy: IfNotPresent`. */
export const IMAGES = {
    pilot: `${ISTIO_HUB}/pilot:${ISTIO_VERSION}`,
    proxyv2: `${ISTIO_HUB}/proxyv2:${ISTIO_VERSION}`,
    coredns: `docker.io/coredns/coredns:${COREDNS_VERSION}`,
    pause: `a4co.local/pause:${PAUSE_VERSION}`,
    nats: `docker.io/library/nats:${NATS_VERSION}`,
    /** The tag is not a number: it holds the Node that runs this program. */
    probe: "a4co.local/probe:node",
    jaeger: `docker.io/jaegertracing/all-in-one:${JAEGER_VERSION}`,
    prometheus: `docker.io/prom/prometheus:v${PROMETHEUS_VERSION}`,
    kiali: `quay.io/kiali/kiali:v${KIALI_VERSION}`,
    k6: `docker.io/grafana/k6:${K6_VERSION}`,
    "order-service": `ghcr.io/a4co/order-service:${DEMO_VERSION}`,
    "payment-service": `ghcr.io/a4co/payment-service:${DEMO_VERSION}`,
    "inventory-service": `ghcr.io/a4co/inventory-service:${DEMO_VERSION}`,
} as const;

export type ImageName = keyof typeof IMAGES;

/** The demo services, each an image of the sources in `demo/`. */
export const DEMO_SERVICES = ["order-service", "payment-service", "inventory-service"] as const;

export type DemoService = (typeof DEMO_SERVICES)[number];
