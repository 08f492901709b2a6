import { defineBackingService } from "#model/catalog.ts";

export const nats = defineBackingService({
    name: "nats",
    port: 4222,
    image: "docker.io/library/nats:2.15.2",
    addressVariable: "NATS_URL",
    scheme: "nats",
    tcpConnectionPool: { maxConnections: 100, connectTimeout: "5s" },
});
