import assert from "node:assert/strict";
import type { Catalog } from "#model/intents.ts";
import { catalog } from "#services/catalog.ts";
import { order } from "#services/order.ts";
import { payment } from "#services/payment.ts";
import { assertRefused, load } from "./config-support.ts";
import type { Keys } from "./config-support.ts";

const SERVICES = "order-service, payment-service, inventory-service";
const CANARY = { image: "ghcr.io/a4co/order-service:1.1.0", weight: 10 };
const HEADER = { name: "X-Canary", value: "always" };

const canaryOf = (change: Keys): Keys => ({ "order-service": { ...CANARY, ...change } });

/** What a canary of order-service says, and what is said about it. */
const REFUSED: readonly (readonly [Keys, string])[] = [
    [{ weight: 101 }, ".weight: 101 is not allowed; allowed: a whole number from 0 to 100"],
    [{ weight: -1 }, ".weight: -1 is not allowed; allowed: a whole number from 0 to 100"],
    [{ weight: 2.5 }, ".weight: 2.5 is not allowed; allowed: a whole number from 0 to 100"],
    [{ weight: "10" }, '.weight: "10" is not allowed; allowed: a whole number from 0 to 100'],
    [{ weight: undefined }, ".weight: it is missing; allowed: a whole number from 0 to 100"],
    [
        { image: "ghcr.io/a4co/order-service" },
        '.image: "ghcr.io/a4co/order-service" is not allowed; allowed: an image reference with its tag or digest, such as ghcr.io/a4co/order-service:1.0.0',
    ],
    [
        { image: "Order:1" },
        '.image: "Order:1" is not allowed; allowed: an image reference with its tag or digest, such as ghcr.io/a4co/order-service:1.0.0',
    ],
    [
        { header: { name: "x canary", value: "1" } },
        '.header.name: "x canary" is not allowed; allowed: the name of a request header',
    ],
    [
        { header: { name: "x-canary", value: "a b" } },
        '.header.value: "a b" is not allowed; allowed: text without spaces',
    ],
    [
        { header: { name: "x-canary", value: "" } },
        '.header.value: "" is not allowed; allowed: text without spaces',
    ],
    [{ header: { name: "x-canary" } }, ".header.value: it is missing; allowed: text"],
    [{ replicas: 1 }, ".replicas: there is no such key; allowed: image, weight, header, replaces"],
];

describe("canaries in the configuration", () => {
    it("are taken in every environment, with a header or without", () => {
        for (const environment of ["dev", "staging", "prod"]) {
            for (const canaries of [canaryOf({}), canaryOf({ header: HEADER, weight: 0 })]) {
                assert.deepEqual(load({ environment, canaries }).canaries, canaries);
            }
        }
    });

    for (const [change, problem] of REFUSED) {
        it(`are refused with ${JSON.stringify(change)}`, () => {
            assertRefused({ canaries: canaryOf(change) }, [
                `mesh:canaries.order-service${problem}`,
            ]);
        });
    }

    it("are refused for what is no microservice of the mesh", () => {
        for (const name of ["order", "nats"]) {
            assertRefused({ canaries: { [name]: CANARY } }, [
                `mesh:canaries.${name}: there is no such service; allowed: ${SERVICES}`,
            ]);
        }
    });

    it("are refused beside a version that the service itself declares under that name", () => {
        const versions = [
            { name: "v1", weight: 90 },
            { name: "canary", weight: 10 },
        ] as const;
        const services = catalog.services.map((service) =>
            service.name === order.name ? { ...order, versions } : service,
        );
        assertRefused(
            { canaries: canaryOf({}) },
            [
                "mesh:canaries.order-service: the service declares a version canary of its own; rename that one",
            ],
            { ...catalog, services },
        );
    });

    /** A catalogue of a service "stock" with one version, and one "stock-two". */
    const withStock = (version: string): Catalog => ({
        ...catalog,
        services: [
            { ...order, name: "stock-two" },
            { ...payment, name: "stock", callers: {}, versions: [{ name: version, weight: 100 }] },
        ],
    });
    const canaries = { "stock-two": CANARY };

    it("are refused where another service's version has the name of their Deployment", () => {
        assertRefused(
            { canaries },
            ["mesh:canaries: deployment stock-two-canary: two versions would have this name"],
            withStock("two-canary"),
        );
    });

    it("are taken beside a version that is nearly called so, and that version without them", () => {
        assert.deepEqual(load({ canaries }, withStock("two-canary-v1")).canaries, canaries);
        assert.deepEqual(load({}, withStock("two-canary")).canaries, {});
    });

    it("do not repeat what is wrong with the catalogue without them", () => {
        assertRefused({ canaries: canaryOf({}) }, ["host order: two services claim it"], {
            ...catalog,
            services: catalog.services.map((service) =>
                service.name === payment.name ? { ...service, hostname: "order" } : service,
            ),
        });
    });
});

describe("owners of weights in the configuration", () => {
    it("are no more: the old key is refused once, with what there is instead", () => {
        for (const weightOwners of [{}, { "order-service": "flagger" }]) {
            assertRefused({ canaries: canaryOf({}), weightOwners }, [
                "mesh:weightOwners: this key is gone: a service that Flagger or Argo Rollouts releases is not this program's; take it out of services/, or release it by mesh canary",
            ]);
        }
    });

    it("were a key of the stack alone: elsewhere the word was never one", () => {
        assertRefused({ addons: { weightOwners: true } }, [
            "mesh:addons.weightOwners: there is no such key; allowed: prometheus, grafana, jaeger, kiali",
        ]);
    });
});
