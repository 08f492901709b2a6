import { describeCases } from "./cases.ts";

describeCases("inputs that were judged rightly before", {
    "right/c43-spiffe-prefix.yaml": [
        "mandatory istio-authorization-policy-enforce-known-principals: AuthorizationPolicy shop/cart: spec.rules[0].from[0].source.principals[0]: spiffe://cluster.local/ns/front/sa/web is no principal, so it fits nobody; <trust domain>/ns/<namespace>/sa/<account> is needed",
    ],
    "right/c44-extra-dash.yaml": [
        "mandatory istio-authorization-policy-enforce-paths-and-methods: AuthorizationPolicy shop/cart: spec.rules[0].to: no operation lets the caller do everything; an ALLOW names the paths and methods of HTTP, or only the ports of TCP",
        "mandatory istio-authorization-policy-enforce-source: AuthorizationPolicy shop/cart: spec.rules[1].from: no source lets every caller in; every ALLOW rule must say who may call",
    ],
    "right/c51-empty.state.json": [],
    "right/c56-tcp-gateway-any-host.yaml": [
        "mandatory istio-gateway-disallow-any-host: Gateway edge/tcp-echo: spec.servers[0].hosts[0]: * is every host; names are needed, or a domain such as *.example.com",
    ],
    "right/c61-waypoint-service-target.yaml": [
        "mandatory istio-authorization-policy-enforce-paths-and-methods: AuthorizationPolicy shop/cart: spec.rules[0].to[0].operation.paths: no paths stands for all of them; an ALLOW names the paths and methods of HTTP, or only the ports of TCP",
        "mandatory istio-authorization-policy-enforce-source: AuthorizationPolicy shop/cart: spec.rules[0].from: no source lets every caller in; every ALLOW rule must say who may call",
    ],
    "right/c64-injected-gateway-image-auto.yaml": [],
    "right/c67-ns-annotation-instead-of-label.yaml": [
        "mandatory istio-namespace-enforce-injection: Namespace shop: metadata.labels.istio-injection: nothing turns injection on; enabled is required, or a revision in istio.io/rev",
    ],
    "right/c68-argo-zero-weights.yaml": [
        "mandatory istio-virtual-service-enforce-weights: VirtualService shop/front: spec.http[0].route: no destination has a weight: Istio refuses the route; weights that sum to 100 are required",
    ],
    "right/c69-outlier-13682.yaml": [
        "advisory istio-destination-rule-configure-ejection-share: DestinationRule shop/rating: spec.trafficPolicy.outlierDetection.maxEjectionPercent: 100 % of 2 replicas of v1 may be all: overload becomes outage; less than 100 % are needed",
        "mandatory istio-destination-rule-disallow-removed-fields: DestinationRule shop/rating: spec.trafficPolicy.outlierDetection.consecutiveErrors: Istio no longer reads consecutiveErrors; consecutive5xxErrors or consecutiveGatewayErrors is needed",
        "mandatory istio-destination-rule-enforce-connection-pool: DestinationRule shop/rating: spec.trafficPolicy.connectionPool: no connection pool; limits are required for a host with routes",
        "mandatory istio-virtual-service-disallow-unsafe-retries: VirtualService shop/rating: spec.http[0].retries.retryOn: on 5xx also a POST or PATCH is sent again that may have been carried out; without an idempotency key only connect-failure and refused-stream are allowed",
    ],
    "right/c70-peerauth-workload-3697.yaml": [
        "mandatory istio-peer-authentication-enforce-inherited-strict: PeerAuthentication shop/ratings: spec.mtls.mode: no mode, and no policy above it in this stack is STRICT; STRICT, here or above, is required",
        "mandatory istio-peer-authentication-enforce-strict: PeerAuthentication istio-system/default: spec.mtls.mode: PERMISSIVE also accepts plaintext; only STRICT is allowed",
    ],
    "right/c71-kiali-10188-valid.yaml": [],
    "right/c73-tcp-gateway-named.yaml": [],
});
