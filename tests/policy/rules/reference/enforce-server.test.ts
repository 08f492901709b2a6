import { referenceEnforceServer } from "#policy/rules/reference/enforce-server.ts";
import { UNKNOWN } from "../../manifests.ts";
import { gateway, to, unknownAt, virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const EDGE = gateway({
    hosts: ["shop.example.com"],
    port: { number: 443, name: "https", protocol: "HTTPS" },
    tls: { mode: "SIMPLE", credentialName: "shop" },
});
const bound = (hosts: unknown, spec: object = {}) =>
    virtualService([to("payment")], { hosts, gateways: ["edge"], ...spec });

describeRule(referenceEnforceServer, {
    compliant: { "a host of the server": { objects: [EDGE, bound(["shop.example.com"])] } },
    violating: {
        "a host of nobody": {
            objects: [EDGE, bound(["shop.example.org"])],
            violations: [
                "VirtualService a4co/payment: spec.hosts[0]: no server of Gateway a4co/edge lets a4co serve shop.example.org; the nearest is shop.example.com",
            ],
        },
        "routes of another protocol": {
            objects: [EDGE, bound(["shop.example.com"], { tcp: [to("payment")] })],
            violations: [
                "VirtualService a4co/payment: spec.tcp: no server of its gateways follows such routes; a server of TCP, or of TLS that ends it, is required",
            ],
        },
        "a port of nobody": {
            objects: [
                EDGE,
                bound(["shop.example.com"], {
                    http: [{ match: [{ port: 8443 }], ...to("payment") }],
                }),
            ],
            violations: [
                "VirtualService a4co/payment: spec.http[0].match[0].port: no gateway of it listens on port 8443; only 443 is allowed",
            ],
        },
    },
    unknown: {
        "its host": {
            objects: [EDGE, bound([UNKNOWN])],
            advisories: [unknownAt("VirtualService a4co/payment: spec.hosts[0]")],
        },
    },
    nearMiss: {
        "another stack's gateway": {
            objects: [EDGE, bound(["x.example.org"], { gateways: ["edge/edge"] })],
        },
        "a name for the mesh beside one for the gateway": {
            objects: [EDGE, bound(["payment", "shop.example.com"], { gateways: ["mesh", "edge"] })],
        },
    },
});
