import { deepEqual, match } from "node:assert/strict";
import {
    clusterDifferences,
    declaredOutliers,
    declaredPool,
    declaredTcpPool,
    heldOutliers,
    heldPool,
    withoutLimitsHint,
} from "#checks/sections/resilience/clusters.ts";
import type { Difference } from "#checks/sections/resilience/facts.ts";
import { differences } from "#checks/sections/resilience/facts.ts";
import type { ConfigDump } from "#live/proxies/envoy.ts";
import { readProxy } from "#live/proxies/envoy.ts";
import type { EnvoyCluster, Proxy } from "#live/proxies/envoy-types.ts";
import type { HttpConnectionPool, OutlierDetection } from "#model/intents.ts";
import { outboundCluster } from "#model/mesh.ts";
import { CONTEXT } from "../../model/context.ts";

const pool: HttpConnectionPool = {
    maxConnections: 10,
    http1MaxPendingRequests: 20,
    http2MaxRequests: 30,
    maxRequestsPerConnection: 2,
};
const outlier: OutlierDetection = {
    consecutive5xxErrors: 3,
    interval: "1m",
    baseEjectionTime: "30s",
    maxEjectionPercent: 50,
    minHealthPercent: 0,
};
const limits = { max_connections: 10, max_pending_requests: 20, max_requests: 30 };
const detection = {
    consecutive_5xx: 3,
    enforcing_consecutive_5xx: 100,
    interval: "60s",
    base_ejection_time: "30s",
    max_ejection_percent: 50,
};
const cluster: EnvoyCluster = {
    name: "cart",
    circuit_breakers: { thresholds: [limits] },
    outlier_detection: detection,
    common_lb_config: { healthy_panic_threshold: {} },
    typed_extension_protocol_options: {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            common_http_protocol_options: { max_requests_per_connection: 2 },
        },
    },
};

function found(held: EnvoyCluster): string[] {
    return [
        ...differences("cart", declaredPool(pool), heldPool(held)),
        ...differences("cart", declaredOutliers(outlier), heldOutliers(held)),
    ].map(({ field, wanted, held: text }) => `${field}: ${wanted}/${text}`);
}

describe("clusters as Envoy holds them", () => {
    it("finds nothing wrong with what is declared", () => {
        deepEqual(found(cluster), []);
    });

    const wrongLimits = {
        max_connections: ["maxConnections", "10"],
        max_pending_requests: ["http1MaxPendingRequests", "20"],
        max_requests: ["http2MaxRequests", "30"],
    } as const;
    for (const [field, [name, wanted]] of Object.entries(wrongLimits)) {
        it(`finds another ${name}, and none at all`, () => {
            const withLimit = (limit: number): EnvoyCluster => ({
                ...cluster,
                circuit_breakers: { thresholds: [{ ...limits, [field]: limit }] },
            });
            deepEqual(found(withLimit(31)), [`${name}: ${wanted}/31`]);
            deepEqual(found(withLimit(2 ** 32 - 1)), [`${name}: ${wanted}/unlimited`]);
        });
    }

    it("finds connections that are used for ever", () => {
        deepEqual(found({ ...cluster, typed_extension_protocol_options: {} }), [
            "maxRequestsPerConnection: 2/unlimited",
        ]);
    });

    const wrongDetections = [
        ["consecutive_5xx", 4, "consecutive5xxErrors: 3/4"],
        ["enforcing_consecutive_5xx", 0, "share of ejections that are made: 100 %/0 %"],
        ["interval", "61s", "interval: 60s/61s"],
        ["base_ejection_time", "0.500s", "baseEjectionTime: 30s/500ms"],
        ["max_ejection_percent", 51, "maxEjectionPercent: 50/51"],
    ] as const;
    for (const [field, value, finding] of wrongDetections) {
        it(`finds another ${field}`, () => {
            const held = { ...cluster, outlier_detection: { ...detection, [field]: value } };
            deepEqual(found(held), [finding]);
        });
    }

    it("finds another panic threshold, and Envoy's own", () => {
        const threshold = { healthy_panic_threshold: { value: 40 } };
        deepEqual(found({ ...cluster, common_lb_config: threshold }), ["minHealthPercent: 0/40"]);
        deepEqual(found({ ...cluster, common_lb_config: {} }), ["minHealthPercent: 0/50"]);
    });
});

describe("a caller whose callee has no DestinationRule that Istio reads", () => {
    const callee = { name: "cart", port: 80 };
    const plain = outboundCluster(callee, "", CONTEXT);
    const VERSION = "outbound|80|v1|cart.a4co.svc.cluster.local";
    const unlimited = { max_connections: 2 ** 32 - 1, max_pending_requests: 2 ** 32 - 1 };
    const proxyWith = (...clusters: readonly EnvoyCluster[]): Proxy => {
        const dump: ConfigDump = {
            configs: [{ dynamic_active_clusters: clusters.map((each) => ({ cluster: each })) }],
        };
        return readProxy("order-1", dump);
    };
    const hint = (proxy: Proxy, found: readonly Difference[]): string | undefined =>
        withoutLimitsHint(found, proxy, callee, CONTEXT);
    const WHERE =
        /^Put the DestinationRule for cart\.a4co\.svc\.cluster\.local into a4co .*istio-system alone/;

    it("is told that there are no limits, and where the rule must stand", () => {
        const proxy = proxyWith({ name: plain, circuit_breakers: { thresholds: [unlimited] } });
        for (const [wanted, held] of [
            [declaredPool(pool), heldPool],
            [declaredOutliers(outlier), heldOutliers],
        ] as const) {
            const found = clusterDifferences(VERSION, proxy, wanted, held);
            deepEqual(
                found.map(({ field, held: text }) => `${field}: ${text}`),
                ["limits: none, as there is no such cluster"],
            );
            match(hint(proxy, found) ?? "", WHERE);
        }
    });

    it("is told the same where it has the cluster, with Istio's own timeout", () => {
        const thresholds = [unlimited];
        const proxy = proxyWith({
            name: plain,
            connect_timeout: "10s",
            circuit_breakers: { thresholds },
        });
        const wanted = declaredTcpPool({ maxConnections: 5, connectTimeout: "2s" });
        const found = clusterDifferences(plain, proxy, wanted, heldPool);
        deepEqual(
            found.map(({ field, held }) => `${field}: ${held}`),
            ["maxConnections: unlimited", "connectTimeout: 10s"],
        );
        match(hint(proxy, found) ?? "", WHERE);
    });

    it("is told from one that does not know its callee, and from one with other limits", () => {
        const unknown = proxyWith();
        const none = clusterDifferences(VERSION, unknown, declaredPool(pool), heldPool);
        match(hint(unknown, none) ?? "", /whether the caller's Sidecar names cart\.a4co/);
        const other = { ...cluster, name: VERSION };
        const proxy = proxyWith({ name: plain }, other);
        const more = { ...pool, maxConnections: 11 };
        const found = clusterDifferences(VERSION, proxy, declaredPool(more), heldPool);
        deepEqual([found.length, hint(proxy, found)], [1, undefined]);
    });
});

describe("a dump of Envoy's configuration", () => {
    it("tells what was refused, and faults that do something", () => {
        const type = "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault";
        const fault = { "@type": type, abort: { http_status: 503 } };
        // As text, as it comes from a proxy: a dump holds much that is never read.
        const dump = JSON.stringify({
            configs: [
                {
                    dynamic_listeners: [
                        {
                            name: "in",
                            active_state: { filters: [{ "@type": type }, { at: fault }] },
                        },
                        { name: "out", error_state: { details: "no port" } },
                    ],
                },
                { dynamic_warming_clusters: [{ cluster, error_state: { details: "no name" } }] },
            ],
        });
        const proxy = readProxy("pod", JSON.parse(dump) as ConfigDump);
        deepEqual(proxy.filterFaults, [{ listener: "in", fault }]);
        deepEqual(proxy.rejected, [
            { name: "cart", details: "no name" },
            { name: "out", details: "no port" },
        ]);
    });
});
