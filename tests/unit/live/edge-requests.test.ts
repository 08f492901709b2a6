import { deepStrictEqual, ok, strictEqual } from "node:assert";
import {
    exposedMethods,
    exposedPaths,
    foreignServerNames,
    harmlessRequest,
    metricsPaths,
    namesOf,
    throughGateway,
    undeclaredHosts,
    undeclaredMethods,
} from "#live/edge-requests.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { gatewayHosts, publicHost } from "#model/mesh.ts";
import { inventory } from "#services/inventory.ts";
import { order } from "#services/order.ts";

const CONTEXT = {
    namespace: "shop",
    controlPlaneNamespace: "mesh-system",
    domain: "shop.example",
    trustDomain: "cluster.local",
};

const writer: ServiceIntent = {
    ...order,
    honoursProbeHeader: false,
    callers: {
        "ingress-gateway": [
            { methods: ["POST"], paths: ["/orders", "/orders/*"] },
            { methods: ["PUT"], paths: ["/orders/*"] },
        ],
    },
};

describe("requests to the gateway", () => {
    it("go to the gateway's own Service with the public host and name in the handshake", () => {
        deepStrictEqual(
            throughGateway(
                { scheme: "https", host: "order.shop.example", path: "/orders", probe: "p" },
                CONTEXT,
            ),
            {
                host: "istio-ingressgateway.mesh-system.svc.cluster.local",
                port: 443,
                method: "GET",
                path: "/orders",
                headers: { host: "order.shop.example", "x-mesh-probe": "p" },
                tls: { servername: "order.shop.example" },
            },
        );
    });

    it("are marked each for itself and carry no TLS over http", () => {
        const request = { scheme: "http", host: "h", path: "/", method: "POST" } as const;
        const [one, other] = [throughGateway(request, CONTEXT), throughGateway(request, CONTEXT)];
        strictEqual(one.port, 80);
        strictEqual(one.tls, undefined);
        strictEqual(one.body, "{}");
        ok(one.headers?.["x-mesh-probe"] !== other.headers?.["x-mesh-probe"]);
    });

    it("take a path for each declared pattern, and its methods from every entry", () => {
        deepStrictEqual(exposedPaths(writer), ["/orders", "/orders/mesh-probe"]);
        deepStrictEqual(exposedMethods(writer, "/orders"), ["POST"]);
        deepStrictEqual(exposedMethods(writer, "/orders/mesh-probe"), ["PUT", "POST"]);
        deepStrictEqual(exposedMethods(writer, "/ordersx"), []);
    });

    it("change no state where the service does not honour the probe header", () => {
        strictEqual(harmlessRequest(writer), undefined);
        strictEqual(harmlessRequest({ ...writer, honoursProbeHeader: true })?.method, "PUT");
        deepStrictEqual(harmlessRequest(order), { method: "GET", path: "/orders" });
        const tried = undeclaredMethods(writer).filter(({ harmless }) => harmless);
        deepStrictEqual([...new Set(tried.map(({ method }) => method))].sort(), [
            "GET",
            "HEAD",
            "OPTIONS",
        ]);
    });

    it("try exactly the methods that are not declared", () => {
        const tried = undeclaredMethods(order).map(({ method, path }) => `${method} ${path}`);
        ok(tried.includes("DELETE /orders") && tried.includes("HEAD /orders/mesh-probe"));
        ok(!tried.some((name) => /^(GET|POST) /.test(name)));
    });

    it("name an internal service in every way, with and without its port", () => {
        deepStrictEqual(namesOf(inventory, CONTEXT), [
            "inventory.shop.example",
            "inventory.shop.example:3005",
            "inventory-service",
            "inventory-service:3005",
            "inventory-service.shop",
            "inventory-service.shop:3005",
            "inventory-service.shop.svc.cluster.local",
            "inventory-service.shop.svc.cluster.local:3005",
        ]);
    });

    it("never take a host that is served for an undeclared one", () => {
        const served = publicHost("order", CONTEXT);
        const hosts = undeclaredHosts(served, CONTEXT);
        ok(!hosts.includes(served));
        ok(hosts.includes(CONTEXT.domain) && hosts.includes(`${served}.invalid`));
        const [wildcard = ""] = gatewayHosts(CONTEXT);
        ok(foreignServerNames(served).every((name) => !name.endsWith(wildcard.slice(1))));
    });

    for (const [prefix, metrics] of [
        ["/orders", "/orders/metrics"],
        ["/orders/v2", "/orders/v2/metrics"],
        ["/", "/metrics"],
    ] as const) {
        it(`write the metrics path below ${prefix} in more than ten ways that a server could take for it`, () => {
            const paths = metricsPaths({ ...order, routes: [{ prefix, timeout: "1s" }] });
            ok(paths.length > 10 && new Set(paths).size === paths.length);
            for (const path of paths) {
                ok(path.startsWith("/"), path);
                const [, read = ""] =
                    /^[^?]*/
                        .exec(decodeURIComponent(path).replaceAll("\\", "/"))?.[0]
                        .match(/^(.*?)(\/below|\/)?$/) ?? [];
                strictEqual(new URL(read.replaceAll(/\/+/g, "/"), "http://h").pathname, metrics);
            }
        });
    }
});
