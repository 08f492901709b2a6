import assert from "node:assert/strict";
import { defineService } from "#model/catalog.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { metricsPath, virtualServiceSpec } from "#model/routing.ts";
import { order } from "#services/order.ts";
import { CONTEXT } from "./context.ts";

/** order-service with other prefixes, all of it open at the edge. */
function withPrefixes(first: `/${string}`, ...others: readonly `/${string}`[]): ServiceIntent {
    const route = (prefix: `/${string}`): ServiceIntent["routes"][0] => ({ prefix, timeout: "1s" });
    const { protocol, ...declaration } = order;
    assert.equal(protocol, "http");
    return defineService<string, string, string>({
        ...declaration,
        routes: [route(first), ...others.map(route)],
        callers: { "ingress-gateway": [{ methods: ["GET"], paths: ["/*"] }] },
    });
}

/** Prefixes as they are declared; the prefixes of the routes, and the path of the metrics. */
const CASES: readonly (readonly [
    readonly [`/${string}`, ...`/${string}`[]],
    readonly string[],
    string,
])[] = [
    [["/"], ["/"], "/metrics"],
    [["/orders"], ["/orders"], "/orders/metrics"],
    [["/orders/"], ["/orders"], "/orders/metrics"],
    [["/orders/v2/"], ["/orders/v2"], "/orders/v2/metrics"],
    [["/orders/v2", "/orders"], ["/orders/v2", "/orders"], "/orders/v2/metrics"],
    [["/orders", "/"], ["/orders", "/"], "/orders/metrics"],
];

describe("what follows from a prefix", () => {
    for (const [declared, prefixes, metrics] of CASES) {
        it(`is right for ${declared.join(" and ")}`, () => {
            const service = withPrefixes(...declared);
            assert.deepEqual(
                service.routes.map(({ prefix }) => prefix),
                prefixes,
            );
            assert.equal(metricsPath(service), metrics);

            const [hidden, ...routes] = virtualServiceSpec(service, CONTEXT).http ?? [];
            const gateways = ["a4co-gateway"];
            assert.deepEqual(hidden?.match, [
                { uri: { exact: metrics }, gateways },
                { uri: { prefix: `${metrics}/` }, gateways },
            ]);
            assert.deepEqual(hidden.directResponse, { status: 404 });
            assert.deepEqual(
                routes.slice(1).map(({ match }) => match?.map(({ uri }) => uri?.prefix)),
                prefixes.map((prefix) => [prefix]),
            );
        });
    }
});
