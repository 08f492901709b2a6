import { defineService } from "#model/catalog.ts";

export const inventory = defineService({
    name: "inventory-service",
    port: 3005,
    image: "ghcr.io/a4co/inventory-service:1.0.0",
    hostname: "inventory",
    routes: [
        {
            prefix: "/inventory",
            timeout: "5s",
            retries: {
                attempts: 3,
                perTryTimeout: "1s",
                on: ["5xx", "reset", "connect-failure", "refused-stream"],
            },
        },
    ],
    callers: {
        "payment-service": [
            { methods: ["POST", "PUT"], paths: ["/inventory/reserve", "/inventory/release"] },
        ],
    },
    connectionPool: { maxConnections: 100, http1MaxPendingRequests: 50, http2MaxRequests: 100 },
    loadBalancing: "LEAST_REQUEST",
    outlierDetection: {
        consecutive5xxErrors: 5,
        interval: "30s",
        baseEjectionTime: "30s",
        maxEjectionPercent: 50,
    },
    replicas: 2,
    honoursProbeHeader: true,
});
