import { compareRouting } from "#review/routing.ts";
import { assertChanges, networking, service } from "./shop.ts";

/** A VirtualService of payment for the sidecars. */
function virtual(...http: readonly string[]): string {
    return networking("VirtualService", "payment", `{ hosts: [payment], http: [${http.join()}] }`);
}

const TO_PAYMENT = "route: [{ destination: { host: payment } }]";

/** A route for a prefix, with settings. */
function route(prefix: string, settings: string): string {
    return `{ match: [{ uri: { prefix: ${prefix} } }], ${TO_PAYMENT}, ${settings} }`;
}

/** What is said where settings of one route change. */
function assertSettings(before: string, after: string, ...expected: readonly string[]): void {
    assertChanges(
        compareRouting,
        virtual(route("/payments", before)),
        virtual(route("/payments", after)),
        expected,
    );
}

describe("The routing of a subject", () => {
    it("says which share a version gets", () => {
        const split = (one: number, other: number): string =>
            virtual(
                `{ route: [{ destination: { host: payment, subset: v1 }, weight: ${one} }, { destination: { host: payment, subset: v2 }, weight: ${other} }] }`,
            );
        assertChanges(compareRouting, split(90, 10), split(80, 20), [
            "payment /*: 20 % to v2, was 10 %",
        ]);
        assertChanges(compareRouting, split(100, 0), split(75, 25), [
            "payment /*: 25 % to v2, was none",
        ]);
        assertChanges(compareRouting, split(9, 1), split(90, 10), []);
    });

    it("says how long a request may take, and that nothing ends it any more", () => {
        assertSettings(
            "timeout: 10s",
            "timeout: 15s",
            "payment /payments/*: timeout 15 s, was 10 s",
        );
        assertSettings("timeout: 1.5s", "timeout: 1500ms");
        assertSettings(
            "timeout: 0s",
            "timeout: 10s",
            "payment /payments/*: timeout 10 s, was none",
        );
        const endless =
            "! payment /payments/*: no timeout, was 10 s [a request that is never answered is waited for without end]";
        assertSettings("timeout: 10s", "timeout: 0s", endless);
        assertSettings("timeout: 10s", "name: other", endless);
    });

    it("says how often and on what a request is tried again", () => {
        assertSettings(
            "retries: { attempts: 3, retryOn: connect-failure }",
            "retries: { attempts: 5, retryOn: connect-failure, perTryTimeout: 2s }",
            "payment /payments/*: retries 5, was 3",
            "payment /payments/*: each try ends after 2 s, was with the whole request",
        );
        assertSettings(
            "name: plain",
            "retries: { attempts: 0 }",
            "payment /payments/*: retries 0, was 2",
        );
        assertSettings(
            "retries: { attempts: 2, retryOn: 'connect-failure,refused-stream' }",
            "retries: { attempts: 2, retryOn: 'refused-stream, connect-failure' }",
        );
    });

    it("says which requests may be carried out twice", () => {
        assertSettings(
            "retries: { attempts: 3, retryOn: connect-failure }",
            "retries: { attempts: 3, retryOn: 5xx }",
            "payment /payments/*: tried again on 5xx as well",
            "payment /payments/*: no longer tried again on connect-failure",
            "! payment /payments/*: POST and PATCH sent again on 5xx without an idempotency key [a POST or PATCH that was carried out may be carried out twice]",
        );
        const reads = (retryOn: string): string =>
            virtual(
                `{ match: [{ method: { exact: GET } }], ${TO_PAYMENT}, retries: { attempts: 2, retryOn: ${retryOn} } }`,
            );
        assertChanges(compareRouting, reads("connect-failure"), reads("'connect-failure,5xx'"), [
            "payment GET /*: tried again on 5xx as well",
        ]);
    });

    it("names the requests that a change is about, where it is not about all of a path", () => {
        const keyed = (attempts: number): string =>
            virtual(
                `{ match: [{ uri: { prefix: /p }, method: { regex: GET|HEAD|OPTIONS|PUT|DELETE } }, { uri: { prefix: /p }, headers: { idempotency-key: { regex: .+ } } }], ${TO_PAYMENT}, retries: { attempts: ${attempts}, retryOn: 5xx } }`,
                route("/p", "retries: { attempts: 0 }"),
            );
        assertChanges(compareRouting, keyed(3), keyed(5), [
            "payment all but POST and PATCH /p/* and POST and PATCH /p/* with idempotency-key: retries 5, was 3",
        ]);
        const canary = (header: string): string =>
            virtual(
                `{ match: [{ headers: { x-canary: { exact: yes } } }], ${TO_PAYMENT}, timeout: ${header} }`,
                `{ ${TO_PAYMENT}, timeout: 1s }`,
            );
        assertChanges(compareRouting, canary("1s"), canary("2s"), [
            "payment /* with x-canary: yes: timeout 2 s, was 1 s",
        ]);
    });

    it("says which faults are injected", () => {
        const delay = (percent: number): string =>
            `fault: { delay: { fixedDelay: 2s, percentage: { value: ${percent} } } }`;
        assertSettings(
            "name: plain",
            delay(10),
            "! payment /payments/*: a delay of 2s is injected into 10 %, was none [requests fail or wait on purpose]",
        );
        assertSettings(
            delay(10),
            delay(1),
            "payment /payments/*: a delay of 2s is injected into 1 %, was 10 %",
        );
        assertSettings(
            delay(10),
            "name: plain",
            "payment /payments/*: a delay of 2s is no longer injected",
        );
        // Without a percentage Istio injects nothing.
        assertSettings("name: plain", "fault: { delay: { fixedDelay: 2s } }");
    });

    it("says a header that a policy asks about is one that tells who calls", () => {
        const asks = `
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: asks, namespace: shop }
spec: { rules: [{ when: [{ key: "request.headers[X-Env]", values: [prod] }] }] }
`;
        const sets = virtual(
            `{ ${TO_PAYMENT}, timeout: 1s, headers: { request: { set: { x-env: prod } } } }`,
        );
        assertChanges(
            compareRouting,
            virtual(`{ ${TO_PAYMENT}, timeout: 1s }`) + asks,
            sets + asks,
            [
                "! payment /*: sets x-env: prod in requests [whoever calls, x-env says what this route writes]",
            ],
        );
    });

    it("says that requests leave the mesh which did not", () => {
        const to = (host: string): string =>
            virtual(`{ route: [{ destination: { host: ${host} } }], timeout: 1s }`);
        assertChanges(compareRouting, to("payment"), to("other.example"), [
            "! payment /*: 100 % to other.example, was none [requests that stayed in the mesh leave it]",
        ]);
        assertChanges(compareRouting, to("payment"), to("order"), [
            "payment /*: 100 % to order, was none",
        ]);
    });

    it("says where copies of requests go, and whether they leave the mesh", () => {
        assertSettings(
            "name: plain",
            "mirror: { host: order }",
            "payment /payments/*: 100 % mirrored to order",
        );
        assertSettings(
            "name: plain",
            "mirrors: [{ destination: { host: audit.example }, percentage: { value: 5 } }]",
            "! payment /payments/*: 5 % mirrored to audit.example [copies of the requests leave the mesh]",
        );
    });

    it("says what becomes of paths, headers and pages of other origins", () => {
        assertSettings(
            "name: plain",
            "rewrite: { uri: /v2 }, headers: { request: { set: { x-user: guest }, remove: [cookie] } }",
            "payment /payments/*: rewritten to uri /v2",
            "payment /payments/*: removes cookie in requests",
            "! payment /payments/*: sets x-user: guest in requests [whoever calls, x-user says what this route writes]",
        );
        const headers = (said: string): string => `headers: { ${said} }`;
        assertSettings(
            headers("request: { remove: [x-internal] }"),
            "name: plain",
            "! payment /payments/*: no longer removes x-internal in requests [whoever calls may send x-internal as they like]",
        );
        assertSettings(
            headers("response: { set: { Strict-Transport-Security: max-age=1 } }"),
            headers("response: { remove: [strict-transport-security] }"),
            "! payment /payments/*: removes strict-transport-security in responses [browsers are no longer told to guard the page by it]",
            "! payment /payments/*: no longer sets Strict-Transport-Security: max-age=1 in responses [browsers are no longer told to guard the page by it]",
        );
        // Another value, and headers that say nothing about callers.
        assertSettings(
            headers("request: { set: { x-env: a } }, response: { set: { x-frame-options: DENY } }"),
            headers(
                "request: { set: { x-env: b } }, response: { set: { x-frame-options: SAMEORIGIN } }",
            ),
            "payment /payments/*: sets x-env: b in requests",
            "payment /payments/*: sets x-frame-options: SAMEORIGIN in responses",
            "payment /payments/*: no longer sets x-env: a in requests",
            "payment /payments/*: no longer sets x-frame-options: DENY in responses",
        );
        const origins = (origin: string): string => `corsPolicy: { allowOrigins: [${origin}] }`;
        assertSettings(
            origins("{ exact: https://a.example }"),
            origins("{ exact: https://b.example }"),
            "payment /payments/*: pages of exact https://b.example may call it and pages of exact https://a.example may no longer call it",
        );
        assertSettings(
            "name: plain",
            origins("{ regex: .* }"),
            "! payment /payments/*: pages of regex .* may call it [everybody's pages may read its answers]",
        );
    });

    it("names another order only where it has an effect", () => {
        const [wide, narrow, other] = [
            route("/a", "timeout: 1s"),
            route("/a/b", "timeout: 2s"),
            route("/c", "timeout: 3s"),
        ];
        assertChanges(compareRouting, virtual(wide, narrow), virtual(narrow, wide), [
            "payment /a/b/*: timeout 2 s, was 1 s, as its routes stand in another order",
        ]);
        assertChanges(compareRouting, virtual(wide, other), virtual(other, wide), []);
    });

    it("takes no notice of what changes nothing", () => {
        const split = virtual(
            `{ match: [{ uri: { prefix: /a } }, { uri: { prefix: /b } }], ${TO_PAYMENT}, timeout: 1s }`,
        );
        const apart = virtual(
            route("/a", "timeout: 1s, name: a"),
            route("/b", "timeout: 1s, name: b"),
        );
        assertChanges(compareRouting, split, apart, []);
        assertChanges(compareRouting, split, split.replace("name: payment,", "name: renamed,"), []);
        const full = split.replace("hosts: [payment]", "hosts: [payment.shop.svc.cluster.local]");
        assertChanges(compareRouting, split, full, []);
    });

    it("follows delegates, and drops a route whose delegate is not there", () => {
        const root = virtual(
            "{ match: [{ uri: { prefix: /payments } }], delegate: { name: inner }, timeout: 5s }",
            `{ ${TO_PAYMENT}, timeout: 1s }`,
        );
        const inner = (settings: string): string =>
            networking("VirtualService", "inner", `{ http: [{ ${TO_PAYMENT}, ${settings} }] }`);
        assertChanges(compareRouting, root, `${root}\n---${inner("timeout: 9s")}`, [
            "payment /payments/*: timeout 9 s, was 1 s",
        ]);
        assertChanges(compareRouting, root, `${root}\n---${inner("name: inherits")}`, [
            "payment /payments/*: timeout 5 s, was 1 s",
        ]);
    });

    it("finds what is weaker by the removal of a VirtualService, but not with its service", () => {
        const own = virtual(route("/", "timeout: 1s, retries: { attempts: 2 }"));
        assertChanges(compareRouting, own, "", [
            "! payment /*: no timeout, was 1 s [a request that is never answered is waited for without end]",
        ]);
        const other = `${service("stock", 1)}\n---${own.replaceAll("payment", "stock")}`;
        assertChanges(compareRouting, other, "", []);
        assertChanges(compareRouting, "", other, []);
    });

    it("tells of HTTPRoutes as well", () => {
        const http = (rule: string): string => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: payment, namespace: shop }
spec:
  parentRefs: [{ group: "", kind: Service, name: payment }]
  rules: [${rule}]`;
        const to = (settings: string, one = 9, other = 1): string =>
            `{ ${settings} backendRefs: [{ name: payment, port: 80, weight: ${one} }, { name: order, port: 80, weight: ${other} }] }`;
        assertChanges(compareRouting, http(to("")), http(to("", 90, 10)), []);
        assertChanges(
            compareRouting,
            http(to("timeouts: { request: 1s },")),
            http(to("timeouts: { request: 2s }, retry: { attempts: 4, codes: [503] },", 8, 2)),
            [
                "payment /*: 20 % to order, was 10 %",
                "payment /*: timeout 2 s, was 1 s",
                "payment /*: retries 4, was 2",
                "payment /*: tried again on 503 as well",
                "! payment /*: POST and PATCH sent again on 503 without an idempotency key [a POST or PATCH that was carried out may be carried out twice]",
            ],
        );
    });

    it("tells which pods a subset has, and how a host is balanced", () => {
        const rule = (spec: string): string =>
            networking("DestinationRule", "payment", `{ host: payment, ${spec} }`);
        assertChanges(
            compareRouting,
            rule("subsets: [{ name: v1, labels: { version: v1 } }]"),
            rule(
                "subsets: [{ name: v1, labels: { version: v2 } }], trafficPolicy: { loadBalancer: { simple: RANDOM } }",
            ),
            [
                "payment has a subset v1 of version=v2, was of version=v1",
                "payment is balanced RANDOM, was Istio's own",
            ],
        );
    });

    it("says so where nobody can tell", () => {
        assertSettings(
            "timeout: 1s",
            "timeout: soon",
            "routes of payment cannot be compared: VirtualService shop/payment: spec.http[0].timeout soon is no duration",
        );
    });

    it("says once what holds inside and at the gateway", () => {
        const both = (timeout: string): string =>
            networking(
                "VirtualService",
                "payment",
                `{ hosts: [payment, payment.shop.example], gateways: [edge, mesh], http: [${route("/p", `timeout: ${timeout}`)}] }`,
            );
        assertChanges(compareRouting, both("1s"), both("2s"), [
            "payment /p/*: timeout 2 s, was 1 s",
        ]);
        const atEdge = (timeout: string): string =>
            networking(
                "VirtualService",
                "payment",
                `{ hosts: [payment.shop.example], gateways: [edge], http: [${route("/p", `timeout: ${timeout}`)}] }`,
            );
        assertChanges(compareRouting, atEdge("1s"), atEdge("2s"), [
            "payment.shop.example /p/*: timeout 2 s, was 1 s",
        ]);
    });
});
