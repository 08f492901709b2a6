import { defineService } from "#model/catalog.ts";

export const payment = defineService({
    name: "payment-service",
    port: 3006,
    image: "ghcr.io/a4co/payment-service:1.0.0",
    hostname: "payment",
    routes: [
        {
            prefix: "/payments",
            timeout: "15s",
            retries: { attempts: 5, perTryTimeout: "3s", on: ["5xx", "reset", "connect-failure"] },
        },
    ],
    callers: {
        "order-service": [{ methods: ["POST"], paths: ["/payments/process"] }],
    },
    connectionPool: { maxConnections: 50, http1MaxPendingRequests: 20, http2MaxRequests: 50 },
    outlierDetection: {
        consecutive5xxErrors: 3,
        interval: "20s",
        baseEjectionTime: "60s",
        maxEjectionPercent: 30,
    },
    portLevelMtls: true,
    // 30 % of fewer than four hosts is less than one: the breaker could never eject.
    replicas: 4,
    honoursProbeHeader: true,
});
