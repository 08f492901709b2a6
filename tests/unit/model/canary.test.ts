import assert from "node:assert/strict";
import { VirtualService } from "@kubernetes-models/istio/networking.istio.io/v1/VirtualService";
import fc from "fast-check";
import { CANARY, withCanaries, withCanary } from "#model/canary.ts";
import { destinationRuleSpec } from "#model/destination-rule.ts";
import type { CanaryIntent, Catalog, ServiceIntent } from "#model/intents.ts";
import { catalogProblems } from "#model/problems.ts";
import { METHODS } from "#model/requests.ts";
import { virtualServiceSpec } from "#model/routing.ts";
import { catalog as ours } from "#services/catalog.ts";
import { order } from "#services/order.ts";
import { anyCatalog } from "./arbitrary.ts";
import { CONTEXT, OTHER } from "./context.ts";
import { routeOf } from "./interpreter.ts";

const HEADER = { name: "X-Canary", value: "always (1)" };
const IMAGE = "ghcr.io/a4co/canary:2.0.0";

const anyCanary: fc.Arbitrary<CanaryIntent> = fc
    .tuple(fc.nat(100), fc.boolean())
    .map(([weight, chosen]) => ({ image: IMAGE, weight, ...(chosen && { header: HEADER }) }));

type Property = (service: ServiceIntent, canary: CanaryIntent, catalog: Catalog) => void;

/** For every service of any sound catalogue, with any canary. */
function holds(property: Property): void {
    fc.assert(
        fc.property(anyCatalog, anyCanary, (catalog, canary) => {
            for (const service of catalog.services) {
                property(service, canary, catalog);
            }
        }),
        { numRuns: 100 },
    );
}

describe("a canary, of any service in any sound catalogue", () => {
    it("has exactly its weight, and the service's own versions share the rest", () => {
        holds((service, canary) => {
            const versions = withCanary(service, canary).versions;
            const own = versions.slice(0, -1);
            assert.deepEqual(versions.at(-1), { name: CANARY, ...canary });
            assert.deepEqual(
                own.map(({ name }) => name),
                service.versions.map(({ name }) => name),
            );
            assert.ok(versions.every(({ weight }) => Number.isInteger(weight) && weight >= 0));
            assert.equal(
                own.reduce((sum, { weight }) => sum + weight, canary.weight),
                100,
            );
        });
    });

    it("takes from each version in proportion, to a percent for every other version", () => {
        holds((service, canary) => {
            const before = service.versions;
            withCanary(service, canary).versions.forEach(({ name, weight }, index) => {
                const share = ((before[index]?.weight ?? 0) * (100 - canary.weight)) / 100;
                if (name !== CANARY) {
                    assert.ok(Math.abs(weight - share) < before.length, `${name}: ${weight}`);
                    assert.ok(index === 0 || share > 0 || weight === 0, `${name} had no traffic`);
                }
            });
        });
    });

    it("leaves the catalogue sound", () => {
        holds(({ name }, canary, catalog) => {
            assert.deepEqual(catalogProblems(withCanaries(catalog, { [name]: canary })), []);
        });
    });

    it("has a subset, and a share of every route without the header", () => {
        holds((service, canary) => {
            const trial = withCanary(service, canary);
            const subsets = destinationRuleSpec(trial, OTHER).subsets?.map(({ name }) => name);
            assert.equal(subsets?.at(-1), CANARY);
            const routes = virtualServiceSpec(trial, OTHER).http ?? [];
            for (const { prefix } of service.routes) {
                for (const method of METHODS) {
                    const taken = routeOf({ method, path: `${prefix}/x`, headers: {} }, routes);
                    assert.deepEqual(
                        taken?.route?.map(({ destination, weight }) => [
                            destination.subset,
                            weight,
                        ]),
                        trial.versions.map(({ name, weight }) => [name, weight]),
                    );
                }
            }
        });
    });

    it("alone gets the requests with its header, tried again and ended as without it", () => {
        holds((service, { weight }) => {
            const trial = withCanary(service, { image: IMAGE, weight, header: HEADER });
            const spec = virtualServiceSpec(trial, OTHER);
            new VirtualService({ metadata: { name: "any", namespace: "any" }, spec }).validate();
            for (const { prefix, retries } of service.routes) {
                const key = (retries?.idempotencyHeader ?? "Idempotency-Key").toLowerCase();
                for (const method of METHODS) {
                    for (const headers of [{}, { [key]: "k1" }, { [key]: "" }]) {
                        const request = { method, path: `${prefix}/x`, headers };
                        const usual = routeOf(request, spec.http ?? []);
                        const taken = routeOf(
                            { ...request, headers: { ...headers, "x-canary": HEADER.value } },
                            spec.http ?? [],
                        );
                        assert.deepEqual(
                            taken?.route?.map(({ destination, weight: share }) => [
                                destination.subset,
                                share,
                            ]),
                            [[CANARY, 100]],
                        );
                        assert.deepEqual(taken.retries, usual?.retries, `${method} ${prefix}`);
                        assert.equal(taken.timeout, usual?.timeout);
                        const other = { ...headers, "x-canary": "never" };
                        assert.equal(
                            routeOf({ ...request, headers: other }, spec.http ?? []),
                            usual,
                        );
                    }
                }
            }
        });
    });

    it("changes no other service", () => {
        holds(({ name }, canary, catalog) => {
            const { services, backing } = withCanaries(catalog, { [name]: canary });
            assert.equal(backing, catalog.backing);
            services.forEach((service, index) => {
                assert.equal(service === catalog.services[index], service.name !== name);
            });
        });
    });

    it("that is not there changes nothing", () => {
        holds((service, _, catalog) => {
            assert.equal(withCanary(service, undefined), service);
            withCanaries(catalog, {}).services.forEach((same, index) => {
                assert.equal(same, catalog.services[index]);
            });
        });
    });
});

describe("a canary of order-service", () => {
    it("leaves 100 to the versions there are while its weight is 0, and takes all with 100", () => {
        for (const [weight, left] of [
            [0, 100],
            [100, 0],
        ] as const) {
            assert.deepEqual(withCanary(order, { image: IMAGE, weight }).versions, [
                { name: "v1", weight: left },
                { name: CANARY, image: IMAGE, weight },
            ]);
        }
    });

    it("gives what rounding leaves over to the first version", () => {
        const service: ServiceIntent = {
            ...order,
            versions: [
                { name: "v1", weight: 34 },
                { name: "v2", weight: 33 },
                { name: "v3", weight: 33 },
            ],
        };
        assert.deepEqual(
            withCanary(service, { image: IMAGE, weight: 5 }).versions.map(({ weight }) => weight),
            [33, 31, 31, 5],
        );
    });

    it("gets a route before each of the two that there are, after what is hidden and tried out", () => {
        const trial = withCanary(order, { image: IMAGE, weight: 10, header: HEADER });
        assert.deepEqual(
            virtualServiceSpec(trial, CONTEXT).http?.map(({ name }) => name),
            [
                "metrics-at-the-edge",
                "experiment",
                "orders-canary-idempotent",
                "orders-canary",
                "orders-idempotent",
                "orders",
            ],
        );
    });

    it("gets the fault of its service on its own routes as well", () => {
        const { services } = withCanaries(ours, {
            "order-service": { image: IMAGE, weight: 10, header: HEADER },
        });
        const [trial] = services;
        assert.ok(trial);
        const routes = virtualServiceSpec(trial, CONTEXT, {
            abort: { httpStatus: 500, percent: 1 },
        }).http;
        assert.deepEqual(
            routes?.filter(({ fault }) => fault !== undefined).map(({ name }) => name),
            ["orders-canary-idempotent", "orders-canary", "orders-idempotent", "orders"],
        );
    });
});
