import { inventory } from "#services/inventory.ts";

const KNOWN = "ingress-gateway, order-service, payment-service, inventory-service";
const DURATION = "a duration such as 500ms, 5s or 1m, of whole milliseconds from 1ms to 24h";
const IMAGE = "an image reference with its tag or digest, such as ghcr.io/a4co/order-service:1.0.0";
const INT32 = "a whole number from 1 to 2147483647";
const LABEL = "a DNS label: lower-case letters, digits and -, at most 63";
const METHODS = "GET, HEAD, OPTIONS, PUT, DELETE, POST, PATCH";
const PREFIX =
    "a prefix such as /orders, as proxies see it: without //, dot segments, escapes and wildcards";
const PATH = "an exact path as proxies see it, or one that ends in /*";
const EXACT =
    "a path such as /health, as proxies see it: without //, dot segments, escapes, wildcards and a slash at its end";
const PORT = "1 to 65535 without Istio's own 15000 to 15090";
const USER =
    "a user's number from 1 to 2147483647: neither root nor 1337, whose traffic passes by the proxy";
const HEADER =
    "the name of a request header: letters, digits and -, and none of uri, scheme, method and authority";
const SOME = "a list with at least one entry";

/** What inventory-service says instead, and everything that is said about it after its name. */
export type Row = readonly [object, ...string[]];

const [route] = inventory.routes;
const routed = (change: object): object => ({ routes: [{ ...route, ...change }] });
const retried = (change: object): object => routed({ retries: { ...route.retries, ...change } });
const permitted = (...permissions: readonly unknown[]): object => ({
    callers: { "order-service": permissions },
});
const asked = (...paths: readonly unknown[]): object => permitted({ methods: ["GET"], paths });
const pool = (change: object): object => ({
    connectionPool: { ...inventory.connectionPool, ...change },
});
const breaker = (change: object): object => ({
    outlierDetection: { ...inventory.outlierDetection, ...change },
});
const versions = (...list: readonly object[]): object => ({ versions: list });
const header = (name: string, value: string): object => ({ header: { name, value } });
const allow = { methods: ["GET"], paths: ["/inventory"] };

const CALLERS: readonly Row[] = [
    [
        { callers: { shipping: [allow] } },
        `callers.shipping: there is no such service; allowed: ${KNOWN}`,
    ],
    [
        { callers: { "inventory-service": [allow] } },
        "callers.inventory-service: it is the service itself; allowed: others",
    ],
    [
        permitted(),
        "callers.order-service: [] is not allowed; allowed: what the caller may do, or no word of it",
    ],
    [
        { callers: { "order-service": null } },
        "callers.order-service: null is not allowed; allowed: a list",
    ],
    [{ callers: [] }, "callers: [] is not allowed; allowed: an object"],
    [
        permitted({ ...allow, methods: [] }),
        `callers.order-service.0.methods: [] is not allowed; allowed: ${SOME}`,
    ],
    [
        permitted({ ...allow, paths: [] }),
        `callers.order-service.0.paths: [] is not allowed; allowed: ${SOME}`,
    ],
    [
        permitted({ paths: allow.paths }),
        "callers.order-service.0.methods: it is missing; allowed: a list",
    ],
    ...["*", "get", "TRACE", "CONNECT", "FETCH", ""].map((method): Row => [
        permitted({ ...allow, methods: [method] }),
        `callers.order-service.0.methods.0: "${method}" is not allowed; allowed: ${METHODS}`,
    ]),
    [
        permitted({ ...allow, hosts: ["*"] }),
        "callers.order-service.0.hosts: there is no such key; allowed: methods, paths",
    ],
    ...[
        "/inventory/*/items",
        "/inventory//reserve",
        "/inventory%2Freserve",
        "inventory",
        "*",
        "",
    ].map((path): Row => [
        asked(path),
        `callers.order-service.0.paths.0: "${path}" is not allowed; allowed: ${PATH}`,
    ]),
    [
        asked("/inventory", "/stock"),
        'callers.order-service.0.paths.1: "/stock" takes no route; allowed: paths that begin with /inventory',
    ],
    [
        asked("/*"),
        'callers.order-service.0.paths.0: "/*" takes no route; allowed: paths that begin with /inventory',
    ],
    [
        { callers: { "ingress-gateway": [allow] }, hostname: undefined },
        "hostname: it is missing, and callers.ingress-gateway needs it; allowed: a DNS label",
    ],
    [
        { callers: { "ingress-gateway": [{ ...allow, paths: ["/inventory/metrics"] }] } },
        'callers.ingress-gateway.0.paths.0: "/inventory/metrics" is not allowed; allowed: anything but the metrics, which nobody sees at the edge',
    ],
];

const VERSIONS: readonly Row[] = [
    [
        versions({ name: "v1", weight: 90 }, { name: "v2", weight: 20 }),
        "versions: the weights of v1=90, v2=20 sum to 110; allowed: a sum of 100",
    ],
    [
        versions({ name: "v1", weight: 99.5 }, { name: "v2", weight: 0.5 }),
        "versions.0.weight: 99.5 is not allowed; allowed: a whole number from 0 to 100",
        "versions.1.weight: 0.5 is not allowed; allowed: a whole number from 0 to 100",
    ],
    [
        versions({ name: "v1", weight: 110 }, { name: "v2", weight: -10 }),
        "versions.0.weight: 110 is not allowed; allowed: a whole number from 0 to 100",
        "versions.1.weight: -10 is not allowed; allowed: a whole number from 0 to 100",
    ],
    [
        versions({ name: "v1", weight: 50 }, { name: "v1", weight: 50 }),
        'versions: "v1" is listed twice; allowed: each name once',
    ],
    [
        versions({ name: "1.0", weight: 100 }),
        `versions.0.name: "1.0" is not allowed; allowed: ${LABEL}`,
    ],
    [versions(), `versions: [] is not allowed; allowed: ${SOME}`],
    [
        versions(
            { name: "v1", weight: 100 },
            { name: "v2", weight: 0, ...header("X-User", "a") },
            { name: "v3", weight: 0, ...header("x-user", "a") },
        ),
        'versions: header "x-user: a" chooses two of them; allowed: each header for one version',
    ],
    [
        versions({ name: "v1", weight: 100, ...header("uri", "a") }),
        `versions.0.header.name: "uri" is not allowed; allowed: ${HEADER}`,
    ],
    [
        versions({ name: "v1", weight: 100, ...header("x user", "a b") }),
        `versions.0.header.name: "x user" is not allowed; allowed: ${HEADER}`,
        'versions.0.header.value: "a b" is not allowed; allowed: text of at most 256 characters without spaces',
    ],
    [
        versions({ name: "v1", weight: 100, image: "ghcr.io/a4co/inventory" }),
        `versions.0.image: "ghcr.io/a4co/inventory" is not allowed; allowed: ${IMAGE}`,
    ],
    [
        versions({ name: "v1", weight: 100, hosts: 1 }),
        "versions.0.hosts: there is no such key; allowed: name, weight, image, header",
    ],
];

const ROUTES: readonly Row[] = [
    ...["0s", "-1s", "0.5ms", "1.5ms", "5", "1d", "25h", "1e3s", "", " 1s", "1m30s"].map(
        (timeout): Row => [
            routed({ timeout }),
            `routes.0.timeout: "${timeout}" is not allowed; allowed: ${DURATION}`,
        ],
    ),
    [routed({ timeout: 5 }), `routes.0.timeout: 5 is not allowed; allowed: ${DURATION}`],
    [routed({ timeout: undefined }), `routes.0.timeout: it is missing; allowed: ${DURATION}`],
    [
        retried({ perTryTimeout: "-1s" }),
        `routes.0.retries.perTryTimeout: "-1s" is not allowed; allowed: ${DURATION}`,
    ],
    ...[0.5, -1, 101, "3"].map((attempts): Row => [
        retried({ attempts }),
        `routes.0.retries.attempts: ${JSON.stringify(attempts)} is not allowed; allowed: a whole number from 0 to 100`,
    ]),
    [retried({ on: [] }), `routes.0.retries.on: [] is not allowed; allowed: ${SOME}`],
    [
        retried({ on: ["500"] }),
        'routes.0.retries.on.0: "500" is not allowed; allowed: 5xx, gateway-error, reset, connect-failure, refused-stream, retriable-4xx',
    ],
    [
        retried({ idempotencyHeader: "" }),
        `routes.0.retries.idempotencyHeader: "" is not allowed; allowed: ${HEADER}`,
    ],
    ...["/inventory/*", "inventory", "//", "/a//b", "/a/../b", "/a%2Fb", "/a b", ""].map(
        (prefix): Row => [
            routed({ prefix }),
            `routes.0.prefix: "${prefix}" is not allowed; allowed: ${PREFIX}`,
        ],
    ),
    [{ routes: [] }, `routes: [] is not allowed; allowed: ${SOME}`],
    [{ routes: undefined }, "routes: it is missing; allowed: a list"],
    [{ routes: [route, undefined] }, "routes.1: it is missing; allowed: an object"],
    [
        { routes: [route, route] },
        'routes.1.prefix: "/inventory" is listed twice; allowed: each prefix once',
    ],
    [
        { routes: [route, { prefix: "/inventory/bulk", timeout: "9s" }] },
        'routes.1.prefix: "/inventory/bulk" is never reached, as "/inventory" before it matches first; allowed: longer prefixes first',
    ],
];

const LIMITS: readonly Row[] = [
    ...[0, -1, 1.5, 2_147_483_648, "10", null].map((maxConnections): Row => [
        pool({ maxConnections }),
        `connectionPool.maxConnections: ${JSON.stringify(maxConnections)} is not allowed; allowed: ${INT32}`,
    ]),
    [
        pool({ maxRequestsPerConnection: 0 }),
        `connectionPool.maxRequestsPerConnection: 0 is not allowed; allowed: ${INT32}`,
    ],
    [
        breaker({ consecutive5xxErrors: 0 }),
        `outlierDetection.consecutive5xxErrors: 0 is not allowed; allowed: ${INT32}`,
    ],
    [
        breaker({ maxEjectionPercent: 0, minHealthPercent: 101 }),
        "outlierDetection.maxEjectionPercent: 0 is not allowed; allowed: a whole number from 1 to 100",
        "outlierDetection.minHealthPercent: 101 is not allowed; allowed: a whole number from 0 to 100",
    ],
    [
        breaker({ interval: "0s" }),
        `outlierDetection.interval: "0s" is not allowed; allowed: ${DURATION}`,
    ],
    [
        breaker({ minHealthPercnt: 1 }),
        "outlierDetection.minHealthPercnt: there is no such key; allowed: consecutive5xxErrors, interval, baseEjectionTime, maxEjectionPercent, minHealthPercent",
    ],
    ...[0, 1_000_000_000, -1, 2.5, "2"].map((replicas): Row => [
        { replicas },
        `replicas: ${JSON.stringify(replicas)} is not allowed; allowed: a whole number from 1 to 100`,
    ]),
    [
        { loadBalancing: "PASSTHROUGH" },
        'loadBalancing: "PASSTHROUGH" is not allowed; allowed: LEAST_REQUEST, ROUND_ROBIN, RANDOM',
    ],
];

const CONTAINER: readonly Row[] = [
    ...[0, 65_536, 15_000, 15_021, 15_090, -1, 80.5, "3005"].map((port): Row => [
        { port },
        `port: ${JSON.stringify(port)} is not allowed; allowed: ${PORT}`,
    ]),
    ...[0, 1337, -1, 2_147_483_648].map((runAsUser): Row => [
        { runAsUser },
        `runAsUser: ${runAsUser} is not allowed; allowed: ${USER}`,
    ]),
    ...[
        "ghcr.io/a4co/inventory-service",
        "ghcr.io/A4CO/inventory-service:1",
        "ghcr.io//inventory-service:1",
        "ghcr.io/a4co/inventory-service:",
        "ghcr.io/a4co/inventory-service:1@sha256:abc",
        "ghcr.io/a4co/inventory service:1",
        "https://ghcr.io/a4co/inventory-service:1",
        `ghcr.io/a4co/${"a".repeat(256)}:1`,
        "",
    ].map((image): Row => [
        { image },
        `image: ${image.length > 200 ? `"${image.slice(0, 199)}…` : `"${image}"`} is not allowed; allowed: ${IMAGE}`,
    ]),
    ...["health", "/health/", "/health?x=1", "//health", "/*", ""].map((healthPath): Row => [
        { healthPath },
        `healthPath: "${healthPath}" is not allowed; allowed: ${EXACT}`,
    ]),
    ...["inventory.shop", "Inventory", "-a", "a".repeat(64)].map((hostname): Row => [
        { hostname },
        `hostname: "${hostname}" is not allowed; allowed: ${LABEL}`,
    ]),
    [{ backing: ["redis"] }, 'backing.0: there is no backing service "redis"; allowed: nats'],
    [{ backing: ["nats", "nats"] }, 'backing: "nats" is listed twice; allowed: each name once'],
    [{ backing: [1] }, "backing.0: 1 is not allowed; allowed: text"],
    [{ env: { PORT: "80" } }, "env.PORT: it is the service's port; allowed: variables of its own"],
    [
        { env: { NATS_URL: "nats://elsewhere" } },
        "env.NATS_URL: it is the address of a backing service; allowed: variables of its own",
    ],
    [
        { env: { "1st": "a", "a-b": "b" } },
        'env: the name "1st" is not allowed; allowed: letters, digits and _, no digit first',
        'env: the name "a-b" is not allowed; allowed: letters, digits and _, no digit first',
    ],
    [
        { env: { SIZE: 1, NUL: "\0" } },
        "env.SIZE: 1 is not allowed; allowed: text of at most 32768 characters",
        'env.NUL: "\\u0000" is not allowed; allowed: text of at most 32768 characters',
    ],
    [{ portLevelMtls: "true" }, 'portLevelMtls: "true" is not allowed; allowed: true or false'],
    [{ protocol: "tcp" }, 'protocol: "tcp" is not allowed; allowed: http'],
    [
        { helthPath: "/health" },
        "helthPath: there is no such key; allowed: name, port, image, runAsUser, protocol, hostname, routes, callers, backing, connectionPool, outlierDetection, loadBalancing, portLevelMtls, replicas, versions, honoursProbeHeader, healthPath, env",
    ],
];

const PLAIN = "allowed: text, numbers, true, false, lists and plain objects";

const NOT_PLAIN: readonly Row[] = [
    [
        { callers: { "a\n\u001b[31mb": [allow] } },
        `callers.a\\u{a}\\u{1b}[31mb: there is no such service; allowed: ${KNOWN}`,
    ],
    [
        { callers: { ["a".repeat(10_000)]: [allow] } },
        `callers.${"a".repeat(600 - 1 - "service inventory-service: callers.".length)}…`,
    ],
    [{ port: () => 1 }, `port: a function is not allowed; ${PLAIN}`],
    [{ port: 1n }, `port: a bigint is not allowed; ${PLAIN}`],
    [{ port: NaN }, `port: NaN is not allowed; ${PLAIN}`],
    [{ replicas: Infinity }, `replicas: Infinity is not allowed; ${PLAIN}`],
    [{ image: Symbol("image") }, `image: a symbol is not allowed; ${PLAIN}`],
    [{ env: new Map() }, `env: something that is no plain object is not allowed; ${PLAIN}`],
    [{ env: new Date(0) }, `env: something that is no plain object is not allowed; ${PLAIN}`],
    [
        {
            env: {
                get SECRET(): string {
                    throw new TypeError("read");
                },
            },
        },
        `env.SECRET: a getter is not allowed; ${PLAIN}`,
    ],
    [
        {
            env: new Proxy(
                {},
                {
                    ownKeys: () => {
                        throw new TypeError("read");
                    },
                },
            ),
        },
        `env: it cannot be read; ${PLAIN}`,
    ],
    [{ env: JSON.parse('{"__proto__":{}}') as unknown }, "env.__proto__: there is no such key"],
    [{ env: { [Symbol.iterator]: 1 } }, "env.Symbol(Symbol.iterator): there is no such key"],
    // eslint-disable-next-line no-sparse-arrays -- what a slip of a comma makes
    [{ backing: ["nats", , "nats"] }, `backing: a list with gaps is not allowed; ${PLAIN}`],
];

export const ROWS: readonly Row[] = [
    ...CALLERS,
    ...VERSIONS,
    ...ROUTES,
    ...LIMITS,
    ...CONTAINER,
    ...NOT_PLAIN,
];
