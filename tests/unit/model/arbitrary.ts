import fc from "fast-check";
import { defineBackingService, defineService } from "#model/catalog.ts";
import type {
    Catalog,
    HttpPermission,
    RetryCondition,
    RouteDeclaration,
    ServiceDeclaration,
    ServiceIntent,
    VersionIntent,
} from "#model/intents.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { METHODS } from "#model/requests.ts";

export const PATHS = ["/a", "/a/b", "/a/b/c", "/b", "/b/a", "/c", "/", "/aa"] as const;

const SERVICE_NAMES = ["alpha", "beta-service", "gamma", "delta-service", "epsilon"] as const;
const CONDITIONS: readonly RetryCondition[] = [
    "5xx",
    "gateway-error",
    "reset",
    "connect-failure",
    "refused-stream",
    "retriable-4xx",
];
const DURATIONS = ["500ms", "2s", "1m"] as const;

type AtLeastOne<T> = readonly [T, ...T[]];

function some<T>(values: readonly T[], minLength = 1): fc.Arbitrary<AtLeastOne<T>> {
    return fc
        .subarray([...values], { minLength })
        .map((chosen) => chosen as unknown as AtLeastOne<T>);
}

const path = fc
    .tuple(fc.constantFrom(...PATHS), fc.boolean())
    .map(([exact, below]): `/${string}` => (below ? (exact === "/" ? "/*" : `${exact}/*`) : exact));

const permission: fc.Arbitrary<HttpPermission> = fc.record({
    methods: some(METHODS),
    paths: fc
        .array(path, { minLength: 1, maxLength: 3 })
        .map((paths) => paths as unknown as HttpPermission["paths"]),
});

const retries: fc.Arbitrary<RouteDeclaration["retries"]> = fc.option(
    fc.record(
        {
            attempts: fc.nat(5),
            perTryTimeout: fc.constantFrom(...DURATIONS),
            on: some(CONDITIONS),
            idempotencyHeader: fc.constantFrom("Idempotency-Key", "X-Request-Key"),
        },
        { requiredKeys: ["attempts", "perTryTimeout", "on"] },
    ),
    { nil: undefined },
);

/** Prefixes of which none begins with another, and then the one that takes whatever is left. */
const routes: fc.Arbitrary<ServiceDeclaration["routes"]> = some([
    "/a",
    "/b",
    "/c/d",
] as const).chain((prefixes) =>
    fc
        .tuple(
            ...[...prefixes, "/" as const].map((prefix) =>
                fc.record({
                    prefix: fc.constant(prefix),
                    timeout: fc.constantFrom(...DURATIONS),
                    retries,
                }),
            ),
        )
        .map(
            (list) =>
                list.map(({ retries: given, ...route }): RouteDeclaration =>
                    given === undefined ? route : { ...route, retries: given },
                ) as unknown as ServiceDeclaration["routes"],
        ),
);

/** One to three versions whose weights sum to 100. */
const versions: fc.Arbitrary<AtLeastOne<VersionIntent>> = fc
    .tuple(fc.nat(100), fc.nat(100), fc.integer({ min: 1, max: 3 }))
    .map(([a, b, count]) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const weights = [[100], [low, 100 - low], [low, high - low, 100 - high]][count - 1] ?? [];
        return weights.map((weight, index) => ({
            name: `v${index + 1}`,
            weight,
        })) as unknown as AtLeastOne<VersionIntent>;
    });

const nats = defineBackingService({
    name: "nats",
    port: 4222,
    image: "docker.io/library/nats:2.15.2",
    addressVariable: "NATS_URL",
    scheme: "nats",
    tcpConnectionPool: { maxConnections: 10, connectTimeout: "5s" },
});

function service(
    name: string,
    index: number,
    names: readonly string[],
): fc.Arbitrary<ServiceIntent> {
    const callers = [INGRESS_GATEWAY, ...names.filter((other) => other !== name)];
    return fc
        .record({
            callers: fc.dictionary(
                fc.constantFrom(...callers),
                fc.array(permission, { minLength: 1, maxLength: 2 }),
            ),
            routes,
            versions: fc.option(versions, { nil: undefined }),
            usesNats: fc.boolean(),
        })
        .map(({ usesNats, versions: given, ...intent }) =>
            defineService<string, string, string>({
                ...intent,
                name,
                port: 3000 + index,
                image: `ghcr.io/a4co/${name}:1.0.0`,
                hostname: `public-${index}`,
                ...(usesNats && { backing: ["nats"] }),
                ...(given && { versions: given }),
                connectionPool: {
                    maxConnections: 10,
                    http1MaxPendingRequests: 5,
                    http2MaxRequests: 10,
                },
                outlierDetection: {
                    consecutive5xxErrors: 5,
                    interval: "30s" as const,
                    baseEjectionTime: "30s" as const,
                    maxEjectionPercent: 50,
                },
            }),
        );
}

/** Any sound catalogue of one to five services, with callers, versions, retries and NATS as they fall. */
export const anyCatalog: fc.Arbitrary<Catalog> = some(SERVICE_NAMES)
    .chain((names) => fc.tuple(...names.map((name, index) => service(name, index, names))))
    .map((services) => ({ services, backing: [nats] }));
