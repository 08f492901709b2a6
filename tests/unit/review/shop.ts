import assert from "node:assert/strict";
import type { Change } from "#review/change.ts";
import type { Compare } from "#review/subject.ts";
import { subjectOf } from "./subject.ts";

/** A namespace of the mesh with payment, order and their Services; a gateway of Istio's chart. */
export const SHOP = `
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { istio-injection: enabled } }
---
${service("payment", 2)}
---
${service("order", 3)}
---
apiVersion: helm.sh/v3
kind: Release
name: istio-ingressgateway
namespace: istio-system
chart: oci://example.org/istio/charts/gateway
values: { labels: { istio: ingressgateway }, autoscaling: { minReplicas: 2, maxReplicas: 5 } }
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  selector: { istio: ingressgateway }
  servers:
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*.shop.example"], tls: { httpsRedirect: true } }
    - port: { number: 443, name: https, protocol: HTTPS }
      hosts: ["*.shop.example"]
      tls: { mode: SIMPLE, credentialName: cert }
`;

/** A Deployment and its Service. */
export function service(name: string, replicas: number): string {
    return `
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  replicas: ${replicas}
  template:
    metadata: { labels: { app: ${name} } }
    spec: { serviceAccountName: ${name}, containers: [{ name: app }] }
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: 80, targetPort: 8080 }] }`;
}

/** An object of Istio's networking API in the namespace of the shop. */
export function networking(kind: string, name: string, spec: string): string {
    return `
apiVersion: networking.istio.io/v1
kind: ${kind}
metadata: { name: ${name}, namespace: shop }
spec: ${spec}`;
}

/** A change in a form that is read at once: what is weaker begins with a mark. */
export function written({ text, weaker }: Change): string {
    return weaker === undefined ? text : `! ${text} [${weaker}]`;
}

/** What a comparison says of the shop with something more, before and afterwards. */
function changes(compare: Compare, before: string, after: string): readonly string[] {
    return compare(subjectOf(SHOP, before), subjectOf(SHOP, after)).map(written);
}

/** Asserts what a comparison says of the shop with something more. */
export function assertChanges(
    compare: Compare,
    before: string,
    after: string,
    expected: readonly string[],
): void {
    assert.deepStrictEqual(changes(compare, before, after), expected);
}
