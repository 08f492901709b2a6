import { describeCases } from "./cases.ts";

describeCases("references that lead nowhere", {
    "c01-selector-of-nobody.yaml": [
        "mandatory istio-reference-enforce-workload: AuthorizationPolicy shop/deny-admin-to-cart: spec.selector.matchLabels: app=carts fits no workload of the stack in shop; the nearest is app=cart",
    ],
    "c40-port-and-host-of-nobody.yaml": [
        "mandatory istio-reference-enforce-host: VirtualService shop/reviews: spec.http[0].route[0].destination.port.number: reviews.shop.svc.cluster.local has no port 8080; only 9080 is allowed",
        "mandatory istio-reference-enforce-host: VirtualService shop/reviews: spec.http[1].route[0].destination.host: there is no Service revews in shop; the nearest is reviews",
        "mandatory istio-reference-enforce-host: DestinationRule shop/revews: spec.host: there is no Service revews in shop; the nearest is reviews",
        "mandatory istio-reference-enforce-gateway: VirtualService shop/reviews: spec.gateways[0]: there is no Gateway no-such-gateway in shop; a Gateway of that name is required",
    ],
    "c52-revision-of-nobody.yaml": [
        'mandatory istio-reference-enforce-revision: Namespace shop: metadata.labels["istio.io/rev"]: no control plane of the stack has revision 1-30-4; the nearest is 1-31-1',
        "mandatory istio-reference-enforce-revision: Namespace shop2: metadata.labels.istio-injection: no control plane of the stack has revision default; the nearest is 1-31-1",
    ],
    "k01-gateways.yaml": [
        "mandatory istio-reference-enforce-gateway: VirtualService shop/wrong: spec.gateways[0]: there is no Gateway edge-gatway in shop; the nearest is edge-gateway",
        "mandatory istio-reference-enforce-gateway: VirtualService shop/match: spec.http[0].match[0].gateways[0]: mesh is none of the gateways of the whole VirtualService, so this never matches; only shop/edge-gateway is allowed",
    ],
    "k01-hosts-elsewhere.yaml": [],
    "k01-hosts.yaml": [
        "mandatory istio-reference-enforce-host: VirtualService shop/cart: spec.http[0].mirror.host: there is no Service crat in shop; the nearest is cart",
        "mandatory istio-reference-enforce-host: VirtualService shop/cut: spec.http[0].route[0].destination.host: cart.shop is no name of the cluster, so Istio finds nothing there; cart.shop.svc.cluster.local is the full one",
        "mandatory istio-reference-enforce-host: VirtualService shop/space: spec.http[0].route[0].destination.host: there is no namespace shpo; the nearest is shop",
        "mandatory istio-reference-enforce-host: DestinationRule shop/cart: spec.trafficPolicy.portLevelSettings[0].port.number: cart.shop.svc.cluster.local has no port 8080; only 80 is allowed",
        "mandatory istio-reference-enforce-host: Sidecar shop/cart: spec.egress[0].hosts[0]: cart is no full name, so it fits nothing; cart.shop.svc.cluster.local is needed",
        "mandatory istio-reference-enforce-host: Sidecar shop/cart: spec.egress[0].hosts[1]: cart.shop.svc.cluster.local is not in front, so it fits nothing; shop/cart.shop.svc.cluster.local is",
        "mandatory istio-reference-enforce-host: Sidecar shop/cart: spec.egress[0].hosts[2]: there is no Service crat in shop; the nearest is cart",
        "advisory istio-destination-rule-configure-ejection-share: DestinationRule shop/cart: spec.trafficPolicy.outlierDetection.maxEjectionPercent: 50 % of 1 replica is less than one: it never ejects; 2 replicas are needed for this share",
    ],
    "k01-namespaces.yaml": [
        "mandatory istio-reference-enforce-namespace: AuthorizationPolicy shop/cart: spec.rules[0].from[0].source.namespaces[1]: there is no namespace frnot; the nearest is front",
        "mandatory istio-reference-enforce-namespace: AuthorizationPolicy shop/cart: spec.rules[0].from[0].source.namespaces[2]: namespace batch is not in the mesh, so nobody there has an identity; injection is required there, or another source here",
        "mandatory istio-reference-enforce-namespace: DestinationRule shop/cart: spec.exportTo[1]: there is no namespace frotn; the nearest is front",
        "advisory istio-destination-rule-configure-ejection-share: DestinationRule shop/cart: spec.trafficPolicy.outlierDetection.maxEjectionPercent: 50 % of 1 replica is less than one: it never ejects; 2 replicas are needed for this share",
    ],
    "k01-revisions-elsewhere.yaml": [],
    "k01-revisions.yaml": [
        'mandatory istio-reference-enforce-revision: Namespace older: metadata.labels["istio.io/rev"]: no control plane of the stack has revision prod-stabel; the nearest is prod-stable',
        "mandatory istio-reference-enforce-revision: Release istio-ingress/istio-ingress: values.revision: no control plane of the stack has revision 1-31-0; the nearest is 1-31-1",
    ],
    "k01-selectors-elsewhere.yaml": [],
    "k01-selectors.yaml": [
        "mandatory istio-authorization-policy-enforce-waypoint: AuthorizationPolicy shop/target: spec.targetRefs[0]: no waypoint of shop stands before Service crat, so nobody enforces this; a Gateway of class istio-waypoint is needed, and the label istio.io/use-waypoint",
        "mandatory istio-reference-enforce-workload: PeerAuthentication shop/strict: spec.selector.matchLabels: app=crat fits no workload of the stack in shop; the nearest is app=cart",
        'mandatory istio-reference-enforce-workload: PeerAuthentication shop/port: spec.portLevelMtls["8081"]: no pod of app=cart has port 8081; its ports are 8080, 80: those of the pod, not of the Service',
        "mandatory istio-reference-enforce-workload: RequestAuthentication shop/jwt: spec.selector.matchLabels: app=crat fits no workload of the stack in shop; the nearest is app=cart",
        "mandatory istio-reference-enforce-workload: Telemetry shop/tel: spec.selector.matchLabels: name=cart fits no workload of the stack in shop; labels that a workload's pods carry are required",
        "mandatory istio-reference-enforce-workload: Sidecar shop/side: spec.workloadSelector.labels: app=crat fits no workload of the stack in shop; the nearest is app=cart",
        "mandatory istio-reference-enforce-workload: ServiceEntry shop/vm: spec.workloadSelector.labels: app=crat fits no workload of the stack in shop; the nearest is app=cart",
        "mandatory istio-reference-enforce-workload: DestinationRule shop/cart: spec.subsets[1].labels: version=v2 fits no workload of the stack behind Service shop/cart; the nearest is version=v1",
        "mandatory istio-reference-enforce-workload: AuthorizationPolicy shop/target: spec.targetRefs[0].name: there is no Service crat in shop; the nearest is cart",
    ],
    "k01-revisions-of-sail.yaml": [
        'mandatory istio-reference-enforce-revision: Namespace lost: metadata.labels["istio.io/rev"]: no control plane of the stack has revision green; the nearest is blue',
        'mandatory istio-reference-enforce-revision: Gateway tagged/waypoint: metadata.labels["istio.io/rev"]: no control plane of the stack has revision bleu; the nearest is blue',
    ],
});
