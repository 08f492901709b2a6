import { authorizationPolicyEnforceWaypointSource } from "#policy/rules/authorization-policy/enforce-waypoint-source.ts";
import { manifest, UNKNOWN } from "../../manifests.ts";
import { deployment, service, unknownAt } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const SHOP = [
    manifest("v1", "Namespace", "shop", undefined, {
        labels: { "istio.io/dataplane-mode": "ambient", "istio.io/use-waypoint": "waypoint" },
    }),
    service("shop/cart", "cart"),
    deployment("shop/cart", { app: "cart" }),
];
const WAYPOINT = "cluster.local/ns/shop/sa/waypoint";
const WEB = "cluster.local/ns/shop/sa/web";
const policy = (principal: unknown, spec: object = {}) =>
    manifest("security.istio.io/v1", "AuthorizationPolicy", "shop/cart", {
        selector: { matchLabels: { app: "cart" } },
        rules: [{ from: [{ source: { principals: [principal] } }] }],
        ...spec,
    });

describeRule(authorizationPolicyEnforceWaypointSource, {
    compliant: { "the waypoint alone": { objects: [...SHOP, policy(WAYPOINT)] } },
    violating: {
        "a caller instead of the waypoint": {
            objects: [...SHOP, policy(WEB)],
            violations: [
                "AuthorizationPolicy shop/cart: spec.rules[0]: calls of Service shop/cart arrive as cluster.local/ns/shop/sa/waypoint, which no policy by labels lets in; what is about callers belongs to targetRefs, and below only the waypoint's identity",
            ],
        },
        "a DENY that nobody meets": {
            objects: [...SHOP, policy(WEB, { action: "DENY" })],
            violations: [
                "AuthorizationPolicy shop/cart: spec.rules[0]: calls of Service shop/cart arrive as cluster.local/ns/shop/sa/waypoint, so nobody who comes through the waypoint is denied; what is about callers belongs to targetRefs, and below only the waypoint's identity",
            ],
        },
    },
    unknown: {
        "who may call": {
            objects: [...SHOP, policy(UNKNOWN)],
            advisories: [
                unknownAt(
                    "AuthorizationPolicy shop/cart: spec.rules[0].from[0].source.principals[0]",
                ),
            ],
        },
    },
    nearMiss: {
        "at the Service": {
            objects: [
                ...SHOP,
                policy(WEB, {
                    selector: undefined,
                    targetRefs: [{ group: "", kind: "Service", name: "cart" }],
                }),
            ],
        },
        "a Service that takes no waypoint": {
            objects: [
                SHOP[0],
                SHOP[2],
                manifest(
                    "v1",
                    "Service",
                    "shop/cart",
                    { selector: { app: "cart" } },
                    { labels: { "istio.io/use-waypoint": "none" } },
                ),
                policy(WEB),
            ].filter((object) => object !== undefined),
        },
    },
});
