import assert from "node:assert/strict";
import { DestinationRule } from "@kubernetes-models/istio/networking.istio.io/v1/DestinationRule";
import { Sidecar } from "@kubernetes-models/istio/networking.istio.io/v1/Sidecar";
import { VirtualService } from "@kubernetes-models/istio/networking.istio.io/v1/VirtualService";
import { AuthorizationPolicy } from "@kubernetes-models/istio/security.istio.io/v1/AuthorizationPolicy";
import fc from "fast-check";
import { allowPolicySpec, callGraph } from "#model/authorization.ts";
import { destinationRuleSpec } from "#model/destination-rule.ts";
import type { Catalog } from "#model/intents.ts";
import { experimentName } from "#model/mesh.ts";
import { METHODS } from "#model/requests.ts";
import { isExposed, sidecarSpec, virtualServiceSpec } from "#model/routing.ts";
import { anyCatalog } from "./arbitrary.ts";
import { OTHER } from "./context.ts";
import { routeOf } from "./interpreter.ts";

function holds(property: (catalog: Catalog) => void): void {
    fc.assert(fc.property(anyCatalog, property), { numRuns: 150 });
}

const metadata = { name: "any", namespace: "any" };

describe("routes, in any sound catalogue", () => {
    it("the weights of every route sum to 100, over subsets that exist", () => {
        holds((catalog) => {
            for (const service of catalog.services) {
                const subsets = destinationRuleSpec(service, OTHER).subsets?.map(
                    ({ name }) => name,
                );
                assert.deepEqual(
                    subsets,
                    service.versions.map(({ name }) => name),
                );
                for (const { route } of virtualServiceSpec(service, OTHER).http ?? []) {
                    if (route !== undefined) {
                        assert.equal(
                            route.reduce((sum, { weight = 0 }) => sum + weight, 0),
                            100,
                        );
                        assert.deepEqual(
                            route.map(({ destination }) => destination.subset),
                            subsets,
                        );
                    }
                }
            }
        });
    });

    it("every route to a service has a timeout and says how often it is tried", () => {
        holds((catalog) => {
            for (const service of catalog.services) {
                for (const { name, route, timeout, retries } of virtualServiceSpec(service, OTHER)
                    .http ?? []) {
                    if (route !== undefined) {
                        assert.ok(timeout, `${name} has no timeout`);
                        assert.equal(
                            typeof retries?.attempts,
                            "number",
                            `${name} takes the mesh's default`,
                        );
                        assert.equal(retries?.retryOn === undefined, retries?.attempts === 0, name);
                    }
                }
            }
        });
    });

    it("a request is tried again after delivery only where that is harmless", () => {
        holds((catalog) => {
            for (const service of catalog.services) {
                const routes = virtualServiceSpec(service, OTHER).http ?? [];
                for (const { prefix, retries } of service.routes) {
                    const header = (retries?.idempotencyHeader ?? "Idempotency-Key").toLowerCase();
                    for (const method of METHODS) {
                        for (const key of ["", "k1"]) {
                            const headers = key === "" ? {} : { [header]: key };
                            const taken = routeOf({ method, path: `${prefix}/x`, headers }, routes);
                            const unsafe = ["POST", "PATCH"].includes(method) && key === "";
                            const { attempts, retryOn } = taken?.retries ?? {};
                            assert.equal(attempts, retries?.attempts ?? 0, `${method} ${prefix}`);
                            if (attempts !== 0) {
                                assert.equal(
                                    retryOn,
                                    unsafe
                                        ? "connect-failure,refused-stream"
                                        : retries?.on.join(","),
                                    `${method} ${prefix}`,
                                );
                            }
                        }
                        // An empty key is none: a client that sends one has not made its POST idempotent.
                        const empty = routeOf(
                            { method: "POST", path: prefix, headers: { [header]: "" } },
                            routes,
                        );
                        assert.doesNotMatch(
                            empty?.retries?.retryOn ?? "",
                            /5xx|reset|gateway-error|4xx/,
                        );
                    }
                }
            }
        });
    });

    it("an experiment that is there takes the requests that it matches, and no others", () => {
        holds((catalog) => {
            for (const service of catalog.services) {
                const routes = virtualServiceSpec(service, OTHER).http ?? [];
                const trial = {
                    name: "trial",
                    match: [{ headers: { "x-trial": { exact: "1" } } }],
                };
                const delegates = { [experimentName(service.name)]: [trial] };
                for (const { prefix } of service.routes) {
                    const request = { method: "POST", path: `${prefix}/x`, headers: {} };
                    const tried = { ...request, headers: { "x-trial": "1" } };
                    assert.equal(routeOf(tried, routes, delegates), trial);
                    assert.equal(routeOf(tried, routes), routeOf(request, routes));
                    assert.ok(routeOf(request, routes));
                    assert.equal(routeOf(request, routes, delegates), routeOf(request, routes));
                }
            }
        });
    });

    it("the gateway has a route to a service exactly where it may call it", () => {
        holds((catalog) => {
            for (const service of catalog.services) {
                const { gateways } = virtualServiceSpec(service, OTHER);
                assert.deepEqual(
                    gateways,
                    isExposed(service) ? ["shop-gateway", "mesh"] : ["mesh"],
                );
            }
        });
    });

    const SPANS = "observability/otel.observability.svc.cluster.local";

    it("a proxy knows exactly whom its service may call, and who takes its spans", () => {
        holds((catalog) => {
            for (const service of catalog.services) {
                const hosts = sidecarSpec(service, catalog, {
                    ...OTHER,
                    collector: SPANS,
                }).egress?.flatMap((egress) => egress.hosts);
                const callees = callGraph(catalog, OTHER)
                    .filter(({ caller }) => caller === service.name)
                    .map(({ callee }) => `./${callee}.shop.svc.cluster.local`);
                assert.deepEqual([...(hosts ?? [])].sort(), [...callees, SPANS].sort());
            }
        });
    });

    it("a proxy without callees knows nobody where nobody takes spans", () => {
        holds((catalog) => {
            for (const service of catalog.services) {
                const calls = callGraph(catalog, OTHER).some(
                    ({ caller }) => caller === service.name,
                );
                const [egress] = sidecarSpec(service, catalog, OTHER).egress ?? [];
                assert.equal(egress?.hosts.includes("~/*"), !calls);
            }
        });
    });

    it("every spec is one that its kind's schema takes", () => {
        holds((catalog) => {
            for (const edge of callGraph(catalog, OTHER)) {
                new AuthorizationPolicy({
                    metadata,
                    spec: allowPolicySpec(edge, OTHER),
                }).validate();
            }
            for (const service of catalog.services) {
                new VirtualService({
                    metadata,
                    spec: virtualServiceSpec(service, OTHER),
                }).validate();
                new DestinationRule({
                    metadata,
                    spec: destinationRuleSpec(service, OTHER),
                }).validate();
                new Sidecar({ metadata, spec: sidecarSpec(service, catalog, OTHER) }).validate();
            }
        });
    });
});
