import { describeCases } from "./cases.ts";

describeCases("hosts, routes and objects that hide others", {
    "c38-vs-any-host.yaml": [
        "mandatory istio-virtual-service-disallow-any-host: VirtualService team-b/catch-all: spec.hosts[0]: * is every host; names are needed, or a domain such as *.example.com",
        "mandatory istio-virtual-service-disallow-any-host: VirtualService team-b/wild: spec.hosts[0]: *.com is every host of a domain that is nobody's; names are needed, or a domain such as *.example.com",
    ],
    "c39-unreachable-route.yaml": [
        "advisory istio-virtual-service-disallow-unreachable-route: VirtualService shop/reviews: spec.http[1]: nothing reaches it, since spec.http[0] takes all of its requests; it should stand first, or go",
    ],
    "c53-two-virtualservices.yaml": [
        "mandatory istio-virtual-service-disallow-rival-host: VirtualService shop/reviews-b: spec.hosts[0]: VirtualService shop/reviews-a routes reviews.shop.svc.cluster.local as well, and only the older of both is followed; one VirtualService for a host is allowed",
    ],
    "k13-any-host.yaml": [
        "mandatory istio-gateway-disallow-any-host: Gateway edge/edge: spec.servers[0].hosts[0]: *.com is every host of a domain that is nobody's; names are needed, or a domain such as *.example.com",
        "mandatory istio-virtual-service-disallow-any-host: VirtualService shop/mesh: spec.hosts[0]: * is every host; names are needed, or a domain such as *.example.com",
        "mandatory istio-virtual-service-disallow-any-host: VirtualService shop/cluster: spec.hosts[0]: *.svc.cluster.local is every host of the cluster; names are needed, or a domain such as *.example.com",
        "mandatory istio-reference-enforce-server: VirtualService shop/registry: spec.hosts[0]: no server of Gateway edge/edge lets shop serve *.co.uk; the nearest is *.com",
        "mandatory istio-virtual-service-disallow-any-host: VirtualService shop/registry: spec.hosts[0]: *.co.uk is every host of a domain that is nobody's; names are needed, or a domain such as *.example.com",
    ],
    "k13-domain.yaml": [],
    "k14-beside.yaml": [],
    "k14-gateway.yaml": [
        "mandatory istio-virtual-service-disallow-rival-host: VirtualService shop/c: spec.hosts[0]: VirtualService shop/b routes cart.example.com as well, and only the older of both is followed; one VirtualService for a host is allowed",
    ],
    "k14-rivals.yaml": [
        "mandatory istio-mesh-disallow-rivals: PeerAuthentication shop/two: spec: PeerAuthentication shop/one is for the whole namespace as well, and only the older of both holds; one PeerAuthentication is allowed there",
        "mandatory istio-mesh-disallow-rivals: Sidecar shop/two: spec: Sidecar shop/one is for app=cart as well, and only the older of both holds; one Sidecar is allowed there",
        "mandatory istio-mesh-disallow-rivals: Telemetry shop/two: spec: Telemetry shop/one is for the whole namespace as well, and only the older of both holds; one Telemetry is allowed there",
        "mandatory istio-mesh-disallow-rivals: DestinationRule shop/two: spec.trafficPolicy: DestinationRule shop/one has one for the same host, and only the older of both holds; one DestinationRule may say it",
        "mandatory istio-mesh-disallow-rivals: DestinationRule shop/two: spec.subsets[0]: DestinationRule shop/one has a subset of that name for the same host, and only the older of both holds; one DestinationRule may say it",
        "mandatory istio-mesh-disallow-rivals: DestinationRule shop/four: spec.exportTo: DestinationRule shop/three for the same host is exported elsewhere, so they are not merged and only one holds; the same exportTo, or one DestinationRule, is required",
    ],
    "k14-routes-reached.yaml": [],
    "k14-routes.yaml": [
        "advisory istio-virtual-service-disallow-unreachable-route: VirtualService shop/prefix: spec.http[1]: nothing reaches it, since spec.http[0] takes all of its requests; it should stand first, or go",
        "advisory istio-virtual-service-disallow-unreachable-route: VirtualService shop/prefix: spec.http[2].match[1]: nothing reaches it, since spec.http[2].match[0] takes all of its requests; it should stand first, or go",
        "advisory istio-virtual-service-disallow-unreachable-route: VirtualService shop/tcp: spec.tcp[1]: nothing reaches it, since spec.tcp[0] takes all of its requests; it should stand first, or go",
        "advisory istio-virtual-service-disallow-unreachable-route: VirtualService shop/tls: spec.tls[1]: nothing reaches it, since spec.tls[0] takes all of its requests; it should stand first, or go",
    ],
});
