import type { RetryIntent, RouteIntent, ServiceIntent } from "#model/intents.ts";
import { inventory } from "#services/inventory.ts";

const KNOWN = "ingress-gateway, order-service, payment-service, inventory-service";

function route(change: Partial<RouteIntent>): Partial<ServiceIntent> {
    return { routes: [{ ...inventory.routes[0], ...change }] };
}

const RETRIES: RetryIntent = {
    attempts: 1,
    perTryTimeout: "1s",
    on: ["5xx"],
    idempotencyHeader: "Idempotency-Key",
};
const pool = inventory.connectionPool;
const outlier = inventory.outlierDetection;
const allow = { methods: ["GET"], paths: ["/inventory"] } as const;

/** Keys with another value, or without one. */
export type Change = { readonly [Key in keyof ServiceIntent]?: ServiceIntent[Key] | undefined };

/** What inventory-service says, and everything that is said about it. */
export const UNSOUND_SERVICES: readonly (readonly [string, Change, ...string[]])[] = [
    [
        "a caller that does not exist",
        { callers: { shipping: [allow] } },
        `caller "shipping" does not exist; allowed: ${KNOWN}`,
    ],
    [
        "itself as a caller",
        { callers: { "inventory-service": [allow] } },
        "it lists itself as a caller",
    ],
    [
        "a caller that may do nothing",
        { callers: { "order-service": [] } },
        'caller "order-service" may call nothing; leave it out',
    ],
    [
        "a path with a wildcard inside",
        { callers: { "order-service": [{ ...allow, paths: ["/inventory/*/items"] }] } },
        'caller "order-service": path "/inventory/*/items" is not plain; allowed: an exact path, or one that ends in /*',
    ],
    [
        "a path that is normalized away",
        { callers: { "order-service": [{ ...allow, paths: ["/inventory//reserve"] }] } },
        'caller "order-service": path "/inventory//reserve" is not plain; allowed: an exact path, or one that ends in /*',
    ],
    [
        "a path with an escape",
        { callers: { "order-service": [{ ...allow, paths: ["/inventory%2Freserve"] }] } },
        'caller "order-service": path "/inventory%2Freserve" is not plain; allowed: an exact path, or one that ends in /*',
    ],
    [
        "the gateway without a hostname",
        { callers: { "ingress-gateway": [allow] }, hostname: undefined },
        "the ingress gateway may call it, but it has no hostname",
    ],
    [
        "a hostname with a dot",
        { hostname: "inventory.shop" },
        'hostname "inventory.shop" is not a DNS label',
    ],
    [
        "a backing service that does not exist",
        { backing: ["redis"] },
        'backing service "redis" does not exist; allowed: nats',
    ],
    [
        "weights that do not sum to 100",
        {
            versions: [
                { name: "v1", weight: 90 },
                { name: "v2", weight: 20 },
            ],
        },
        "the weights of v1=90, v2=20 sum to 110; allowed: whole numbers that sum to 100",
    ],
    [
        "weights that are no whole numbers",
        {
            versions: [
                { name: "v1", weight: 99.5 },
                { name: "v2", weight: 0.5 },
            ],
        },
        "the weights of v1=99.5, v2=0.5 sum to 100; allowed: whole numbers that sum to 100",
    ],
    [
        "a negative weight",
        {
            versions: [
                { name: "v1", weight: 110 },
                { name: "v2", weight: -10 },
            ],
        },
        "the weights of v1=110, v2=-10 sum to 100; allowed: whole numbers that sum to 100",
    ],
    [
        "a version twice",
        {
            versions: [
                { name: "v1", weight: 50 },
                { name: "v1", weight: 50 },
            ],
        },
        'version "v1" is listed twice',
    ],
    [
        "a version that is no label",
        { versions: [{ name: "1.0", weight: 100 }] },
        'version "1.0" is not a DNS label',
    ],
    [
        "an unpinned image",
        { image: "ghcr.io/a4co/inventory-service" },
        'image "ghcr.io/a4co/inventory-service" has no tag or digest',
    ],
    [
        "an unpinned image of a version",
        { versions: [{ name: "v1", weight: 100, image: "ghcr.io/a4co/inventory" }] },
        'image "ghcr.io/a4co/inventory" has no tag or digest',
    ],
    [
        "port 0",
        { port: 0 },
        "port 0 is not allowed; allowed: 1 to 65535 without Istio's own 15000 to 15090",
    ],
    [
        "port 65536",
        { port: 65536 },
        "port 65536 is not allowed; allowed: 1 to 65535 without Istio's own 15000 to 15090",
    ],
    [
        "a port of Istio's own",
        { port: 15021 },
        "port 15021 is not allowed; allowed: 1 to 65535 without Istio's own 15000 to 15090",
    ],
    [
        "root",
        { runAsUser: 0 },
        "runAsUser 0 is not allowed; allowed: neither root nor 1337, whose traffic passes by the proxy",
    ],
    [
        "the proxy's own user",
        { runAsUser: 1337 },
        "runAsUser 1337 is not allowed; allowed: neither root nor 1337, whose traffic passes by the proxy",
    ],
    ["a timeout of nothing", route({ timeout: "0s" }), 'route /inventory: "0s" is not a duration'],
    [
        "a negative per-try timeout",
        route({ retries: { ...RETRIES, perTryTimeout: "-1s" } }),
        'route /inventory: "-1s" is not a duration',
    ],
    [
        "half an attempt",
        route({ retries: { ...RETRIES, attempts: 0.5 } }),
        "route /inventory: 0.5 attempts are not a whole number from 0",
    ],
    [
        "a prefix with a wildcard",
        route({ prefix: "/inventory/*" }),
        'route prefix "/inventory/*" is not a plain path',
    ],
    [
        "a route twice",
        { routes: [inventory.routes[0], inventory.routes[0]] },
        "route /inventory is listed twice",
    ],
    [
        "a route behind a wider one",
        { routes: [inventory.routes[0], { prefix: "/inventory/bulk", timeout: "9s" }] },
        "route /inventory/bulk is never reached: /inventory before it matches first",
    ],
    [
        "a pool without a limit",
        { connectionPool: { ...pool, maxConnections: 0 } },
        "maxConnections: 0 is not allowed; allowed: a whole number from 1",
    ],
    [
        "a breaker that is off",
        { outlierDetection: { ...outlier, consecutive5xxErrors: 0 } },
        "consecutive5xxErrors: 0 is not allowed; allowed: a whole number from 1",
    ],
    [
        "a breaker that ejects nobody",
        { outlierDetection: { ...outlier, maxEjectionPercent: 0 } },
        "maxEjectionPercent: 0 is not a whole percentage",
    ],
    [
        "more than everybody",
        { outlierDetection: { ...outlier, minHealthPercent: 101 } },
        "minHealthPercent: 101 is not a whole percentage",
    ],
    [
        "a breaker without an interval",
        { outlierDetection: { ...outlier, interval: "0s" } },
        'interval: "0s" is not a duration',
    ],
];
