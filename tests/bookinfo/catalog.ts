import { defineCatalog, defineService } from "#model/catalog.ts";
import type { HttpConnectionPool, OutlierDetection } from "#model/intents.ts";

const connectionPool: HttpConnectionPool = {
    maxConnections: 100,
    http1MaxPendingRequests: 50,
    http2MaxRequests: 100,
};
const outlierDetection: OutlierDetection = {
    consecutive5xxErrors: 5,
    interval: "30s",
    baseEjectionTime: "30s",
    maxEjectionPercent: 50,
    minHealthPercent: 0,
};

const productpage = defineService({
    name: "productpage",
    port: 9080,
    image: "docker.io/istio/examples-bookinfo-productpage-v1:1.20.3",
    hostname: "bookinfo",
    routes: [{ prefix: "/", timeout: "10s" }],
    callers: { "ingress-gateway": [{ methods: ["GET"], paths: ["/productpage"] }] },
    connectionPool,
    outlierDetection,
});

const details = defineService({
    name: "details",
    port: 9080,
    image: "docker.io/istio/examples-bookinfo-details-v1:1.20.3",
    routes: [{ prefix: "/details", timeout: "2s" }],
    callers: { productpage: [{ methods: ["GET"], paths: ["/details/*"] }] },
    connectionPool,
    outlierDetection,
});

const reviews = defineService({
    name: "reviews",
    port: 9080,
    image: "docker.io/istio/examples-bookinfo-reviews-v1:1.20.3",
    routes: [
        {
            prefix: "/reviews/",
            timeout: "4s",
            retries: { attempts: 2, perTryTimeout: "1s", on: ["5xx", "reset"] },
        },
    ],
    callers: { productpage: [{ methods: ["GET"], paths: ["/reviews/*"] }] },
    connectionPool,
    outlierDetection,
    versions: [
        { name: "v1", weight: 50 },
        {
            name: "v2",
            weight: 30,
            image: "docker.io/istio/examples-bookinfo-reviews-v2:1.20.3",
        },
        {
            name: "v3",
            weight: 20,
            image: "docker.io/istio/examples-bookinfo-reviews-v3:1.20.3",
        },
    ],
});

const ratings = defineService({
    name: "ratings",
    port: 9080,
    image: "docker.io/istio/examples-bookinfo-ratings-v1:1.20.3",
    routes: [
        { prefix: "/ratings/v2", timeout: "2s" },
        { prefix: "/ratings", timeout: "1s" },
    ],
    callers: { reviews: [{ methods: ["GET"], paths: ["/ratings/*"] }] },
    connectionPool,
    outlierDetection,
});

/**
 * Bookinfo's shape: four services, one of them in three versions, none of them known to a component. Its prefixes are those
 * that are easily got wrong: / itself, one with a slash at its end, one inside another.
 */
export const catalog = defineCatalog({
    services: [productpage, details, reviews, ratings],
    backing: [],
});
