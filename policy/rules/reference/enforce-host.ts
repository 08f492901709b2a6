import { boundGateways, isForMesh } from "../../bound-servers.ts";
import { ruleHost, serviceEntriesFor } from "../../destination-rules.ts";
import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { fullHost } from "../../hosts.ts";
import { httpRoutes, isDelegate } from "../../http-route.ts";
import { DESTINATION_RULE, SERVICE, SERVICE_ENTRY, SIDECAR, VIRTUAL_SERVICE } from "../../kinds.ts";
import {
    hasCharts,
    isForeign,
    mayBeMade,
    namespaceMeantBy,
    ownsServicesOf,
    serviceNameOf,
} from "../../references.ts";
import { isMisspelling, slipsOf } from "../../spelling.ts";
import { serviceOf } from "../../replicas.ts";
import type { StackRule } from "../../rule.ts";
import { nearest } from "../../search.ts";
import { isTcp, readAs } from "../../service-port.ts";
import type { Settings } from "../../settings.ts";
import { indexOf } from "../../stack.ts";
import type { Index, Stack } from "../../stack.ts";
import { trafficPolicies } from "../../traffic-policy.ts";

/** The names of the stack's Services in a namespace. @throws UnknownValue */
function servicesIn(stack: Stack, namespace: string): readonly string[] {
    return stack
        .in(namespace, SERVICE)
        .filter((service) => service.namespace === namespace)
        .map(({ name }) => name);
}

/** A host of the cluster, by its full name. */
function checkClusterHost(
    field: Field,
    { name, namespace }: { readonly name: string; readonly namespace: string },
    stack: Stack,
): Finding[] {
    const meant = namespaceMeantBy(stack, namespace);
    if (meant !== undefined && !ownsServicesOf(stack, namespace)) {
        return [field.finding(`there is no namespace ${namespace}`, `the nearest is ${meant}`)];
    }
    if (!ownsServicesOf(stack, namespace) || mayBeMade(stack, namespace, name)) {
        return [];
    }
    const others = servicesIn(stack, namespace);
    if (isForeign(stack, namespace, name, others)) {
        return [];
    }
    if (hasCharts(stack, namespace) && !others.some((other) => isMisspelling(name, other))) {
        return [];
    }
    const near = nearest(name, others);
    return [
        field.finding(
            `there is no Service ${name} in ${namespace}`,
            near === undefined ? "a Service of that name is required" : `the nearest is ${near}`,
        ),
    ];
}

function hostsOf({ root }: KubernetesObject): readonly string[] {
    return root.at("spec", "hosts").texts();
}

/** ServiceEntries by what their hosts have in common with misspellings of them. */
function entriesBySlip(stack: Stack): Index<KubernetesObject> {
    return stack.once(entriesBySlip, () =>
        indexOf(stack.of(SERVICE_ENTRY), (entry) => hostsOf(entry).flatMap(slipsOf)),
    );
}

/** A name with dots is taken as it is: `reviews.shop` is no short form of anything. */
function checkOtherHost(field: Field, host: string, stack: Stack, settings: Settings): Finding[] {
    const [name = "", namespace = "", svc] = host.split(".");
    const full = fullHost(name, namespace, settings);
    const domain = host.split(".svc.")[1];
    const isCut =
        namespace !== "" && [`${name}.${namespace}`, `${name}.${namespace}.svc`].includes(host);
    const isMistyped =
        svc === "svc" && domain !== undefined && isMisspelling(domain, settings.clusterDomain);
    if ((isCut || isMistyped) && serviceOf(stack, full, settings) !== undefined) {
        return [
            field.finding(
                `${host} is no name of the cluster, so Istio finds nothing there`,
                `${full} is the full one`,
            ),
        ];
    }
    const meant = entriesBySlip(stack)
        .get(...slipsOf(host))
        .flatMap(hostsOf)
        .find((entry) => isMisspelling(host, entry));
    return meant === undefined
        ? []
        : [field.finding(`no ServiceEntry has the host ${host}`, `the nearest is ${meant}`)];
}

/** Whether a host is known to exist. @throws UnknownValue */
function exists(host: string, stack: Stack, settings: Settings): boolean {
    const name = serviceNameOf(host, settings);
    return (
        host.startsWith("*") ||
        (name !== undefined &&
            ((name.name === "kubernetes" && name.namespace === "default") ||
                serviceOf(stack, fullHost(name.name, name.namespace, settings), settings) !==
                    undefined)) ||
        serviceEntriesFor(stack, host).length > 0
    );
}

/** A host as it stands in a field, by its full name. */
function checkHost(field: Field, host: string, stack: Stack, settings: Settings): Finding[] {
    if (host === "" || exists(host, stack, settings)) {
        return [];
    }
    const name = serviceNameOf(host, settings);
    return name === undefined
        ? checkOtherHost(field, host, stack, settings)
        : checkClusterHost(field, name, stack);
}

/** The ports of a host, or those that speak HTTP; none where the stack does not tell. @throws UnknownValue */
function portsOf(
    host: string,
    stack: Stack,
    settings: Settings,
    speech?: "HTTP",
): readonly string[] {
    const service = host.startsWith("*") ? undefined : serviceOf(stack, host, settings);
    if (service !== undefined) {
        return service.root
            .at("spec", "ports")
            .items()
            .filter((port) => speech === undefined || (isTcp(port) && readAs(port) !== "TCP"))
            .flatMap((port) => port.at("port").text() ?? []);
    }
    return serviceEntriesFor(stack, host)
        .flatMap(({ root }) => root.at("spec", "ports").items())
        .flatMap((port) => port.at("number").text() ?? []);
}

function checkPort(field: Field, host: string, stack: Stack, settings: Settings): Finding[] {
    const port = field.text();
    const ports = port === undefined ? [] : [...new Set(portsOf(host, stack, settings))];
    return port === undefined || ports.length === 0 || ports.includes(port)
        ? []
        : [
              field.finding(
                  `${host} has no port ${port}`,
                  `${ports.length === 1 ? "only" : "one of"} ${ports.join(", ")} is allowed`,
              ),
          ];
}

/** The ports at which a VirtualService is followed; `undefined` where nobody can tell. @throws UnknownValue */
function followedPorts(
    service: KubernetesObject,
    stack: Stack,
    settings: Settings,
): readonly string[] | undefined {
    const bound = boundGateways(service, stack);
    const hosts = isForMesh(service) ? service.root.at("spec", "hosts").items() : [];
    return (
        bound && [
            ...bound
                .flatMap(({ servers }) => servers)
                .filter((server) => server.at("tls", "httpsRedirect").flag() !== true)
                .flatMap((server) => server.at("port", "number").text() ?? []),
            ...hosts.flatMap((host) => {
                const ports = portsOf(hostAt(host, settings), stack, settings, "HTTP");
                // What Istio takes for a host of which it knows no port.
                return ports.length === 0 ? ["80"] : ports;
            }),
        ]
    );
}

/** Where several ports are there and none is named, Istio takes the one at which the request came in. */
function checkNoPort(field: Field, host: string, stack: Stack, settings: Settings): Finding[] {
    const service = field.object;
    const ports = [...new Set(portsOf(host, stack, settings))];
    if (field.at("port", "number").exists || ports.length < 2 || isDelegate(service)) {
        return [];
    }
    const followed = followedPorts(service, stack, settings);
    const lost = followed?.find((port) => !ports.includes(port));
    const why =
        followed === undefined
            ? "that of another stack's gateway is taken"
            : `${lost ?? ""}, where requests come in, is taken`;
    return followed !== undefined && lost === undefined
        ? []
        : [
              field
                  .at("port")
                  .finding(
                      `${host} has several ports and none is named, so ${why}`,
                      `one of ${ports.join(", ")} is required`,
                  ),
          ];
}

/** Where a host stands in an object: a name without dots is one of the object's namespace. @throws UnknownValue */
function hostAt(field: Field, settings: Settings): string {
    const text = field.text() ?? "";
    return text === "" || text.includes(".")
        ? text
        : fullHost(text, field.object.namespace, settings);
}

function checkDestination(field: Field, stack: Stack, settings: Settings): Finding[] {
    const host = field.at("host");
    return judgements(
        () => checkHost(host, hostAt(host, settings), stack, settings),
        () => checkPort(field.at("port", "number"), hostAt(host, settings), stack, settings),
        () => checkNoPort(field, hostAt(host, settings), stack, settings),
    );
}

function checkMirrors(service: KubernetesObject, stack: Stack, settings: Settings): Finding[] {
    return each(
        () => httpRoutes(service),
        (route) =>
            judgements(
                () => checkDestination(route.at("mirror"), stack, settings),
                () =>
                    each(
                        () => route.at("mirrors").items(),
                        (mirror) => checkDestination(mirror.at("destination"), stack, settings),
                    ),
            ),
    );
}

/** The hosts of routes that sidecars follow; a gateway takes any name. */
function checkMeshHosts({ root }: KubernetesObject, stack: Stack, settings: Settings): Finding[] {
    const gateways = root.at("spec", "gateways").texts();
    return gateways.length > 0 && !gateways.includes("mesh")
        ? []
        : each(
              () => root.at("spec", "hosts").items(),
              (field) => checkHost(field, hostAt(field, settings), stack, settings),
          );
}

function checkVirtualService(
    service: KubernetesObject,
    stack: Stack,
    settings: Settings,
): Finding[] {
    return judgements(
        () =>
            each(
                () => ["http", "tls", "tcp"].map((protocol) => service.root.at("spec", protocol)),
                (routes) =>
                    each(
                        () => routes.items(),
                        (route) =>
                            each(
                                () => route.at("route").items(),
                                (target) =>
                                    checkDestination(target.at("destination"), stack, settings),
                            ),
                    ),
            ),
        () => checkMirrors(service, stack, settings),
        () => checkMeshHosts(service, stack, settings),
    );
}

function checkDestinationRule(rule: KubernetesObject, stack: Stack, settings: Settings): Finding[] {
    return judgements(
        () => checkHost(rule.root.at("spec", "host"), ruleHost(rule, settings), stack, settings),
        () =>
            each(
                () => trafficPolicies(rule),
                // Of the policies only those of ports have one.
                (policy) =>
                    checkPort(
                        policy.at("port", "number"),
                        ruleHost(rule, settings),
                        stack,
                        settings,
                    ),
            ),
    );
}

/** A Sidecar names hosts by namespace, and always in full. */
function checkSidecarHost(field: Field, stack: Stack, settings: Settings): Finding[] {
    const [place = "", host = ""] = (field.text() ?? "").split("/");
    const namespace = place === "." ? field.object.namespace : place;
    if (host === "" || place === "~") {
        return [];
    }
    const full = fullHost(host, namespace, settings);
    if (!host.includes(".") && host !== "*" && place !== "*") {
        return serviceOf(stack, full, settings) === undefined
            ? []
            : [field.finding(`${host} is no full name, so it fits nothing`, `${full} is needed`)];
    }
    const own = serviceNameOf(host, settings)?.namespace;
    return own !== undefined && place !== "*" && own !== namespace && exists(host, stack, settings)
        ? [field.finding(`${host} is not in ${namespace}, so it fits nothing`, `${own}/${host} is`)]
        : checkHost(field, host, stack, settings);
}

function checkSidecar({ root }: KubernetesObject, stack: Stack, settings: Settings): Finding[] {
    return each(
        () => root.at("spec", "egress").items(),
        (egress) =>
            each(
                () => egress.at("hosts").items(),
                (field) => checkSidecarHost(field, stack, settings),
            ),
    );
}

/** Traffic is sent to what is there. */
export const referenceEnforceHost: StackRule = {
    name: "istio-reference-enforce-host",
    severity: "high",
    level: "mandatory",
    description:
        "Every host and port that a route, a DestinationRule or a Sidecar names is one that the stack has, where the namespace is the stack's. Otherwise Istio accepts it all the same: requests get 503, a breaker protects nobody, a Sidecar hides what its pods need.",
    remediation: [
        "Name a Service of the stack, in full: <name>.<namespace>.svc.<cluster domain>.",
        "The port of a destination is the Service's own, not its targetPort.",
        "Add a ServiceEntry for a host that is no Service.",
    ],
    url: "https://istio.io/latest/docs/reference/config/analysis/ist0101/",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE, DESTINATION_RULE, SIDECAR],
    checkStack: (stack, { settings }) =>
        judgements(
            () =>
                each(
                    () => stack.of(VIRTUAL_SERVICE),
                    (service) => checkVirtualService(service, stack, settings),
                ),
            () =>
                each(
                    () => stack.of(DESTINATION_RULE),
                    (rule) => checkDestinationRule(rule, stack, settings),
                ),
            () =>
                each(
                    () => stack.of(SIDECAR),
                    (sidecar) => checkSidecar(sidecar, stack, settings),
                ),
        ),
};
