import { gatewayDisallowRivalServer } from "#policy/rules/gateway/disallow-rival-server.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import { unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const gateway = (
    name: string,
    port: object,
    server: object,
    selector: unknown = { istio: "edge" },
) =>
    manifest("networking.istio.io/v1", "Gateway", `a4co/${name}`, {
        selector,
        servers: [{ port, hosts: ["shop.example.com"], ...server }],
    });
const HTTPS = { number: 443, name: "https", protocol: "HTTPS" };
const SIMPLE = { tls: { mode: "SIMPLE", credentialName: "shop" } };

describeRule(gatewayDisallowRivalServer, {
    compliant: {
        "two hosts": {
            objects: [
                gateway("one", HTTPS, SIMPLE),
                gateway("two", HTTPS, { ...SIMPLE, hosts: ["pay.example.com"] }),
            ],
        },
    },
    violating: {
        "one host": {
            objects: [gateway("one", HTTPS, SIMPLE), gateway("two", HTTPS, SIMPLE)],
            violations: [
                "Gateway a4co/two: spec.servers[0].hosts[0]: Gateway a4co/one has shop.example.com on port 443 of the same pods as well, and only the older of both is served; one server for a host and port is allowed",
            ],
        },
        "a redirect and none": {
            objects: [
                gateway("one", { number: 80, name: "http", protocol: "HTTP" }, {}),
                gateway(
                    "two",
                    { number: 80, name: "http", protocol: "HTTP2" },
                    { tls: { httpsRedirect: true } },
                ),
            ],
            violations: [
                "Gateway a4co/two: spec.servers[0].hosts[0]: Gateway a4co/one has shop.example.com on port 80 of the same pods as well, and only one of both redirects; one server for a host and port is allowed",
            ],
        },
        "two protocols": {
            objects: [
                gateway("one", { number: 80, name: "tcp", protocol: "TCP" }, {}),
                gateway("two", { number: 80, name: "http", protocol: "HTTP" }, {}),
            ],
            violations: [
                "Gateway a4co/two: spec.servers[0].port.protocol: Gateway a4co/one has TCP on port 80 of the same pods, and only the older of both is served; one protocol is allowed on a port, and of TCP one server",
            ],
        },
    },
    unknown: {
        "whose pods one is for": {
            objects: [
                gateway("one", HTTPS, SIMPLE),
                gateway("two", HTTPS, SIMPLE, { istio: UNKNOWN }),
            ],
            advisories: [unknownAt("Gateway a4co/two: spec.selector.istio")],
        },
    },
    nearMiss: {
        "other pods": {
            objects: [
                gateway("one", HTTPS, SIMPLE),
                gateway("two", HTTPS, SIMPLE, { istio: "inside" }),
            ],
        },
        "HTTP twice": {
            objects: [
                gateway("one", { number: 80, name: "http", protocol: "HTTP" }, {}),
                gateway("two", { number: 80, name: "grpc", protocol: "GRPC" }, {}),
            ],
        },
    },
});
