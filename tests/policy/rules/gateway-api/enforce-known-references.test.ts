import { gatewayApiEnforceKnownReferences } from "#policy/rules/gateway-api/enforce-known-references.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import { unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const API = "gateway.networking.k8s.io/v1";
const NAMESPACES = [manifest("v1", "Namespace", "shop"), manifest("v1", "Namespace", "bank")];

function gateway(listener: object = {}): Manifest {
    const https = { name: "https", port: 443, protocol: "HTTPS", hostname: "shop.example.com" };
    return manifest(API, "Gateway", "shop/edge", {
        gatewayClassName: "istio",
        listeners: [{ ...https, tls: { certificateRefs: [{ name: "cert" }] }, ...listener }],
    });
}

function route(backend: object, parent: object = {}, place = "shop/cart"): Manifest {
    return manifest(API, "HTTPRoute", place, {
        parentRefs: [{ name: "edge", namespace: "shop", ...parent }],
        rules: [{ backendRefs: [backend] }],
    });
}

const service = (place: string): Manifest =>
    manifest("v1", "Service", place, { ports: [{ port: 80 }] });
const grant = (to: object): Manifest =>
    manifest(API, "ReferenceGrant", "bank/shop", {
        from: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "shop" }],
        to: [{ group: "", kind: "Service", ...to }],
    });

const CART = { name: "cart", port: 80 };
const LEDGER = { name: "ledger", namespace: "bank", port: 80 };
const BACKEND = "HTTPRoute shop/cart: spec.rules[0].backendRefs[0]";
const PARENT = "HTTPRoute shop/cart: spec.parentRefs[0]";
const UNGRANTED = `${BACKEND}.namespace: no ReferenceGrant of bank lets HTTPRoutes of shop name Service ledger, so it leads nowhere; one is required`;

describeRule(gatewayApiEnforceKnownReferences, {
    compliant: {
        "a listener, a Service and its port": {
            objects: [
                ...NAMESPACES,
                gateway(),
                service("shop/cart"),
                route(CART, { sectionName: "https", port: 443 }),
            ],
        },
        "a Service of another namespace that lets itself be named": {
            objects: [
                ...NAMESPACES,
                gateway(),
                service("bank/ledger"),
                grant({ name: "ledger" }),
                route(LEDGER),
            ],
        },
        "a route of another namespace that is let in": {
            objects: [
                ...NAMESPACES,
                gateway({ allowedRoutes: { namespaces: { from: "Selector" } } }),
                service("bank/cart"),
                route(CART, {}, "bank/cart"),
            ],
        },
    },
    violating: {
        "no such Service and no such Gateway": {
            objects: [
                ...NAMESPACES,
                gateway(),
                service("shop/cart"),
                route({ name: "crt", port: 80 }, { name: "egde" }),
            ],
            violations: [
                `${BACKEND}.name: the stack has no Service crt in shop, so it leads nowhere; nearest is cart`,
                `${PARENT}.name: the stack has no Gateway egde in shop, so it leads nowhere; nearest is edge`,
            ],
        },
        "no such port and no such listener": {
            objects: [
                gateway(),
                service("shop/cart"),
                route({ name: "cart", port: 8080 }, { sectionName: "http" }),
            ],
            violations: [
                `${BACKEND}.port: Service shop/cart has no port 8080, so it leads nowhere; one of 80 is needed`,
                `${PARENT}.sectionName: Gateway shop/edge has no such listener, so it leads nowhere; one of https is needed`,
            ],
        },
        "a grant for another Service": {
            objects: [
                ...NAMESPACES,
                gateway(),
                service("bank/ledger"),
                grant({ name: "payout" }),
                route(LEDGER),
            ],
            violations: [UNGRANTED],
        },
        "TLS that ends without a certificate": {
            objects: [gateway({ tls: { mode: "Terminate" } })],
            violations: [
                "Gateway shop/edge: spec.listeners[0].tls.certificateRefs: TLS ends here without a certificate, so nothing is served; a Secret is required, or mode Passthrough",
            ],
        },
    },
    unknown: {
        "the name of a backend beside a port that is wrong": {
            objects: [
                ...NAMESPACES,
                gateway(),
                service("shop/cart"),
                route({ name: UNKNOWN, port: 80 }, { port: 444 }),
            ],
            violations: [
                `${PARENT}.port: Gateway shop/edge has no such listener, so it leads nowhere; one of 443 is needed`,
            ],
            advisories: [unknownAt(`${BACKEND}.name`)],
        },
    },
    nearMiss: {
        "a namespace of another stack": {
            objects: [gateway(), route({ name: "crt", port: 80 }, { namespace: "edge" })],
        },
        "a route inside the mesh needs no grant": {
            objects: [
                ...NAMESPACES,
                service("shop/edge"),
                service("bank/ledger"),
                route(LEDGER, { group: "", kind: "Service" }),
            ],
        },
        "another controller's Gateway": {
            objects: [
                ...NAMESPACES,
                manifest(API, "Gateway", "shop/edge", {
                    gatewayClassName: "nginx",
                    listeners: [{ name: "https", port: 443, protocol: "HTTPS" }],
                }),
                route({ name: "crt", port: 80 }),
            ],
        },
    },
});
