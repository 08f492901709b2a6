import assert from "node:assert/strict";
import { graphOf } from "#review/access/graph.ts";
import { Reading, renderedResources } from "#review/subject/resources.ts";
import { renderStack } from "../../../render/render.ts";
import { subjectOf } from "../subject.ts";
import { allow, GATEWAY, NAMESPACE, SHOP, STRICT, workload } from "./shop.ts";

const ROUTED = `
${GATEWAY}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { selector: { istio: ingress }, servers: [{ port: { number: 80, protocol: HTTP, name: http }, hosts: ["*"] }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: order, namespace: shop }
spec: { hosts: ["shop.example"], gateways: [edge], http: [{ route: [{ destination: { host: order } }] }] }
`;

function edges(...yaml: readonly string[]): readonly string[] {
    return graphOf(subjectOf(...yaml)).edges.map(
        ({ from, to, operations }) => `${from} -> ${to}: ${operations.join("; ")}`,
    );
}

describe("The graph of who may call whom", () => {
    it("has an edge for what authorization lets happen", () => {
        assert.deepStrictEqual(
            edges(
                ...SHOP,
                allow("payment", "order", '{ methods: [POST], paths: ["/pay"] }'),
                allow("payment", "cart", "{ methods: [GET] }"),
            ),
            ["cart -> payment: GET every path", "order -> payment: POST /pay"],
        );
    });

    it("has everybody where nothing is limited, and anybody where plaintext is taken", () => {
        assert.deepStrictEqual(edges(NAMESPACE, STRICT, workload("payment")), [
            "everybody in the mesh -> payment: every request",
        ]);
        assert.deepStrictEqual(edges(NAMESPACE, workload("payment")), [
            "anybody -> payment: every request",
        ]);
    });

    it("has a gateway only where its routes lead and it is let in", () => {
        const open = [NAMESPACE, STRICT, workload("order"), workload("payment"), ROUTED];
        assert.deepStrictEqual(edges(...open), [
            "anybody -> ingress: every request",
            "everybody in the mesh -> order: every request",
            "everybody in the mesh -> payment: every request",
            "ingress -> order: every request",
        ]);
        assert.deepStrictEqual(edges(...SHOP, ROUTED), ["anybody -> ingress: every request"]);
    });

    it("is that of the program", async () => {
        const { resources } = await renderStack("prod");
        const { nodes, edges: found } = graphOf({
            name: "stack prod",
            resources: renderedResources(resources, "prod::mesh", new Reading()),
            objects: [],
            releases: [],
        });
        assert.deepStrictEqual(
            found.map(({ from, to, operations }) => [from, to, ...operations]),
            [
                ["anybody", "istio-ingressgateway", "every request"],
                ["istio-ingressgateway", "order-service", "GET, POST /orders, /orders/*"],
                ["order-service", "payment-service", "POST /payments/process"],
                [
                    "payment-service",
                    "inventory-service",
                    "POST, PUT /inventory/reserve, /inventory/release",
                ],
            ],
        );
        for (const { from, to } of found) {
            assert.ok(nodes.includes(from) && nodes.includes(to));
        }
    });
});
