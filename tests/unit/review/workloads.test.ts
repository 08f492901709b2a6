import assert from "node:assert/strict";
import { workloadsOf } from "#review/workloads.ts";
import type { Workload } from "#review/workloads.ts";
import { renderStack } from "../../render/render.ts";
import { subjectOf } from "./subject.ts";
import { Reading, renderedResources } from "#review/subject/resources.ts";

const NAMESPACE = `
apiVersion: v1
kind: Namespace
metadata: { name: shop, labels: { istio-injection: enabled } }
`;

const ORDER = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: order, namespace: shop }
spec:
  replicas: 3
  template:
    metadata: { labels: { app: order } }
    spec:
      serviceAccountName: orders
      containers: [{ name: app, ports: [{ name: http, containerPort: 8080 }] }]
---
apiVersion: v1
kind: Service
metadata: { name: order, namespace: shop }
spec: { selector: { app: order }, ports: [{ name: http, port: 80, targetPort: http }] }
`;

const GATEWAY = `
apiVersion: helm.sh/v3
kind: Release
name: gateway
namespace: ingress
chart: oci://example.org/istio/charts/gateway
values:
  name: ingress
  labels: { team: edge }
  autoscaling: { minReplicas: 2, maxReplicas: 6 }
`;

function only(...yaml: readonly string[]): Workload {
    const { all } = workloadsOf(subjectOf(...yaml));
    assert.equal(all.length, 1, all.map(({ key }) => key).join());
    return all[0] as Workload;
}

describe("The workloads of a subject", () => {
    it("are who they run as, with their labels, ports and replicas", () => {
        const { key, labels, principal, ports, replicas, proxy, role } = only(NAMESPACE, ORDER);
        assert.deepStrictEqual(
            { key, labels: [...labels], principal, ports, replicas, proxy, role },
            {
                key: "shop/order",
                labels: [["app", "order"]],
                principal: "cluster.local/ns/shop/sa/orders",
                ports: [{ name: "http", number: 8080 }],
                replicas: { least: 3, most: 3 },
                proxy: "sidecar",
                role: "application",
            },
        );
    });

    it("answer for the hosts of the Services before them", () => {
        const workloads = workloadsOf(subjectOf(NAMESPACE, ORDER));
        const answering = (host: string) => workloads.answering(host).map(({ name }) => name);
        assert.deepStrictEqual(answering("order.shop.svc.cluster.local"), ["order"]);
        assert.deepStrictEqual(answering("order.other.svc.cluster.local"), []);
        assert.deepStrictEqual(workloads.byKey.get("shop/order")?.fronts[0]?.ports, [
            { port: 80, target: "http", readAs: "HTTP" },
        ]);
    });

    it("have as many pods as their autoscaler lets them", () => {
        const { replicas } = only(
            ORDER,
            `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: order, namespace: shop }
spec: { scaleTargetRef: { kind: Deployment, name: order }, minReplicas: 2, maxReplicas: 9 }
`,
        );
        assert.deepStrictEqual(replicas, { least: 2, most: 9 });
    });

    it("run under the account default where they name none", () => {
        const { principal } = only(ORDER.replace("serviceAccountName: orders", ""));
        assert.equal(principal, "cluster.local/ns/shop/sa/default");
    });

    it("have the trust domain and the root namespace of the control plane", () => {
        const subject = subjectOf(
            ORDER,
            `
apiVersion: helm.sh/v3
kind: Release
name: istiod
namespace: mesh
chart: oci://example.org/istio/charts/istiod
values: { meshConfig: { trustDomain: prod.example } }
`,
        );
        assert.deepStrictEqual(
            workloadsOf(subject).all.map(({ principal }) => principal),
            ["prod.example/ns/shop/sa/orders"],
        );
    });

    it("are the gateway's too, whose chart is not rendered", () => {
        const { key, principal, labels, replicas, role, fronts } = only(GATEWAY);
        assert.deepStrictEqual(
            { key, principal, replicas, role },
            {
                key: "ingress/ingress",
                principal: "cluster.local/ns/ingress/sa/ingress",
                replicas: { least: 2, most: 6 },
                role: "gateway",
            },
        );
        assert.equal(labels.get("team"), "edge");
        assert.deepStrictEqual(
            fronts.flatMap(({ hosts }) => hosts),
            ["ingress.ingress.svc.cluster.local"],
        );
    });

    it("are the same with the gateway's chart rendered", () => {
        const subject = subjectOf(GATEWAY);
        const [release] = subject.releases;
        const rendered = {
            ...subject,
            releases: [
                {
                    ...(release as NonNullable<typeof release>),
                    objects: [
                        {
                            apiVersion: "apps/v1",
                            kind: "Deployment",
                            metadata: { name: "ingress", namespace: "ingress" },
                            spec: { template: { spec: { containers: [] } } },
                        },
                    ],
                },
            ],
        };
        assert.deepStrictEqual(
            workloadsOf(rendered).all.map(({ key }) => key),
            ["ingress/ingress"],
        );
    });

    it("are outside the mesh where injection is off", () => {
        for (const [off, proxy] of [
            [NAMESPACE.replace("enabled", "disabled"), "none"],
            [NAMESPACE, "sidecar"],
            ["", "sidecar"],
        ] as const) {
            assert.equal(only(ORDER, off).proxy, proxy);
        }
        const declined = ORDER.replace(
            "{ app: order } }",
            '{ app: order, sidecar.istio.io/inject: "false" } }',
        );
        assert.equal(only(NAMESPACE, declined).proxy, "none");
    });

    it("have their namespace in their title where another one has the same name", () => {
        const other = ORDER.replaceAll("namespace: shop", "namespace: depot");
        const { all, titleOf } = workloadsOf(subjectOf(ORDER, other));
        assert.deepStrictEqual(all.map(titleOf), ["depot/order", "shop/order"]);
        const alone = workloadsOf(subjectOf(ORDER));
        assert.deepStrictEqual(alone.all.map(alone.titleOf), ["order"]);
    });

    it("are those of the program", async () => {
        const { resources } = await renderStack("prod");
        const registered = renderedResources(resources, "prod::mesh", new Reading());
        const { all } = workloadsOf({
            name: "stack prod",
            resources: registered,
            objects: [],
            releases: [],
        });
        const told = all.map(({ service, key, principal, proxy, replicas }) =>
            [service, key, principal, proxy, replicas.least, replicas.most].join(" "),
        );
        for (const expected of [
            "payment-service a4co/payment-service-v1 cluster.local/ns/a4co/sa/payment-service sidecar 4 4",
            "istio-ingressgateway istio-system/istio-ingressgateway cluster.local/ns/istio-system/sa/istio-ingressgateway sidecar 2 5",
        ]) {
            assert.ok(told.includes(expected), told.join("\n"));
        }
    });
});
