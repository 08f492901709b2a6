import { boundGateways, followedAt, isForMesh, serves } from "../../bound-servers.ts";
import type { BoundGateway, RouteProtocol } from "../../bound-servers.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { isDelegate } from "../../http-route.ts";
import { GATEWAY, VIRTUAL_SERVICE } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";
import { nearest } from "../../search.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";

const PROTOCOLS: readonly RouteProtocol[] = ["http", "tls", "tcp"];

/** What a server must be for such routes. */
const NEEDED: Readonly<Record<RouteProtocol, string>> = {
    http: "a server of HTTP, or of HTTPS that ends TLS, is required",
    tls: "a server of TLS in mode PASSTHROUGH is required",
    tcp: "a server of TCP, or of TLS that ends it, is required",
};

/** The hosts that no server has: none of a gateway's, or one that is for gateways alone. */
function checkHosts(
    service: KubernetesObject,
    bound: readonly BoundGateway[],
    settings: Settings,
): Finding[] {
    const hosts = service.root.at("spec", "hosts").items();
    const isServed = (host: Field, gateways: readonly BoundGateway[]): boolean =>
        gateways.some(({ servers }) => servers.some((server) => serves(server, host, settings)));
    const known = bound
        .flatMap(({ servers }) => servers)
        .flatMap((server) => server.at("hosts").texts());
    const lost = hosts.filter((host) => !isServed(host, bound));
    if (!isForMesh(service) && lost.length > 0) {
        return lost.map((host) =>
            host.finding(
                `no server of ${bound.map(({ gateway }) => gateway.label).join(", ")} lets ${service.namespace} serve ${host.text() ?? ""}`,
                `the nearest is ${nearest(host.text() ?? "", known) ?? "none"}`,
            ),
        );
    }
    return bound
        .filter((one) => !hosts.some((host) => isServed(host, [one])))
        .map(({ field, gateway }) =>
            field.finding(
                `${gateway.label} serves none of the hosts`,
                "a gateway that serves one is required",
            ),
        );
}

/** Routes of a protocol that no server follows. */
function checkProtocol(
    service: KubernetesObject,
    protocol: RouteProtocol,
    servers: readonly Field[],
): Finding[] {
    const routes = service.root.at("spec", protocol);
    return routes.items().length === 0 || servers.some((server) => followedAt(server) === protocol)
        ? []
        : [routes.finding("no server of its gateways follows such routes", NEEDED[protocol])];
}

function checkPorts(service: KubernetesObject, servers: readonly Field[]): Finding[] {
    const ports = [...new Set(servers.map((server) => server.at("port", "number").text() ?? ""))];
    return each(
        () => PROTOCOLS.flatMap((protocol) => service.root.at("spec", protocol).items()),
        (route) =>
            each(
                () => route.at("match").items(),
                (match) => {
                    const port = match.at("port");
                    const text = port.text();
                    return text === undefined || ports.includes(text)
                        ? []
                        : [
                              port.finding(
                                  `no gateway of it listens on port ${text}`,
                                  `${ports.length === 1 ? "only" : "one of"} ${ports.join(", ")} is allowed`,
                              ),
                          ];
                },
            ),
    );
}

function checkService(service: KubernetesObject, stack: Stack, settings: Settings): Finding[] {
    const bound = isDelegate(service) ? undefined : boundGateways(service, stack);
    if (bound === undefined || bound.length === 0) {
        return [];
    }
    const servers = bound.flatMap((one) => one.servers);
    const lost = judgements(() => checkHosts(service, bound, settings));
    return lost.length > 0 || isForMesh(service)
        ? lost
        : judgements(
              ...PROTOCOLS.map((protocol) => () => checkProtocol(service, protocol, servers)),
              () => checkPorts(service, servers),
          );
}

/** What is routed at a gateway arrives there. */
export const referenceEnforceServer: StackRule = {
    name: "istio-reference-enforce-server",
    severity: "high",
    level: "mandatory",
    description:
        "The hosts, protocols and ports of a VirtualService are those of a server of its gateways, where the stack has them. Otherwise Istio accepts the routes all the same, and nobody follows them: requests get 404, connections are closed.",
    remediation: [
        "Name a host in the VirtualService that a server of the Gateway has, from a namespace that it lets in.",
        "Routes of http need a server that ends TLS, routes of tls one that passes it through.",
        "The port of a match is that of the Gateway's server.",
    ],
    url: "https://istio.io/latest/docs/reference/config/analysis/ist0132/",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE, GATEWAY],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(VIRTUAL_SERVICE),
            (service) => checkService(service, stack, settings),
        ),
};
