/** A namespace of the mesh. */
export const NAMESPACE = `
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { istio-injection: enabled } }
`;

/** A gateway by its chart, with the label `istio: ingress`. */
export const GATEWAY = `
apiVersion: helm.sh/v3
kind: Release
name: gateway
namespace: istio-system
chart: oci://example.org/istio/charts/gateway
values: { name: ingress, labels: { istio: ingress } }
`;

/** Only connections with an identity of the mesh are taken. */
export const STRICT = `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: default, namespace: shop }
spec: { mtls: { mode: STRICT } }
`;

/** A workload with its Service, which speaks HTTP at port 8080 unless it says otherwise. */
export function workload(name: string, port = "http"): string {
    return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      serviceAccountName: ${name}
      containers: [{ name: app, ports: [{ containerPort: 8080 }] }]
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { app: ${name} }, ports: [{ name: ${port}, port: 80, targetPort: 8080 }] }
`;
}

/** The identity of one of {@link workload}, as policies write it. */
export function principal(name: string): string {
    return `cluster.local/ns/shop/sa/${name}`;
}

/** An AuthorizationPolicy of the namespace; its spec is flow YAML. */
export function policy(name: string, spec: string, annotations = "{}"): string {
    return `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: ${name}, namespace: shop, annotations: ${annotations} }
spec: ${spec}
`;
}

/** An ALLOW for a workload: who may do what. */
export function allow(callee: string, caller: string, ...operations: readonly string[]): string {
    return policy(
        `allow-${caller}-to-${callee}`,
        `{ selector: { matchLabels: { app: ${callee} } }, rules: [{ from: [{ source: { principals: ["${principal(caller)}"] } }], to: [${operations
            .map((operation) => `{ operation: ${operation} }`)
            .join(", ")}] }] }`,
    );
}

export const DENY_ALL = policy("deny-all", "{}");

/** A namespace in which order may POST /payments to payment, and nobody else calls anybody. */
export const SHOP: readonly string[] = [
    NAMESPACE,
    STRICT,
    workload("order"),
    workload("payment"),
    workload("cart"),
    DENY_ALL,
];
