import { defineService } from "#model/catalog.ts";

export const order = defineService({
    name: "order-service",
    port: 3004,
    image: "ghcr.io/a4co/order-service:1.0.0",
    hostname: "order",
    routes: [
        {
            prefix: "/orders",
            timeout: "10s",
            retries: {
                attempts: 3,
                perTryTimeout: "2s",
                on: ["5xx", "reset", "connect-failure", "refused-stream"],
            },
        },
    ],
    callers: {
        "ingress-gateway": [{ methods: ["GET", "POST"], paths: ["/orders", "/orders/*"] }],
    },
    backing: ["nats"],
    connectionPool: {
        maxConnections: 100,
        http1MaxPendingRequests: 50,
        http2MaxRequests: 100,
        maxRequestsPerConnection: 2,
    },
    loadBalancing: "LEAST_REQUEST",
    outlierDetection: {
        consecutive5xxErrors: 5,
        interval: "30s",
        baseEjectionTime: "30s",
        maxEjectionPercent: 50,
        minHealthPercent: 40,
    },
    replicas: 2,
    honoursProbeHeader: true,
});
