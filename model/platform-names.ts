import { GATEWAY_SELECTOR, GATEWAY_NAME } from "./mesh.ts";

/** Release, Deployment, Service and ServiceAccount of the ingress gateway: one name, so that principals hold. */
export const INGRESS_GATEWAY_NAME = GATEWAY_NAME;

/** Value of the label `istio` that a Gateway's selector names. */
export const INGRESS_GATEWAY_LABEL = GATEWAY_SELECTOR.istio;

/** Tracing provider that Telemetry names. */
export const TRACING_PROVIDER = "jaeger";

/** Metrics provider that Telemetry names. */
export const METRICS_PROVIDER = "prometheus";

/** Access-log provider that Telemetry names; Istio has one of this name built in. */
export const ACCESS_LOG_PROVIDER = "envoy";

/** DNS domain of the cluster, which Istio's charts assume as well. */
export const CLUSTER_DOMAIN = "cluster.local";

/** Keeps Istio from injecting a pod, whatever its namespace says. */
export const NEVER_INJECTED = { "sidecar.istio.io/inject": "false" } as const;

/** Name of the admission policy that keeps every pod without a sidecar out of a namespace. */
export function sidecarGuardName(namespace: string): string {
    return `${namespace}-require-sidecar`;
}
