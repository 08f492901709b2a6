import assert from "node:assert/strict";
import type { Catalog, ServiceIntent } from "#model/intents.ts";
import { catalog } from "#services/catalog.ts";
import { inventory } from "#services/inventory.ts";
import { nats } from "#services/nats.ts";
import { order } from "#services/order.ts";
import { payment } from "#services/payment.ts";
import { readCatalog } from "#stack/catalog.ts";
import { catalog as bookinfo } from "../../bookinfo/catalog.ts";
import { assertRefused } from "./config-support.ts";
import { ROWS } from "./unsound-services.ts";

const KNOWN = "ingress-gateway, order-service, payment-service, inventory-service";

/** The catalogue with inventory-service changed. */
function withInventory(change: object): Catalog {
    const changed = { ...inventory, ...change } as ServiceIntent;
    return { services: [order, payment, changed], backing: [nats] };
}

function problemsOf(declared: unknown): readonly string[] {
    return readCatalog(declared).problems;
}

const allow = { methods: ["GET"], paths: ["/inventory"] } as const;
const LABEL =
    "a DNS label: lower-case letters, digits and -, a letter first, at most 52 characters";

/** Names that no service can have, and what would be allowed. */
const NAMES: readonly (readonly [string, string])[] = [
    ["Inventory", LABEL],
    ["inventory_service", LABEL],
    ["1st", LABEL],
    ["", LABEL],
    ["toString", "a name that is not reserved: it is a property of every object in JavaScript"],
    ["a".repeat(53), LABEL],
    ["constructor", "a name that is not reserved: it is a property of every object in JavaScript"],
    [
        "default",
        "a name that is not reserved: each namespace has a ServiceAccount of this name, which any pod may use",
    ],
    ["ingress-gateway", "a name that is not reserved: among callers it stands for the gateway"],
    ["istio-proxy", "a name that is not reserved: Istio calls a container of each pod so"],
    ["istio-init", "a name that is not reserved: Istio calls a container of each pod so"],
    ["stranger", "a name that is not reserved: mesh verify asks under this name"],
    ["platform", "a name that is not reserved: the program's own resources are called so"],
    ["baseline", "a name that is not reserved: the program's own resources are called so"],
];

describe("a catalogue is refused", () => {
    for (const [change, ...problems] of ROWS) {
        it(`for ${problems.join(" and ").slice(0, 150)}`, () => {
            assertRefused(
                {},
                problems.map((problem) => `service inventory-service: ${problem}`),
                withInventory(change),
            );
        });
    }

    for (const [name, allowed] of NAMES) {
        it(`for a service named ${name}`, () => {
            assert.deepEqual(problemsOf(withInventory({ name, callers: {} })), [
                `service ${name}: name: "${name}" is not allowed; allowed: ${allowed}`,
            ]);
        });
    }

    it("for what is none at all", () => {
        const none = ["catalog: it is none; allowed: what defineCatalog gives"];
        for (const declared of [undefined, null, 1, "catalog", [], true]) {
            assert.deepEqual(problemsOf(declared), none);
        }
        assert.deepEqual(problemsOf({}), [
            "services: it is missing; allowed: a list",
            "backing: it is missing; allowed: a list",
        ]);
        const sound = { services: [order, payment, inventory], backing: [nats] };
        assert.deepEqual(problemsOf({ ...sound, services: [order, payment, null] }), [
            "services.2: null is not allowed; allowed: an object",
        ]);
        assert.deepEqual(problemsOf({ ...sound, backing: nats }).length, 1);
        assert.deepEqual(problemsOf({ ...sound, gateways: [] }), [
            "gateways: there is no such key; allowed: services, backing",
        ]);
    });

    it("for what is wrong by itself and between the rest, all at once", () => {
        const services = [
            { ...order, port: 0, callers: { nobody: [] } },
            { ...payment, hostname: "inventory", callers: { nobody: [allow] } },
            { ...inventory, backing: ["nats", "redis"] },
        ];
        assert.deepEqual(problemsOf({ services, backing: [{ ...nats, scheme: "" }] }), [
            "service order-service: port: 0 is not allowed; allowed: 1 to 65535 without Istio's own 15000 to 15090",
            "service order-service: callers.nobody: [] is not allowed; allowed: what the caller may do, or no word of it",
            'service nats: scheme: "" is not allowed; allowed: a scheme such as nats: lower-case letters, digits and single -, at most 11, as its port is called tcp-<scheme>',
            "host inventory: two services claim it",
            `service payment-service: callers.nobody: there is no such service; allowed: ingress-gateway, payment-service, inventory-service, order-service`,
            'service payment-service: callers.nobody.0.paths.0: "/inventory" takes no route; allowed: paths that begin with /payments',
            'service inventory-service: backing.1: there is no backing service "redis"; allowed: nats',
        ]);
    });

    it("for what goes on and on, and in a bounded time", () => {
        const circle: Record<string, unknown> = { ...inventory };
        circle["env"] = Object.fromEntries([1, 2, 3].map((index) => [`E${index}`, circle]));
        assert.match(problemsOf(circle)[0] ?? "", /goes on and on; allowed: at most 16 levels$/);
        let shared: unknown = "a";
        for (let level = 0; level < 12; level += 1) {
            shared = Array.from({ length: 10 }, () => shared);
        }
        assert.match(
            problemsOf(shared)[0] ?? "",
            /goes on and on; allowed: at most 2000000 values$/,
        );
    });

    it("for what was not given by defineService", () => {
        const { healthPath, ...left } = inventory;
        assert.equal(healthPath, "/health");
        const change = { services: [order, payment, left], backing: [nats] };
        assert.deepEqual(problemsOf(change), [
            "service inventory-service: healthPath: it is missing; allowed: what defineService, or defineBackingService, gives",
        ]);
        const [route] = inventory.routes;
        assert.deepEqual(
            problemsOf(withInventory({ routes: [{ ...route, prefix: "/inventory/" }] })),
            [
                'service inventory-service: routes.0.prefix: "/inventory/" is not allowed; allowed: "/inventory", as defineService gives it',
            ],
        );
    });

    it("for a backing service that cannot be", () => {
        const rows: readonly (readonly [object, string])[] = [
            [
                { scheme: "a".repeat(12) },
                `scheme: "${"a".repeat(12)}" is not allowed; allowed: a scheme such as nats: lower-case letters, digits and single -, at most 11, as its port is called tcp-<scheme>`,
            ],
            [
                { scheme: "nats+tls" },
                'scheme: "nats+tls" is not allowed; allowed: a scheme such as nats: lower-case letters, digits and single -, at most 11, as its port is called tcp-<scheme>',
            ],
            [
                { addressVariable: "PORT" },
                `addressVariable: "PORT" is not allowed; allowed: a variable of its own: PORT is the service's port`,
            ],
            [
                { addressVariable: "NATS-URL" },
                'addressVariable: "NATS-URL" is not allowed; allowed: the name of an environment variable, such as NATS_URL',
            ],
            [
                { tcpConnectionPool: { maxConnections: 0, connectTimeout: "5s" } },
                "tcpConnectionPool.maxConnections: 0 is not allowed; allowed: a whole number from 1 to 2147483647",
            ],
            [{ args: "-js" }, 'args: "-js" is not allowed; allowed: a list'],
        ];
        for (const [change, problem] of rows) {
            const declared = { ...catalog, backing: [{ ...nats, ...change }] };
            assert.deepEqual(problemsOf(declared), [`service nats: ${problem}`]);
        }
    });

    it("for resources of one name", () => {
        const services = [
            { ...inventory, name: "stock", hostname: "a", callers: {} },
            { ...inventory, name: "stock-service", hostname: "b", callers: {} },
        ];
        assert.deepEqual(problemsOf({ services, backing: [] }), [
            "resource stock-service: parts of two services would have this name",
        ]);
    });

    it("for a path that no request has after normalization, and for no other", () => {
        const refused = (path: `/${string}`): boolean =>
            problemsOf(
                withInventory({
                    routes: [{ prefix: "/", timeout: "1s" }],
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
        assert.deepEqual(problemsOf(twice), [
            "service order-service: the name is used twice",
            'service order-service: backing.0: there is no backing service "nats"; allowed: order-service',
        ]);
    });

    it("for two backing services that write to one variable", () => {
        const twice: Catalog = { ...catalog, backing: [nats, { ...nats, name: "nats-two" }] };
        assert.deepEqual(problemsOf(twice), [
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
        assert.deepEqual(problemsOf(twice), [
            "host order: two services claim it",
            "policy allow-order-to-inventory: two callers' policies would have this name",
            "resource order-service: parts of two services would have this name",
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
        assert.deepEqual(problemsOf(twice), [
            "deployment stock-two-v1: two versions would have this name",
        ]);
    });

    it("for a service with the name that experiments on another one have", () => {
        const name = "payment-service-experiment";
        assert.deepEqual(problemsOf(withInventory({ name, callers: {} })), [
            `virtual service ${name}: a service and the experiments on another would have this name`,
        ]);
        const free = withInventory({ name: "experiment", callers: {} });
        assert.deepEqual(problemsOf(free), []);
    });

    it("for a service with the name of another one's rehearsal", () => {
        const name = "payment-service-rehearsal";
        assert.deepEqual(problemsOf(withInventory({ name, callers: {} })), [
            `service ${name}: the rehearsal of another would have this name`,
        ]);
    });

    it("for a service with the name of where a partition of another one leads", () => {
        const name = "payment-service-void";
        assert.deepEqual(problemsOf(withInventory({ name, callers: {} })), [
            `service ${name}: a partition of another would lead to it`,
        ]);
    });

    it("together with the configuration, all at once", () => {
        assertRefused(
            { environment: "dev", size: "tiny" },
            [
                "service inventory-service: callers.shipping: there is no such service; allowed: " +
                    KNOWN,
                'mesh:size: "tiny" is not allowed; allowed: small, large',
            ],
            withInventory({ callers: { shipping: [allow] } }),
        );
    });
});

describe("a catalogue is sound", () => {
    it("for the services of this checkout and for Bookinfo", () => {
        assert.deepEqual(problemsOf(catalog), []);
        assert.deepEqual(problemsOf(bookinfo), []);
    });
});
