import { describeCases } from "./cases.ts";

describeCases("servers, hosts and ports that others have as well, or nobody", {
    "k14-gateway-servers.yaml": [
        "mandatory istio-gateway-disallow-rival-server: Gateway shop/beta: spec.servers[0].hosts[0]: Gateway edge/alpha has shop.example.com on port 443 of the same pods as well, and only the older of both is served; one server for a host and port is allowed",
        "mandatory istio-gateway-disallow-rival-server: Gateway shop/beta: spec.servers[1].hosts[0]: Gateway edge/alpha has pay.example.com on port 443 of the same pods as well, and only the older of both is served; one server for a host and port is allowed",
        "mandatory istio-gateway-disallow-rival-server: Gateway shop/beta: spec.servers[2].port.protocol: Gateway edge/alpha has TCP on port 9000 of the same pods, and only the older of both is served; one protocol is allowed on a port, and of TCP one server",
        "mandatory istio-gateway-disallow-rival-server: Gateway shop/gamma: spec.servers[1].port.protocol: Gateway edge/alpha has HTTPS on port 443 of the same pods, and only the older of both is served; one protocol is allowed on a port, and of TCP one server",
        "mandatory istio-gateway-disallow-rival-server: Gateway shop/gamma: spec.servers[2].port.protocol: Gateway edge/alpha has TCP on port 9000 of the same pods, and only the older of both is served; one protocol is allowed on a port, and of TCP one server",
        "mandatory istio-gateway-disallow-rival-server: ListenerSet edge/more: spec.listeners[0].hostname: Gateway edge/api has a.example.com on port 443 of the same pods as well, and only the older of both is served; one server for a host and port is allowed",
        "mandatory istio-gateway-disallow-rival-server: ListenerSet edge/more: spec.listeners[1].protocol: Gateway edge/api has HTTPS on port 443 of the same pods, and only the older of both is served; one protocol is allowed on a port, and of TCP one server",
        "advisory istio-gateway-disallow-shared-certificate: Gateway shop/gamma: spec.servers[0].tls.credentialName: Gateway edge/alpha has shop for other hosts of the same port; one server should have all hosts of a certificate",
        "advisory istio-gateway-disallow-shared-certificate: Gateway edge/api: spec.listeners[1].tls.certificateRefs[0].name: spec.listeners[0] has wild for other hosts of the same port; one server should have all hosts of a certificate",
    ],
    "k14-gateway-servers-right.yaml": [],
    "k14-service-entries.yaml": [
        "mandatory istio-service-entry-disallow-rival-host: ServiceEntry shop/se-http: spec.hosts[0]: ServiceEntry shop/se-https has example.com with another protocol on port 13835, and a caller takes one of both; one ServiceEntry for a host is allowed",
        "mandatory istio-service-entry-disallow-rival-host: ServiceEntry two/google-https: spec.hosts[0]: ServiceEntry one/google-http has google.com with other ports, and a caller takes one of both; one ServiceEntry for a host is allowed",
        "mandatory istio-service-entry-disallow-rival-host: ServiceEntry one/db-static: spec.hosts[0]: ServiceEntry one/db has db.example.com with other resolution, endpoints, and a caller takes one of both; one ServiceEntry for a host is allowed",
        "mandatory istio-service-entry-disallow-rival-host: ServiceEntry books/reviews: spec.hosts[0]: Service books/reviews has this host and goes first, so what stands here is not read; a host that no Service has is allowed",
    ],
    "k14-service-entries-right.yaml": [],
    "k01-servers.yaml": [
        "mandatory istio-reference-enforce-host: VirtualService shop/port: spec.http[0].route[0].destination.port: shop.shop.svc.cluster.local has several ports and none is named, so 443, where requests come in, is taken; one of 80, 8081, 9000 is required",
        "mandatory istio-reference-enforce-host: DestinationRule shop/shop: spec.trafficPolicy.portLevelSettings[0].port.number: shop.shop.svc.cluster.local has no port 8080; one of 80, 8081, 9000 is allowed",
        "mandatory istio-reference-enforce-server: VirtualService shop/typo: spec.hosts[0]: no server of Gateway edge/edge lets shop serve shopp.example.com; the nearest is */shop.example.com",
        "mandatory istio-reference-enforce-server: VirtualService shop/passed: spec.tls: no server of its gateways follows such routes; a server of TLS in mode PASSTHROUGH is required",
        "mandatory istio-reference-enforce-server: VirtualService shop/port: spec.http[0].match[0].port: no gateway of it listens on port 8443; one of 443, 80 is allowed",
        "mandatory istio-reference-enforce-server: VirtualService shop/both: spec.gateways[0]: Gateway edge/edge serves none of the hosts; a gateway that serves one is required",
        "mandatory istio-destination-rule-enforce-connection-pool: DestinationRule shop/shop: spec.trafficPolicy.connectionPool.tcp.maxConnections: no limit; a limit is required for a host with TCP routes",
    ],
    "k01-servers-right.yaml": [],
    "k14-port-protocols.yaml": [
        "mandatory istio-service-disallow-rival-protocol: Service bookinfo/conflicting-ports-2: spec.ports[0]: is HTTP at port 9080 of pods at which Service bookinfo/conflicting-ports-1 is TCP, and only one of both holds; one protocol is allowed at a port of a pod",
        "mandatory istio-service-disallow-rival-protocol: Service bookinfo/same: spec.ports[0]: is TCP at port 9080 of pods at which Service bookinfo/conflicting-ports-2 is HTTP, and only one of both holds; one protocol is allowed at a port of a pod",
    ],
});
