import assert from "node:assert/strict";
import { budgetChanges, budgetsOf, compareBudgets } from "#review/budgets.ts";
import type { Graph } from "#review/change.ts";
import { networking, service, SHOP, written } from "./shop.ts";
import { subjectOf } from "./subject.ts";

function calls(...edges: readonly string[]): Graph {
    const ends = edges.map((edge) => edge.split(" > "));
    return {
        nodes: [...new Set(ends.flat())].sort(),
        edges: ends.map(([from = "", to = ""]) => ({ from, to, operations: [] })),
    };
}

const CALLS = calls("istio-ingressgateway > order", "order > payment");

/** Routes of order at the gateway and of payment inside, with their settings. */
function routes(order: string, payment: string): string {
    return [
        networking(
            "VirtualService",
            "order",
            `{ hosts: [order.shop.example], gateways: [edge], http: [{ route: [{ destination: { host: order } }], ${order} }] }`,
        ),
        networking(
            "VirtualService",
            "payment",
            `{ hosts: [payment], http: [{ match: [{ uri: { prefix: /payments } }], route: [{ destination: { host: payment } }], ${payment} }] }`,
        ),
    ].join("\n---");
}

const ONCE = "retries: { attempts: 0 }";

function assertChanges(
    before: readonly [order: string, payment: string],
    after: readonly [order: string, payment: string],
    ...expected: readonly string[]
): void {
    const changes = budgetChanges(
        subjectOf(SHOP, routes(...before)),
        subjectOf(SHOP, routes(...after)),
        { before: CALLS, after: CALLS },
    );
    assert.deepStrictEqual(changes.map(written), expected);
}

const CHAIN = "(istio-ingressgateway → order → payment)";
const MORE = "[a service that fails gets more load just then]";
const LOST = "[order goes on working for nobody, and its answer is lost]";

describe("The budgets of a subject", () => {
    it("are the time and the copies of a request along each chain of calls", () => {
        const subject = subjectOf(
            SHOP,
            routes(
                "timeout: 5s, retries: { attempts: 3, perTryTimeout: 2s, retryOn: 5xx }",
                "timeout: 10s, retries: { attempts: 5 }",
            ),
        );
        assert.deepStrictEqual(budgetsOf(subject, CALLS), {
            chains: [
                {
                    chain: ["istio-ingressgateway", "order", "payment"],
                    slowest: 5000,
                    copies: 24,
                    inverted: [
                        "istio-ingressgateway gives order 2 s for each try, which waits up to 10 s for payment",
                    ],
                },
            ],
            leftOut: [],
        });
    });

    it("know Istio's defaults: no timeout, and two more tries", () => {
        const [only] = budgetsOf(subjectOf(SHOP), calls("order > payment")).chains;
        assert.deepStrictEqual(only, { chain: ["order", "payment"], copies: 3, inverted: [] });
        const mesh = (more: string): string => `
apiVersion: helm.sh/v3
kind: Release
name: istiod
namespace: istio-system
chart: istiod
values: { meshConfig: { ${more} } }`;
        const off = subjectOf(SHOP, mesh("defaultHttpRetryPolicy: { attempts: 0 }"));
        assert.equal(budgetsOf(off, calls("order > payment")).chains[0]?.copies, 1);
        assert.equal(
            budgetsOf(
                subjectOf(SHOP, mesh("rootNamespace: istio-system")),
                calls("order > payment"),
            ).chains[0]?.copies,
            3,
        );
    });

    it("end a request with its last try where there is no timeout", () => {
        const slowest = (order: string): number | undefined =>
            budgetsOf(subjectOf(SHOP, routes(order, ONCE)), CALLS).chains[0]?.slowest;
        assert.equal(slowest("retries: { attempts: 2, perTryTimeout: 2s }"), 6000);
        assert.equal(slowest("timeout: 5s, retries: { attempts: 2, perTryTimeout: 2s }"), 5000);
        assert.equal(slowest("timeout: 0s"), undefined);
    });

    it("begin at gateways and at whom nobody calls, and are cut where they lead back", () => {
        const graph = calls(
            "payment > order",
            "order > payment",
            "cron > order",
            "istio-ingressgateway > order",
        );
        const more = `${routes("timeout: 5s", "timeout: 1s")}\n---${service("cron", 1)}`;
        assert.deepStrictEqual(
            budgetsOf(subjectOf(SHOP, more), graph).chains.map(({ chain }) => chain.join(" ")),
            ["cron order payment", "istio-ingressgateway order payment"],
        );
        assert.deepStrictEqual(
            budgetsOf(subjectOf(SHOP), calls("payment > order", "order > payment")).chains.map(
                ({ chain }) => chain.join(" "),
            ),
            ["order payment"],
        );
    });

    it("tell the longest chains first, and how many are left out", () => {
        const names = Array.from({ length: 12 }, (_, at) => `s${at}`);
        const subject = subjectOf(SHOP, ...names.map((name) => service(name, 1)));
        const graph = calls(...names.map((name) => `order > ${name}`), "s3 > s4", "s4 > payment");
        const { chains, leftOut } = budgetsOf(subject, graph);
        assert.deepStrictEqual(chains[0]?.chain, ["order", "s3", "s4", "payment"]);
        assert.equal(chains.length, 10);
        assert.deepStrictEqual(leftOut, [{ entry: "order", chains: 2 }]);
    });

    it("leave out what is no HTTP, and whom a caller has no proxy to try again for", () => {
        const nats = service("nats", 1).replace("name: http,", "name: tcp-client,");
        const bare = service("bare", 1).replace("serviceAccountName: bare,", "hostNetwork: true,");
        const subject = subjectOf(SHOP, nats, bare);
        const graph = calls("order > nats", "bare > payment");
        assert.deepStrictEqual(budgetsOf(subject, graph).chains, [
            { chain: ["bare", "payment"], copies: 1, inverted: [] },
        ]);
    });

    it("follow the routes of the callers that they are for", () => {
        const from = (app: string): string =>
            networking(
                "VirtualService",
                "payment",
                `{ hosts: [payment], http: [{ match: [{ sourceLabels: { app: ${app} } }], route: [{ destination: { host: payment } }], retries: { attempts: 9 } }, { route: [{ destination: { host: payment } }], ${ONCE} }] }`,
            );
        const copies = (app: string): number | undefined =>
            budgetsOf(subjectOf(SHOP, from(app)), calls("order > payment")).chains[0]?.copies;
        assert.equal(copies("order"), 10);
        assert.equal(copies("others"), 1);
    });

    it("say how long somebody waits, and that nothing ends it any more", () => {
        const at = (order: string): readonly [string, string] => [
            `${order}, ${ONCE}`,
            `timeout: 1s, ${ONCE}`,
        ];
        assertChanges(
            at("timeout: 10s"),
            at("timeout: 15s"),
            "who asks istio-ingressgateway waits at most 15 s for order, was 10 s",
        );
        assertChanges(
            at("timeout: 10s"),
            at("name: endless"),
            "! who asks istio-ingressgateway waits without end for order, was 10 s [nothing ends a request that is never answered]",
        );
        assertChanges(at("timeout: 1m"), at("timeout: 60s"));
    });

    it("are compared by who may call whom in each subject", () => {
        const at = (timeout: string) =>
            subjectOf(SHOP, routes(`timeout: ${timeout}, ${ONCE}`, ONCE));
        assert.deepStrictEqual(compareBudgets(at("10s"), at("15s")).map(written), [
            "who asks istio-ingressgateway waits at most 15 s for order, was 10 s",
        ]);
    });

    it("say how many copies a request becomes, once for what makes it so", () => {
        const order = `timeout: 9s, ${ONCE}`;
        const retries = (attempts: number): string =>
            `timeout: 9s, retries: { attempts: ${attempts} }`;
        assertChanges(
            [order, retries(3)],
            [order, retries(5)],
            `! one request of istio-ingressgateway may become 6 at payment at most, was 4 ${CHAIN} ${MORE}`,
        );
        assertChanges(
            [order, retries(5)],
            [order, retries(3)],
            `one request of istio-ingressgateway may become 4 at payment at most, was 6 ${CHAIN}`,
        );
        assertChanges(
            [order, retries(3)],
            [`timeout: 9s, retries: { attempts: 2 }`, retries(3)],
            `! one request of istio-ingressgateway may become 12 at payment at most, was 4 ${CHAIN}, and 1 other chains likewise ${MORE}`,
        );
        // A route without a word is tried again, too.
        assertChanges(
            [order, `timeout: 9s, ${ONCE}`],
            [order, "timeout: 9s"],
            `! one request of istio-ingressgateway may become 3 at payment at most, was 1 ${CHAIN} ${MORE}`,
        );
    });

    it("say who waits less long than what it waits for", () => {
        const at = (order: string, payment: string): readonly [string, string] => [
            `${order}, ${ONCE}`,
            `${payment}, ${ONCE}`,
        ];
        assertChanges(
            at("timeout: 5s", "timeout: 5s"),
            at("timeout: 5s", "timeout: 6s"),
            `! istio-ingressgateway gives order 5 s, which waits up to 6 s for payment ${LOST}`,
        );
        assertChanges(
            at("timeout: 5s", "timeout: 5s"),
            at("timeout: 5s", "name: endless"),
            `! istio-ingressgateway gives order 5 s, which waits for payment without end ${LOST}`,
        );
        assertChanges(at("timeout: 5s", "timeout: 8s"), at("timeout: 5s", "timeout: 9s"));
        assertChanges(
            at("timeout: 5s", "timeout: 8s"),
            at("timeout: 5s", "timeout: 4s"),
            "istio-ingressgateway gives order 5 s, no longer less than it waits for payment",
        );
    });

    it("do not blame a call that is new", () => {
        const more = routes(`timeout: 5s, ${ONCE}`, `timeout: 9s, ${ONCE}`);
        const subject = subjectOf(SHOP, more);
        const changes = budgetChanges(subject, subjectOf(SHOP, more), {
            before: calls("istio-ingressgateway > order"),
            after: CALLS,
        });
        assert.deepStrictEqual(changes.map(written), [
            "istio-ingressgateway gives order 5 s, which waits up to 9 s for payment",
        ]);
    });

    it("are those of 200 services in good time", () => {
        const names = Array.from({ length: 200 }, (_, at) => `s${at}`);
        const text = names.map((name) => service(name, 1));
        const graph = calls(
            ...names.flatMap((name, at) =>
                [1, 2, 7, 20].map((step) => `${name} > ${names[(at + step) % 200] ?? ""}`),
            ),
        );
        const [before, after] = [subjectOf(SHOP, ...text), subjectOf(SHOP, ...text)];
        const start = performance.now();
        assert.deepStrictEqual(budgetChanges(before, after, { before: graph, after: graph }), []);
        assert.ok(budgetsOf(after, graph).chains.length > 0);
        assert.ok(performance.now() - start < 3000, `${performance.now() - start} ms`);
    });
});
