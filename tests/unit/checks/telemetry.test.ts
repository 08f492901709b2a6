import { deepStrictEqual, match, strictEqual, throws } from "node:assert";
import { readScraped, scrapeProblem } from "#checks/scraping.ts";
import { samplingOf } from "#checks/sections/telemetry/sampling.ts";
import { proxySpans, traceProblem } from "#checks/traces.ts";
import type { EnvoyNetworkFilter } from "#live/proxies/envoy-types.ts";
import { httpConnectionManagers } from "#live/proxies/envoy.ts";
import { reachableFrom } from "#live/reachable.ts";
import { catalog } from "#services/catalog.ts";
import { order } from "#services/order.ts";
import { payment } from "#services/payment.ts";
import { catalog as bookinfo } from "../../bookinfo/catalog.ts";

describe("call graph from an entry", () => {
    it("holds the callees of callees, and nobody who only calls", () => {
        deepStrictEqual(reachableFrom(order, catalog), [
            "order-service",
            "payment-service",
            "inventory-service",
        ]);
        deepStrictEqual(reachableFrom(payment, catalog), ["payment-service", "inventory-service"]);
        const [productpage] = bookinfo.services;
        deepStrictEqual(reachableFrom(productpage, bookinfo), [
            "productpage",
            "details",
            "reviews",
            "ratings",
        ]);
    });
});

/** As Jaeger's query API writes a span. */
function span(processID: string, tags: Readonly<Record<string, string>>): object {
    return {
        processID,
        tags: Object.entries(tags).map(([key, value]) => ({ key, type: "string", value })),
    };
}

describe("trace", () => {
    const proxy = { component: "proxy", environment: "dev" };
    const answer = (...spans: readonly object[]): string =>
        JSON.stringify({
            data: [
                {
                    traceID: "1",
                    spans,
                    processes: {
                        p1: { serviceName: "order-service.a4co" },
                        p2: { serviceName: "payment-service.a4co" },
                    },
                },
            ],
        });

    it("is whole with spans of every service and the environment", () => {
        const spans = proxySpans(answer(span("p1", proxy), span("p2", proxy), span("p2", {})));
        strictEqual(spans.length, 2);
        strictEqual(
            traceProblem(spans, ["order-service.a4co", "payment-service.a4co"], "dev"),
            undefined,
        );
    });

    it("tells what is missing", () => {
        const wanted = ["order-service.a4co", "payment-service.a4co"];
        strictEqual(traceProblem([], wanted, "dev"), "no such trace");
        match(
            traceProblem(proxySpans(answer(span("p1", proxy))), wanted, "dev") ?? "",
            /without spans of payment-service\.a4co$/,
        );
        match(
            traceProblem(
                proxySpans(answer(span("p1", proxy), span("p2", { component: "proxy" }))),
                wanted,
                "dev",
            ) ?? "",
            /payment-service\.a4co with no tag environment/,
        );
        match(
            traceProblem(proxySpans(answer(span("p1", proxy))), [], "prod") ?? "",
            /environment=dev/,
        );
    });

    it("is nothing that another server answers", () => {
        throws(() => proxySpans('{"status":"ok"}'));
    });
});

describe("sampling of a proxy", () => {
    const TYPE =
        "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    const manager = (tracing?: object): EnvoyNetworkFilter => ({
        name: "envoy.filters.network.http_connection_manager",
        typed_config: { "@type": TYPE, ...(tracing && { tracing }) },
    });

    it("is read from every filter chain, the default one included", () => {
        const provider = { name: "envoy.tracers.opentelemetry" };
        const found = httpConnectionManagers([
            {
                name: "virtualInbound",
                active_state: {
                    listener: {
                        filter_chains: [
                            {
                                filters: [
                                    manager({ provider, random_sampling: { value: 1.5 } }),
                                    { name: "another", typed_config: { "@type": "another" } },
                                ],
                            },
                            { filters: [manager({ provider, random_sampling: {} })] },
                            { filters: [manager({ provider })] },
                        ],
                        default_filter_chain: { filters: [manager()] },
                    },
                },
            },
            { name: "warming" },
        ]);
        deepStrictEqual(found.map(samplingOf), [1.5, 0, 0, undefined]);
    });
});

describe("scraping of a workload", () => {
    const own = { namespace: "a4co", name: "order-1" };
    const other = { ...own, name: "order-2" };
    const labels = ({ namespace, name }: typeof own) => ({ namespace, pod: name });
    const read = (
        targets: readonly (typeof own)[],
        counting: readonly (typeof own)[],
        health = "up",
    ): ReturnType<typeof readScraped> =>
        readScraped(
            JSON.stringify({
                status: "success",
                data: {
                    activeTargets: targets.map((target) => ({
                        labels: { ...labels(target), job: "envoy-stats" },
                        health,
                        lastError: "refused",
                    })),
                },
            }),
            JSON.stringify({
                status: "success",
                data: {
                    resultType: "vector",
                    result: counting.map((pod) => ({ metric: labels(pod), value: [1, "7"] })),
                },
            }),
        );

    it("holds where every pod is a target that is up and one of them was asked", () => {
        strictEqual(scrapeProblem(read([own], [own]), [own]), undefined);
        strictEqual(scrapeProblem(read([own, other], [other]), [own, other]), undefined);
    });

    it("tells what is missing", () => {
        strictEqual(scrapeProblem(read([own], [own]), []), "no pod runs");
        strictEqual(scrapeProblem(read([own], [own]), [own, other]), "order-2 is no target");
        strictEqual(
            scrapeProblem(read([own], [own], "down"), [own]),
            "target order-1 is down: refused",
        );
        strictEqual(
            scrapeProblem(read([own], [other]), [own]),
            "no series istio_requests_total|istio_tcp_connections_opened_total of order-1",
        );
        strictEqual(
            scrapeProblem(read([own], [own]), [{ ...own, namespace: "b" }]),
            "order-1 is no target",
        );
    });
});
