import assert from "node:assert/strict";
import { Unknown } from "#policy/known.ts";
import { compareExposure } from "#review/exposure.ts";
import { assertChanges, networking, service, SHOP, written } from "./shop.ts";
import { subjectOf } from "./subject.ts";

/** A VirtualService of order at the gateway and inside. */
function order(...http: readonly string[]): string {
    return networking(
        "VirtualService",
        "order",
        `{ hosts: [order, order.shop.example], gateways: [edge, mesh], http: [${http.join()}] }`,
    );
}

function route(prefix: string, host = "order"): string {
    return `{ match: [{ uri: { prefix: ${prefix} } }], route: [{ destination: { host: ${host} } }] }`;
}

/** Metrics are answered 404 at the gateway. */
const SHIELD =
    "{ match: [{ uri: { exact: /orders/metrics }, gateways: [edge] }, { uri: { prefix: /orders/metrics/ }, gateways: [edge] }], directResponse: { status: 404 } }";

/** What is said where the shop itself changes. */
function assertShop(change: (shop: string) => string, ...expected: readonly string[]): void {
    assert.notEqual(change(SHOP), SHOP);
    const more = order(route("/orders"));
    const changes = compareExposure(subjectOf(SHOP, more), subjectOf(change(SHOP), more));
    assert.deepStrictEqual(changes.map(written), expected);
}

function assertRoutes(before: string, after: string, ...expected: readonly string[]): void {
    assertChanges(compareExposure, before, after, expected);
}

const METRICS =
    "! order.shop.example/orders/metrics/* is reachable from outside now and leads to order; 404 before [order could not be reached from outside there]";
const ADMIN =
    "! order.shop.example/admin/* is reachable from outside now and leads to order [order could not be reached from outside there]";

describe("What is reachable from outside", () => {
    it("is more by a route that is added, and less by one that goes", () => {
        const [narrow, wide] = [order(route("/orders")), order(route("/orders"), route("/admin"))];
        assertRoutes(narrow, wide, ADMIN);
        assertRoutes(
            wide,
            narrow,
            "order.shop.example/admin/* is no longer reachable from outside; led to order before",
        );
        const inside = wide.replace("gateways: [edge, mesh]", "gateways: [mesh]");
        assertRoutes("", inside);
        assertRoutes(inside, wide.replace("/orders", "/admin"), ADMIN);
    });

    it("is more where a route that shielded it goes, or comes too late", () => {
        const shielded = order(SHIELD, route("/orders"));
        assertRoutes(shielded, order(route("/orders")), METRICS);
        assertRoutes(shielded, order(route("/orders"), SHIELD), METRICS);
        const inside = shielded.replaceAll("gateways: [edge] }", "gateways: [mesh] }");
        assertRoutes(shielded, inside, METRICS);
        assertRoutes(shielded, order(SHIELD, route("/orders"), route("/orders/x")));
        assertRoutes(
            order(route("/orders")),
            shielded,
            "order.shop.example/orders/metrics/* is no longer reachable from outside; led to order before; is answered 404",
        );
    });

    it("is no less by a port that is new, which leads nowhere", () => {
        const port =
            'servers:\n    - { port: { number: 9000, name: new, protocol: TCP }, hosts: ["*"] }';
        assertShop(
            (shop) => shop.replace("servers:", port),
            "! edge takes every host on port 9000 with plain text now [what clients send can be read and changed on its way]",
        );
    });

    it("is more where routes of other namespaces may serve a host", () => {
        const only = (shop: string, namespace: string): string =>
            shop.replaceAll('["*.shop.example"]', `["${namespace}/*.shop.example"]`);
        const between = (one: string, other: string): readonly string[] =>
            compareExposure(subjectOf(only(SHOP, one)), subjectOf(only(SHOP, other))).map(written);
        const taken = (port: number): string =>
            `! edge takes routes of every namespace for *.shop.example on port ${port} now, was shop [whoever writes routes there may take its requests]`;
        assert.deepStrictEqual(between("shop", "*"), [taken(80), taken(443)]);
        assert.deepStrictEqual(between("*", "shop"), []);
        assert.deepStrictEqual(between("shop", "."), []);
    });

    it("is led away by a redirect to somebody else", () => {
        const to = (host: string): string =>
            order(
                route("/orders"),
                `{ match: [{ uri: { prefix: /login } }], redirect: { authority: ${host} } }`,
            );
        assertRoutes(
            order(route("/orders")),
            to("evil.example.net"),
            "! order.shop.example/login/* is redirected to authority evil.example.net now [clients are sent to a host of somebody else]",
        );
        assertRoutes(order(route("/orders")), to("login.shop.example"));
    });

    it("is nothing weaker where a new workload shows itself", () => {
        const stock = `${service("stock", 1)}\n---${order(route("/orders"), route("/stock", "stock"))}`;
        assertRoutes(
            order(route("/orders")),
            stock,
            "order.shop.example/stock/* is reachable from outside now and leads to stock",
        );
        // Its Service is new, and its pods are not.
        const alias = `
apiVersion: v1
kind: Service
metadata: { name: stock, namespace: shop }
spec: { selector: { app: payment }, ports: [{ name: http, port: 80 }] }
---${order(route("/orders"), route("/stock", "stock"))}`;
        assertRoutes(
            order(route("/orders")),
            alias,
            "! order.shop.example/stock/* is reachable from outside now and leads to stock [stock could not be reached from outside there]",
        );
    });

    it("stays the same whatever objects are called and however routes are cut", () => {
        const one = order(
            "{ match: [{ uri: { prefix: /a } }, { uri: { prefix: /b } }], route: [{ destination: { host: order } }] }",
        );
        const two = order(route("/a"), route("/b")).replace("name: order,", "name: renamed,");
        assertRoutes(one, two);
        const apart = [order(route("/a")), order(route("/b")).replace("name: order,", "name: b,")];
        assertRoutes(one, apart.join("\n---"));
        assertShop((shop) => shop.replace("name: http,", "name: web,"));
    });

    it("names methods and headers of what is opened", () => {
        const post =
            "{ match: [{ uri: { exact: /refunds }, method: { exact: POST }, headers: { x-admin: { exact: yes } } }], route: [{ destination: { host: payment } }] }";
        assertRoutes(
            order(route("/orders")),
            order(post, route("/orders")),
            "! POST order.shop.example/refunds with x-admin: yes is reachable from outside now and leads to payment [payment could not be reached from outside there]",
        );
    });

    it("is told of routes at a gateway that is somebody else's", () => {
        const foreign = (...http: readonly string[]): string =>
            order(...http).replace("edge, mesh", "infra/main, mesh");
        assertRoutes(foreign(route("/orders")), foreign(route("/orders"), route("/admin")), ADMIN);
        assertRoutes("", foreign(route("/admin")), ADMIN);
    });

    it("is nothing where only the cluster reaches the gateway", () => {
        const inside = SHOP.replace("values: {", "values: { service: { type: ClusterIP },");
        const [narrow, wide] = [order(route("/orders")), order(route("/orders"), route("/admin"))];
        assert.deepStrictEqual(
            compareExposure(subjectOf(inside, narrow), subjectOf(inside, wide)),
            [],
        );
        const opened = compareExposure(subjectOf(inside, narrow), subjectOf(SHOP, narrow));
        assert.ok(
            opened
                .map(written)
                .includes(
                    "! istio-ingressgateway is reachable from outside by a load balancer now [the gateway is open to clients outside]",
                ),
        );
    });

    it("is told of HTTPRoutes at Gateways of Kubernetes' API", () => {
        const gateway = (listener = ""): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: front, namespace: shop }
spec:
  gatewayClassName: istio
  listeners: [{ name: web, port: 443, protocol: HTTPS, hostname: "*.example", tls: { certificateRefs: [{ name: cert }] ${listener} } }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: order, namespace: shop }
spec:
  parentRefs: [{ name: front }]
  hostnames: [api.example]
  rules: [RULES]`;
        const to = (type: string, path: string): string =>
            `{ matches: [{ path: { type: ${type}, value: ${path} } }], backendRefs: [{ name: order, port: 80 }] }`;
        const at = (...rules: readonly string[]): string =>
            gateway().replace("RULES", rules.join());
        assertRoutes(
            at(to("PathPrefix", "/orders")),
            at(to("PathPrefix", "/orders"), to("Exact", "/admin")),
            "! api.example/admin is reachable from outside now and leads to order [order could not be reached from outside there]",
        );
        // The more precise rule is asked first, wherever it stands.
        const redirect =
            "{ matches: [{ path: { type: Exact, value: /orders/metrics } }], filters: [{ type: RequestRedirect, requestRedirect: { statusCode: 301 } }] }";
        assertRoutes(
            at(to("PathPrefix", "/orders"), redirect),
            at(redirect, to("PathPrefix", "/orders")),
        );
        const options = (version: string): string =>
            gateway(`, options: { gateway.istio.io/tls-min-protocol-version: ${version} }`).replace(
                "RULES",
                to("PathPrefix", "/orders"),
            );
        assertRoutes(
            options("TLSV1_3"),
            options("TLSV1_1"),
            "! front on port 443 for *.example: at least TLS 1.1, was TLS 1.3 [an older version of TLS is spoken]",
        );
    });

    it("is told of hosts that a gateway takes", () => {
        assertShop(
            (shop) => shop.replace('hosts: ["*.shop.example"]\n', 'hosts: ["*"]\n'),
            "! order.shop.svc.cluster.local/orders/* is reachable from outside now and leads to order [order could not be reached from outside there]",
            "! edge takes every host on port 443 with TLS without certificates of clients now, was *.shop.example [any route for a host below it is reachable from outside]",
        );
        assertShop((shop) =>
            shop.replace('hosts: ["*.shop.example"]\n', "hosts: [order.shop.example]\n"),
        );
        assertShop(
            (shop) =>
                shop.replace(
                    'hosts: ["*.shop.example"]\n',
                    'hosts: ["*.shop.example", new.example]\n',
                ),
            "edge takes new.example on port 443 with TLS without certificates of clients now",
        );
    });

    it("is told of how gateways speak with clients", () => {
        assertShop(
            (shop) => shop.replace("httpsRedirect: true", "httpsRedirect: false"),
            "! edge on port 80 for *.shop.example: plain text, was a redirect to HTTPS [what clients send can be read and changed on its way]",
        );
        assertShop(
            (shop) => shop.replace("mode: SIMPLE", "mode: SIMPLE, minProtocolVersion: TLSV1_0"),
            "! edge on port 443 for *.shop.example: at least TLS 1.0, was TLS 1.2 [an older version of TLS is spoken]",
        );
        assertShop((shop) =>
            shop.replace("mode: SIMPLE", "mode: SIMPLE, minProtocolVersion: TLSV1_2"),
        );
        assertShop(
            (shop) => shop.replace("mode: SIMPLE", "mode: SIMPLE, minProtocolVersion: TLSV1_3"),
            "edge on port 443 for *.shop.example: at least TLS 1.3, was TLS 1.2",
        );
        assertShop(
            (shop) => shop.replace("mode: SIMPLE", "mode: SIMPLE, cipherSuites: [AES128-SHA]"),
            "! edge on port 443 for *.shop.example: cipher suites AES128-SHA, was Istio's own [AES128-SHA can be broken, or opens what was recorded earlier]",
        );
        assertShop(
            (shop) =>
                shop.replace(
                    "mode: SIMPLE",
                    "mode: SIMPLE, cipherSuites: [ECDHE-RSA-AES128-GCM-SHA256]",
                ),
            "edge on port 443 for *.shop.example: cipher suites ECDHE-RSA-AES128-GCM-SHA256, was Istio's own",
        );
        assertShop(
            (shop) => shop.replace("credentialName: cert", "credentialName: other"),
            "edge on port 443 for *.shop.example: the certificate other, was cert",
        );
    });

    it("is told of the certificates of clients", () => {
        const mutual = SHOP.replace("mode: SIMPLE", "mode: MUTUAL, subjectAltNames: [partner]");
        const assertWeaker = (mode: string, ...expected: readonly string[]): void => {
            const after = SHOP.replace("mode: SIMPLE", mode);
            assert.deepStrictEqual(
                compareExposure(subjectOf(mutual), subjectOf(after)).map(written),
                expected,
            );
        };
        assertWeaker("mode: MUTUAL, subjectAltNames: [partner]");
        assertWeaker(
            "mode: OPTIONAL_MUTUAL, subjectAltNames: [partner]",
            "! edge on port 443 for *.shop.example: TLS with certificates of clients that have one, was TLS with certificates of clients [a client without a certificate is let in]",
        );
        assertWeaker(
            "mode: MUTUAL",
            "! edge on port 443 for *.shop.example: clients named none, was partner [more certificates of clients are taken]",
        );
    });

    it("is told of Services, ports of nodes and Ingresses that go past the gateways", () => {
        const past = "[it goes past the gateways, their routes and their TLS]";
        assertShop(
            (shop) =>
                shop.replace(
                    "{ selector: { app: order }",
                    "{ type: NodePort, selector: { app: order }",
                ),
            `! order is reachable from outside by a port of every node on port 80 now ${past}`,
        );
        assertShop(
            (shop) =>
                shop.replace(
                    "{ selector: { app: order }",
                    "{ externalIPs: [192.0.2.1], selector: { app: order }",
                ),
            `! order is reachable from outside by the address 192.0.2.1 on port 80 now ${past}`,
        );
        assertShop(
            (shop) =>
                shop.replace(
                    "[{ name: app }]",
                    "[{ name: app, ports: [{ containerPort: 8080, hostPort: 81 }] }]",
                ),
            `! payment is reachable at its nodes' addresses by port 81 now ${past}`,
        );
        assertShop((shop) =>
            shop.replace("[{ name: app }]", "[{ name: app, ports: [{ containerPort: 81 }] }]"),
        );
        assertShop(
            (shop) => shop.replace("serviceAccountName: order,", "hostNetwork: true,"),
            `! order is reachable at its nodes' addresses by the nodes' own network now ${past}`,
        );
        const ingress = (tls: string): string => `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: old, namespace: shop }
spec: { ${tls} rules: [{ host: a.example, http: { paths: [{ path: /x, pathType: Prefix, backend: { service: { name: order, port: { number: 80 } } } }] } }] }`;
        assertRoutes(
            "",
            ingress("tls: [{ hosts: [a.example], secretName: a }],"),
            `! a.example/x/* is reachable from outside by an Ingress and leads to order now ${past}`,
        );
        assertRoutes(ingress(""), ingress("").replace("name: old", "name: new"));
    });

    it("is told of whom a load balancer takes", () => {
        const balanced = (more: string): string =>
            SHOP.replace("values: {", `values: { service: { type: LoadBalancer, ${more} },`);
        const assertClients = (
            before: string,
            after: string,
            ...expected: readonly string[]
        ): void => {
            const changes = compareExposure(
                subjectOf(balanced(before)),
                subjectOf(balanced(after)),
            );
            assert.deepStrictEqual(changes.map(written), expected);
        };
        const ranges = (range: string): string => `loadBalancerSourceRanges: [${range}]`;
        const wider = "[clients reach it that did not before]";
        assertClients(
            ranges("10.0.0.0/8"),
            "",
            `! the load balancer of istio-ingressgateway takes clients from everywhere now ${wider}`,
        );
        assertClients(
            ranges("10.0.0.0/8"),
            ranges("10.0.0.0/8, 192.0.2.0/24"),
            `! the load balancer of istio-ingressgateway takes clients from 192.0.2.0/24 now ${wider}`,
        );
        assertClients(ranges("10.1.0.0/16, 10.0.0.0/8"), ranges("10.0.0.0/8"));
        assertClients(
            'annotations: { networking.gke.io/load-balancer-type: "Internal" }',
            "",
            `! the load balancer of istio-ingressgateway takes clients from everywhere now ${wider}`,
        );
    });

    it("says so where nobody can tell", () => {
        const after = subjectOf(SHOP);
        const resources = after.resources.map((resource) =>
            resource.type.endsWith(":Gateway")
                ? { ...resource, props: { ...resource.props, spec: new Unknown("is not known") } }
                : resource,
        );
        const changes = compareExposure(subjectOf(SHOP), { ...after, resources });
        assert.ok(
            changes
                .map(written)
                .includes(
                    "what Gateway shop/edge lets in cannot be compared: not all of it is known",
                ),
        );
    });
});
