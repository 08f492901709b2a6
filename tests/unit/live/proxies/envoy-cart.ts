import type { Difference } from "#checks/sections/resilience/facts.ts";
import type { Treatment } from "#checks/sections/resilience/routes.ts";
import { routeDifferences } from "#checks/sections/resilience/routes.ts";
import type { EnvoyRoute } from "#live/proxies/envoy-types.ts";
import { defineService } from "#model/catalog.ts";
import type { ServiceIntent } from "#model/intents.ts";
import type { FaultIntent } from "#model/routing.ts";

const context = {
    namespace: "shop",
    controlPlaneNamespace: "istio-system",
    domain: "shop.local",
    trustDomain: "cluster.local",
};
const common = {
    port: 80,
    image: "example.org/image:1",
    callers: {},
    connectionPool: { maxConnections: 1, http1MaxPendingRequests: 1, http2MaxRequests: 1 },
    outlierDetection: {
        consecutive5xxErrors: 5,
        interval: "1s",
        baseEjectionTime: "1s",
        maxEjectionPercent: 50,
    },
} as const;
export const retrying: ServiceIntent = defineService({
    ...common,
    name: "cart",
    routes: [
        {
            prefix: "/cart",
            timeout: "1m",
            retries: { attempts: 2, perTryTimeout: "500ms", on: ["reset", "5xx"] },
        },
    ],
});
export const plain: ServiceIntent = defineService({
    ...common,
    name: "cart",
    routes: [{ prefix: "/cart", timeout: "2s" }],
    versions: [
        { name: "v1", weight: 70 },
        { name: "v2", weight: 30 },
        { name: "v3", weight: 0 },
    ],
});

export const CLUSTER = "outbound|80|v1|cart.shop.svc.cluster.local";
export const SECOND = "outbound|80|v2|cart.shop.svc.cluster.local";
const METHODS = {
    name: ":method",
    string_match: { safe_regex: { regex: "GET|HEAD|OPTIONS|PUT|DELETE" } },
};
const KEY = { name: "idempotency-key", string_match: { safe_regex: { regex: ".+" } } };

export const safe: NonNullable<EnvoyRoute["route"]> = {
    cluster: CLUSTER,
    timeout: "60s",
    retry_policy: { retry_on: "5xx,reset", num_retries: 2, per_try_timeout: "0.500s" },
};
export const unsafe: NonNullable<EnvoyRoute["route"]> = {
    cluster: CLUSTER,
    timeout: "60s",
    retry_policy: { retry_on: "connect-failure,refused-stream", num_retries: 2 },
};
export const byMethod: EnvoyRoute = { match: { prefix: "/cart", headers: [METHODS] }, route: safe };
export const byKey: EnvoyRoute = { match: { prefix: "/cart", headers: [KEY] }, route: safe };
export const rest: EnvoyRoute = { name: "rest", match: { prefix: "/cart" }, route: unsafe };
export const right: readonly EnvoyRoute[] = [byMethod, byKey, rest];

export const shared: NonNullable<EnvoyRoute["route"]> = {
    weighted_clusters: {
        clusters: [
            { name: SECOND, weight: 30 },
            { name: CLUSTER, weight: 70 },
        ],
    },
    timeout: "2s",
};

export function compare(
    subject: keyof Treatment,
    routes: readonly EnvoyRoute[],
    service: ServiceIntent = retrying,
    fault?: FaultIntent,
): Difference[] {
    return routeDifferences(subject, { name: "host", routes }, service, context, fault);
}

/** `field: wanted/held`, each once. */
export function fields(found: readonly Difference[]): string[] {
    return [...new Set(found.map(({ field, wanted, held }) => `${field}: ${wanted}/${held}`))];
}

export function changed(
    route: EnvoyRoute,
    change: Partial<NonNullable<EnvoyRoute["route"]>>,
): EnvoyRoute {
    return { ...route, route: { ...route.route, ...change } };
}
