import assert from "node:assert/strict";
import { BackingService } from "#components/backing-service.ts";
import { Microservice } from "#components/microservice.ts";
import { defineBackingService, defineService } from "#model/catalog.ts";
import type { Catalog, ServiceIntent } from "#model/intents.ts";
import { OTHER } from "../model/context.ts";
import { recordResources } from "./mocks.ts";

const nats = defineBackingService({
    name: "nats",
    port: 4222,
    image: "nats:2.12.0",
    addressVariable: "NATS_URL",
    scheme: "nats",
    tcpConnectionPool: { maxConnections: 10, connectTimeout: "2s" },
});

/** Each service calls the next one, and the first alone calls the backing service. */
function catalogOf(count: number): Catalog {
    const services = Array.from({ length: count }, (_, index): ServiceIntent =>
        defineService({
            name: `service-${index}`,
            port: 3000,
            image: "ghcr.io/a4co/service:1.0.0",
            routes: [{ prefix: "/", timeout: "2s" }],
            callers:
                index === 0
                    ? {}
                    : { [`service-${index - 1}`]: [{ methods: ["GET"], paths: ["/"] }] },
            backing: index === 0 ? [nats.name] : [],
            connectionPool: {
                maxConnections: 10,
                http1MaxPendingRequests: 10,
                http2MaxRequests: 10,
            },
            outlierDetection: {
                consecutive5xxErrors: 3,
                interval: "10s",
                baseEjectionTime: "30s",
                maxEjectionPercent: 50,
            },
        }),
    );
    return { services, backing: [nats] };
}

/** What one service of each sort registers, with all that is recorded of it. */
async function registered(catalog: Catalog): Promise<readonly string[]> {
    const [, service] = catalog.services;
    assert.ok(service !== undefined);
    const recorded = await recordResources();
    const common = { catalog, context: OTHER, dependsOn: [] };
    new Microservice(service.name, { service, replicas: 2, ...common });
    new BackingService(nats.name, { service: nats, deploy: true, ...common });
    await recorded.settle();
    return recorded.names().map((name) => JSON.stringify([name, recorded.inputs(name)]));
}

describe("what components record", () => {
    it("is the same in a small catalogue and in a large one", async () => {
        const small = await registered(catalogOf(3));
        assert.ok(small.some((text) => text.includes('"service":{"')));
        assert.deepEqual(await registered(catalogOf(100)), small);
    });
});
