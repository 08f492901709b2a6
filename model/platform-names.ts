/** Release, Deployment and Service of the control plane, and value of its pods' label `app`. */
export const ISTIOD = "istiod";

/** The container of a proxy, among a pod's containers or its init containers. */
export const PROXY_CONTAINER = "istio-proxy";

/** Containers that Istio's injector adds to a pod. */
export const ISTIO_CONTAINERS: readonly string[] = [
    PROXY_CONTAINER,
    "istio-init",
    "istio-validation",
];

/** Annotation of a pod with what the injector has added to it. */
export const INJECTION_STATUS = "sidecar.istio.io/status";

/** Image of a gateway's proxy until the injector fills in the real one. */
export const UNFILLED_IMAGE = "auto";

/** Release and Service of the tracing addon. */
export const JAEGER = "jaeger";

/** Tracing provider that Telemetry names. */
export const TRACING_PROVIDER = "jaeger";

/** Metrics provider that Telemetry names. */
export const METRICS_PROVIDER = "prometheus";

/** Access-log provider that Telemetry names; Istio has one of this name built in. */
export const ACCESS_LOG_PROVIDER = "envoy";

/** Label of a pod that says whether Istio injects it. */
export const INJECT_LABEL = "sidecar.istio.io/inject";

/** Keeps Istio from injecting a pod, whatever its namespace says. */
export const NEVER_INJECTED = { [INJECT_LABEL]: "false" } as const;

/** Ports that belong to Istio's proxy in every pod. */
export const PROXY_PORTS = { first: 15000, last: 15090 } as const;

/** Where a proxy shows its own metrics merged with the application's; in clear, as nothing redirects this port. */
export const MERGED_METRICS = { port: 15020, path: "/stats/prometheus" } as const;

/** Names of the objects that hold for a whole namespace, or for the whole mesh. */
export const BASELINE_NAMES = {
    collector: "span-collector",
    peerAuthentication: "default",
    denyAll: "deny-all",
    telemetry: "mesh-telemetry",
    stockEnvoyMetrics: "stock-envoy-metrics",
} as const;

/**
 * User and group of Istio's proxy, whose own traffic is not captured.
 * Source: https://istio.io/latest/docs/ops/deployment/application-requirements/
 */
export const PROXY_USER = 1337;

/** Name of the admission policy that keeps every pod without a sidecar out of a namespace. */
export function sidecarGuardName(namespace: string): string {
    return `${namespace}-require-sidecar`;
}
