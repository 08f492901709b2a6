import assert from "node:assert/strict";
import {
    allowedRequests,
    guardedRequests,
    harmless,
    httpEdges,
    otherMethods,
    otherPaths,
    pairs,
    tcpEdges,
} from "#checks/matrix.ts";
import type { HttpEdge } from "#checks/matrix.ts";
import type { Catalog } from "#model/intents.ts";
import { permits } from "#model/requests.ts";
import { catalog } from "#services/catalog.ts";
import { catalog as bookinfo } from "../../bookinfo/catalog.ts";
import { CONTEXT } from "../model/context.ts";

function edgeOf(of: Catalog, caller: string, callee: string): HttpEdge {
    const found = httpEdges({ catalog: of, context: CONTEXT }).find(
        (edge) => edge.caller === caller && edge.callee === callee,
    );
    assert.ok(found, `no edge ${caller} to ${callee}`);
    return found;
}

function written(requests: readonly { method: string; path: string }[]): string[] {
    return requests.map(({ method, path }) => `${method} ${path}`);
}

describe("call matrix", () => {
    for (const [name, declared] of [
        ["a4co", catalog],
        ["Bookinfo", bookinfo],
    ] as const satisfies readonly (readonly [string, Catalog])[]) {
        describe(`of ${name}`, () => {
            const workloads = [...declared.services, ...declared.backing].map((one) => one.name);
            const mesh = { catalog: declared, context: CONTEXT };

            it("has every caller towards every callee exactly once", () => {
                const seen = pairs(declared).map(
                    ({ caller, callee }) => `${caller}:${callee.name}`,
                );
                const expected = workloads.flatMap((callee) =>
                    [...workloads, "ingress-gateway", "stranger"].map(
                        (caller) => `${caller}:${callee}`,
                    ),
                );
                assert.deepEqual([...seen].sort(), expected.sort());
            });

            it("calls declared what is an edge of the call graph, and nothing else", () => {
                const seen = pairs(declared)
                    .filter((pair) => pair.declared)
                    .map(({ caller, callee }) => `${caller}:${callee.name}`);
                const edges = [...httpEdges(mesh), ...tcpEdges(mesh)].map(
                    ({ caller, callee }) => `${caller}:${callee}`,
                );
                assert.deepEqual(seen.sort(), edges.sort());
            });

            it("tries nothing as refused that an edge allows, and the reverse", () => {
                for (const edge of httpEdges(mesh)) {
                    for (const request of allowedRequests(edge.permissions)) {
                        assert.ok(permits(edge.permissions, request), request.path);
                    }
                    for (const request of [
                        ...otherMethods(edge.permissions),
                        ...otherPaths(edge),
                    ]) {
                        assert.ok(!permits(edge.permissions, request), request.path);
                    }
                }
            });
        });
    }

    it("of a4co declares these edges and no other", () => {
        assert.deepEqual(
            pairs(catalog)
                .filter(({ declared }) => declared)
                .map(({ caller, callee }) => `${caller}:${callee.name}`),
            [
                "ingress-gateway:order-service",
                "order-service:payment-service",
                "payment-service:inventory-service",
                "order-service:nats",
            ],
        );
    });

    it("tries every method on every path of an edge", () => {
        const { permissions } = edgeOf(catalog, "payment-service", "inventory-service");
        assert.deepEqual(written(allowedRequests(permissions)), [
            "POST /inventory/reserve",
            "POST /inventory/release",
            "PUT /inventory/reserve",
            "PUT /inventory/release",
        ]);
        assert.deepEqual(
            written(otherMethods(permissions)),
            ["reserve", "release"].flatMap((leaf) =>
                ["GET", "HEAD", "OPTIONS", "DELETE", "PATCH"].map(
                    (method) => `${method} /inventory/${leaf}`,
                ),
            ),
        );
    });

    it("tries a wildcard with a path below it", () => {
        const { permissions } = edgeOf(bookinfo, "productpage", "details");
        assert.deepEqual(written(allowedRequests(permissions)), ["GET /details/mesh-probe"]);
    });

    it("tries the paths beside an exact one", () => {
        assert.deepEqual(written(otherPaths(edgeOf(catalog, "order-service", "payment-service"))), [
            ..."/payments /payments/ /payments/processx /payments/process/below /payments/metrics /health"
                .split(" ")
                .flatMap((path) =>
                    ["GET", "HEAD", "OPTIONS", "POST"].map((method) => `${method} ${path}`),
                ),
        ]);
    });

    it("tries the paths beside a wildcard, and not those below it", () => {
        const safe = (path: string): string[] => [`GET ${path}`, `HEAD ${path}`, `OPTIONS ${path}`];
        assert.deepEqual(
            written(otherPaths(edgeOf(bookinfo, "productpage", "details"))),
            ["/details", "/detailsx", "/health"].flatMap(safe),
        );
        assert.deepEqual(
            written(otherPaths(edgeOf(catalog, "ingress-gateway", "order-service"))),
            ["/ordersx", "/health"].flatMap((path) => [...safe(path), `POST ${path}`]),
        );
    });

    it("tries only paths, and none that a proxy would take for an allowed one, where everything is below /", () => {
        const { service, ...edge } = edgeOf(catalog, "ingress-gateway", "order-service");
        const root = { ...service, routes: [{ prefix: "/", timeout: "1s" }] } as const;
        for (const [paths, ...tried] of [
            [["/*"]],
            [["/"], "/x", "/below", "/metrics", "/health"],
            [["/orders"], "/", "/ordersx", "/orders/below", "/metrics", "/health"],
        ] as const) {
            const permissions = [{ methods: ["GET"], paths }] as const;
            const found = otherPaths({ ...edge, service: root, permissions });
            assert.deepEqual([...new Set(found.map(({ path }) => path))], tried);
        }
    });

    it("asks nobody but declared callers for what these may ask, nor by a safe method", () => {
        const [order, payment] = catalog.services;
        assert.deepEqual(written(guardedRequests(payment)), [
            "POST /payments/process",
            "GET /payments/process",
            "HEAD /payments/process",
            "OPTIONS /payments/process",
        ]);
        assert.deepEqual(
            written(guardedRequests({ ...order, honoursProbeHeader: false })).sort(),
            ["GET", "HEAD", "OPTIONS", "POST"].flatMap((method) => [
                `${method} /orders`,
                `${method} /orders/mesh-probe`,
            ]),
        );
    });

    it("asks by HEAD and OPTIONS wherever it expects GET to be refused", () => {
        const mesh = { catalog, context: CONTEXT };
        const beside = httpEdges(mesh).flatMap((edge) => [
            otherMethods(edge.permissions),
            otherPaths(edge),
        ]);
        for (const requests of [...beside, ...catalog.services.map(guardedRequests)]) {
            const asked = written(requests);
            for (const { path } of requests.filter(({ method }) => method === "GET")) {
                assert.ok(asked.includes(`HEAD ${path}`), path);
                assert.ok(asked.includes(`OPTIONS ${path}`), path);
            }
        }
    });

    it("matches a wildcard only below its slash", () => {
        const permissions = [{ methods: ["GET"], paths: ["/orders/*"] }] as const;
        const allows = (path: string): boolean => permits(permissions, { method: "GET", path });
        assert.deepEqual(
            ["/orders/1", "/orders/1/2", "/orders", "/ordersx", "/x/orders/1"].map(allows),
            [true, true, false, false, false],
        );
        assert.equal(permits(permissions, { method: "POST", path: "/orders/1" }), false);
    });

    it("sends nothing that could change a service that does not honour the probe header", () => {
        const [order] = catalog.services;
        const requests = [
            { method: "GET", path: "/a" },
            { method: "POST", path: "/a" },
        ];
        assert.deepEqual(harmless(requests, { ...order, honoursProbeHeader: false }), {
            sent: [requests[0]],
            leftOut: [requests[1]],
        });
        assert.deepEqual(harmless(requests, order), { sent: requests, leftOut: [] });
    });
});
