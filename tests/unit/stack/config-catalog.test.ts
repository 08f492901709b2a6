import assert from "node:assert/strict";
import type { Catalog, ServiceIntent } from "#model/intents.ts";
import { catalogProblems } from "#model/problems.ts";
import { catalog } from "#services/catalog.ts";
import { inventory } from "#services/inventory.ts";
import { nats } from "#services/nats.ts";
import { order } from "#services/order.ts";
import { payment } from "#services/payment.ts";
import { catalog as bookinfo } from "../../bookinfo/catalog.ts";
import { assertRefused } from "./config-support.ts";
import type { Change } from "./config-unsound-services.ts";
import { UNSOUND_SERVICES } from "./config-unsound-services.ts";

const KNOWN = "ingress-gateway, order-service, payment-service, inventory-service";

/** The catalogue with inventory-service changed. */
function withInventory(change: Change): Catalog {
    const changed = { ...inventory, ...change } as ServiceIntent;
    return { services: [order, payment, changed], backing: [nats] };
}

const allow = { methods: ["GET"], paths: ["/inventory"] } as const;

describe("a catalogue is refused", () => {
    for (const [what, change, ...problems] of UNSOUND_SERVICES) {
        it(`for ${what}`, () => {
            assertRefused(
                {},
                problems.map((problem) => `service inventory-service: ${problem}`),
                withInventory(change),
            );
        });
    }

    for (const name of ["Inventory", "inventory_service", "ingress-gateway", "1st"]) {
        it(`for a service named ${name}`, () => {
            const { problems } = {
                problems: catalogProblems(withInventory({ name, callers: {} })),
            };
            assert.deepEqual(problems, [`service ${name}: the name is not a free DNS label`]);
        });
    }

    it("for a path that no request has after normalization, and for no other", () => {
        const refused = (path: `/${string}`): boolean =>
            catalogProblems(
                withInventory({
                    callers: { "order-service": [{ methods: ["GET"], paths: [path] }] },
                }),
            ).length > 0;
        for (const path of [
            "//*",
            "//",
            "/a//b",
            "/a/",
            "/a/../b",
            "/a/.",
            "/a*",
            "/*/a",
            "/a b",
            "/a?b",
            "/a%2Fb",
        ] as const) {
            assert.ok(refused(path), path);
        }
        for (const path of [
            "/",
            "/*",
            "/a",
            "/a/b.c/d-e_f~g",
            "/a/*",
            "/.well-known/x",
            "/a/..b",
        ] as const) {
            assert.ok(!refused(path), path);
        }
    });

    it("for two services on one host", () => {
        assertRefused(
            {},
            ["host order: two services claim it"],
            withInventory({ hostname: "order" }),
        );
        assertRefused(
            {},
            ["host payment-service: two services claim it"],
            withInventory({ hostname: "payment-service" }),
        );
    });

    it("for two services of one name", () => {
        const twice: Catalog = {
            services: [order, payment, inventory],
            backing: [{ ...nats, name: "order-service" }],
        };
        assert.deepEqual(catalogProblems(twice), [
            "service order-service: the name is used twice",
            'service order-service: backing service "nats" does not exist; allowed: order-service',
        ]);
    });

    it("for two backing services that write to one variable", () => {
        const twice: Catalog = { ...catalog, backing: [nats, { ...nats, name: "nats-two" }] };
        assert.deepEqual(catalogProblems(twice), [
            "variable NATS_URL: two backing services write their address to it",
        ]);
    });

    it("for two policies of one name", () => {
        const callers = { order: [allow], "order-service": [allow] };
        const twice: Catalog = {
            services: [
                order,
                payment,
                { ...inventory, callers },
                { ...payment, name: "order", hostname: "o", callers: {} },
            ],
            backing: [nats],
        };
        assert.deepEqual(catalogProblems(twice), [
            "host order: two services claim it",
            "policy allow-order-to-inventory: two callers' policies would have this name",
        ]);
    });

    it("for two Deployments of one name", () => {
        const twice: Catalog = {
            services: [
                {
                    ...inventory,
                    name: "stock",
                    hostname: "a",
                    callers: {},
                    versions: [{ name: "two-v1", weight: 100 }],
                },
                { ...inventory, name: "stock-two", hostname: "b", callers: {} },
            ],
            backing: [],
        };
        assert.deepEqual(catalogProblems(twice), [
            "deployment stock-two-v1: two versions would have this name",
        ]);
    });

    it("for a service with the name that experiments on another one have", () => {
        const name = "payment-service-experiment";
        assert.deepEqual(catalogProblems(withInventory({ name, callers: {} })), [
            `virtual service ${name}: a service and the experiments on another would have this name`,
        ]);
        const free = withInventory({ name: "experiment", callers: {} });
        assert.deepEqual(catalogProblems(free), []);
    });

    it("for a service with the name of another one's rehearsal", () => {
        const name = "payment-service-rehearsal";
        assert.deepEqual(catalogProblems(withInventory({ name, callers: {} })), [
            `service ${name}: the rehearsal of another would have this name`,
        ]);
    });

    it("together with the configuration, all at once", () => {
        assertRefused(
            { environment: "dev", size: "tiny" },
            [
                "service inventory-service: port 0 is not allowed; allowed: 1 to 65535 without Istio's own 15000 to 15090",
                'service inventory-service: caller "shipping" does not exist; allowed: ' + KNOWN,
                'mesh:size: "tiny" is not allowed; allowed: small, large',
            ],
            withInventory({ port: 0, callers: { shipping: [allow] } }),
        );
    });
});

describe("a catalogue is sound", () => {
    it("for the services of this checkout and for Bookinfo", () => {
        assert.deepEqual(catalogProblems(catalog), []);
        assert.deepEqual(catalogProblems(bookinfo), []);
    });
});
