import { describeCases } from "./cases.ts";

describeCases("policies in ambient", {
    "c11-waypoint-no-source.yaml": [
        "mandatory istio-authorization-policy-enforce-source: AuthorizationPolicy shop/allow-everybody-at-the-waypoint: spec.rules[0].from: no source lets every caller in; every ALLOW rule must say who may call",
        "mandatory istio-authorization-policy-enforce-paths-and-methods: AuthorizationPolicy shop/allow-everybody-at-the-waypoint: spec.rules[0].to[0].operation.paths: no paths stands for all of them; an ALLOW names the paths and methods of HTTP, or only the ports of TCP",
    ],
    "c13-ambient-l7-without-waypoint.yaml": [
        "mandatory istio-authorization-policy-disallow-http-at-ztunnel: AuthorizationPolicy shop/web-to-cart: spec.rules[0].to[0].operation.methods: ztunnel cannot read methods, so this rule lets nobody in; in ambient a policy by labels names identities, addresses and ports; what is of HTTP belongs to targetRefs, at a waypoint",
        "mandatory istio-authorization-policy-disallow-http-at-ztunnel: AuthorizationPolicy shop/web-to-cart: spec.rules[0].to[0].operation.paths: ztunnel cannot read paths, so this rule lets nobody in; in ambient a policy by labels names identities, addresses and ports; what is of HTTP belongs to targetRefs, at a waypoint",
    ],
    "c14-ambient-l4-policy.yaml": [],
    "k04-deny-at-ztunnel.yaml": [
        "mandatory istio-authorization-policy-disallow-http-at-ztunnel: AuthorizationPolicy shop/no-deletes: spec.rules[0].to[0].operation.methods: ztunnel cannot read methods, so it denies without looking at it; in ambient a policy by labels names identities, addresses and ports; what is of HTTP belongs to targetRefs, at a waypoint",
        "mandatory istio-authorization-policy-disallow-http-at-ztunnel: AuthorizationPolicy shop/by-header: spec.rules[0].when[0].key: ztunnel cannot read request.headers[x-team], so this rule lets nobody in; in ambient a policy by labels names identities, addresses and ports; what is of HTTP belongs to targetRefs, at a waypoint",
    ],
    "k04-nobody-enforces.yaml": [
        "mandatory istio-reference-enforce-workload: AuthorizationPolicy shop/ext-authz: spec.selector.matchLabels: app=web fits no workload of the stack in shop; the nearest is app=cart",
        'mandatory istio-workload-disallow-opt-out: Deployment shop/cart: spec.template.metadata.labels["istio.io/dataplane-mode"]: none leaves the pod without ztunnel; every pod of the mesh needs ztunnel or a sidecar',
        "mandatory istio-authorization-policy-disallow-http-at-ztunnel: AuthorizationPolicy shop/ext-authz: spec.action: ztunnel never enforces CUSTOM; in ambient a policy by labels names identities, addresses and ports; what is of HTTP belongs to targetRefs, at a waypoint",
        "mandatory istio-authorization-policy-enforce-waypoint: AuthorizationPolicy shop/cart: spec.targetRefs[0]: no waypoint of shop stands before Service cart, so nobody enforces this; a Gateway of class istio-waypoint is needed, and the label istio.io/use-waypoint",
    ],
    "k04-right.yaml": [],
    "k04-behind-waypoint.yaml": [
        "mandatory istio-authorization-policy-enforce-waypoint-source: AuthorizationPolicy shop/web-to-cart: spec.rules[0]: calls of Service shop/cart arrive as cluster.local/ns/shop/sa/waypoint, which no policy by labels lets in; what is about callers belongs to targetRefs, and below only the waypoint's identity",
        "mandatory istio-authorization-policy-enforce-waypoint-source: AuthorizationPolicy shop/pay: spec.rules[0].from[0].source.principals[1]: cluster.local/ns/shop/sa/web may call the pods past waypoint shop/waypoint, and its policies are walked around; what is about callers belongs to targetRefs, and below only the waypoint's identity",
        "mandatory istio-authorization-policy-enforce-waypoint-source: AuthorizationPolicy shop/not-from-cart: spec.rules[0]: calls of Service shop/pay arrive as cluster.local/ns/shop/sa/waypoint, so nobody who comes through the waypoint is denied; what is about callers belongs to targetRefs, and below only the waypoint's identity",
    ],
    "k04-behind-waypoint-right.yaml": [],
});
