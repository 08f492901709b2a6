import {
    callersOf,
    destinationRuleFor,
    subsetFieldsOf,
    trafficPolicyOf,
} from "./destination-rules.ts";
import type { MergedRule } from "./destination-rules.ts";
import type { Field, Finding, KubernetesObject } from "./field.ts";
import { each } from "./finding.ts";
import { fullHost } from "./hosts.ts";
import { isOthersRoute, isServiceReference, routeRules, sendsOn } from "./gateway-api.ts";
import { GATEWAY_API_ROUTES, GRPC_ROUTE, HTTP_ROUTE, VIRTUAL_SERVICE } from "./kinds.ts";
import { firstOf } from "./search.ts";
import type { Settings } from "./settings.ts";
import type { Stack } from "./stack.ts";

/** Where a route sends requests. */
export interface Destination {
    readonly field: Field;
    /** Where the host is named. */
    readonly named: Field;
    readonly port: string | undefined;
    /** Full name of the host. */
    readonly host: string;
    readonly protocol: "HTTP" | "TCP";
}

/** Every place in a DestinationRule that holds settings: the rule, its ports, its subsets and their ports. @throws UnknownValue */
export function trafficPolicies({ root }: KubernetesObject): readonly Field[] {
    const spec = root.at("spec");
    return [spec, ...spec.at("subsets").items()]
        .map((holder) => holder.at("trafficPolicy"))
        .flatMap((policy) => [policy, ...policy.at("portLevelSettings").items()]);
}

/** What a check finds at each destination of a VirtualService's routes, whatever their protocol. */
export function eachDestination(
    route: KubernetesObject,
    settings: Settings,
    check: (destination: Destination) => readonly Finding[],
): Finding[] {
    const { root } = route;
    if (route.group !== VIRTUAL_SERVICE.group) {
        return eachBackend(route, settings, check);
    }
    return each(
        () => ["http", "tls", "tcp"].map((protocol) => root.at("spec", protocol)),
        (routes) =>
            each(
                () => routes.items(),
                (route) =>
                    each(
                        () => route.at("route").items(),
                        (target) => {
                            const destination = destinationAt(target.at("destination"), settings);
                            return destination === undefined ? [] : check(destination);
                        },
                    ),
            ),
    );
}

/** {@link eachDestination} of a route of Kubernetes' API, for which Istio reads the DestinationRules of its Services. */
function eachBackend(
    route: KubernetesObject,
    settings: Settings,
    check: (destination: Destination) => readonly Finding[],
): Finding[] {
    const protocol = [HTTP_ROUTE.kind, GRPC_ROUTE.kind].includes(route.kind) ? "HTTP" : "TCP";
    return each(
        () => routeRules(route),
        (rule) =>
            each(
                () => (sendsOn(rule) ? rule.at("backendRefs").items() : []),
                (field) => {
                    const named = field.at("name");
                    const namespace = field.at("namespace").text() ?? route.namespace;
                    const host = `${named.text() ?? ""}.${namespace}.svc.${settings.clusterDomain}`;
                    const port = field.at("port").text();
                    return isServiceReference(field)
                        ? check({ field, named, port, host, protocol })
                        : [];
                },
            ),
    );
}

/** What a destination field names. @throws UnknownValue */
export function destinationAt(field: Field, settings: Settings): Destination | undefined {
    const host = field.at("host").text();
    return host === undefined
        ? undefined
        : {
              field,
              named: field.at("host"),
              port: field.at("port", "number").text(),
              host: fullHost(host, host.includes(".") ? "" : field.object.namespace, settings),
              protocol: field.path.startsWith("spec.http") ? "HTTP" : "TCP",
          };
}

interface Chosen {
    readonly policy: Field;
    /** Settings of a port inherit nothing. */
    readonly final: boolean;
}

/** The settings for a port. A destination without a port goes to the only one of its service. */
function forPort(policy: Field, port: string | undefined, component: string): Chosen {
    const own = firstOf(policy.at("portLevelSettings").items(), (settings) =>
        port === undefined
            ? !policy.at(component).exists && settings.at(component).exists
            : settings.at("port", "number").text() === port,
    );
    return own === undefined ? { policy, final: false } : { policy: own, final: true };
}

/** What a check finds in a part of the traffic policy that holds for each routed destination with a DestinationRule. */
export function eachEffective(
    stack: Stack,
    settings: Settings,
    component: TrafficPart,
    check: (part: Field, destination: Destination) => readonly Finding[],
): Finding[] {
    return each(
        () => stack.of(VIRTUAL_SERVICE, ...GATEWAY_API_ROUTES),
        (service) =>
            service.group !== VIRTUAL_SERVICE.group && isOthersRoute(stack, service)
                ? []
                : eachDestination(service, settings, (destination) =>
                      each(
                          () => callersOf(service, stack, settings),
                          (caller) => {
                              const rule = destinationRuleFor(
                                  stack,
                                  destination.host,
                                  caller,
                                  settings,
                              );
                              return rule === undefined
                                  ? []
                                  : check(effectiveAt(rule, destination, component), destination);
                          },
                      ),
                  ),
    );
}

/** A part of a traffic policy that holds as a whole. */
export type TrafficPart = "connectionPool" | "outlierDetection" | "tls";

/** @throws UnknownValue */
function effectiveAt(
    rule: MergedRule,
    { field, port }: Destination,
    component: TrafficPart,
): Field {
    return partFor(rule, field.at("subset").text(), port, component);
}

/**
 * Where a part of the traffic policy for a destination stands, or would stand: a subset's before the rule's, and a
 * port's instead of both, of which it inherits nothing.
 *
 * @throws UnknownValue
 */
export function partFor(
    rule: MergedRule,
    name: string | undefined,
    port: string | undefined,
    component: TrafficPart,
): Field {
    const subset =
        name === undefined
            ? undefined
            : firstOf(subsetFieldsOf(rule), (one) => one.at("name").text() === name);
    if (subset !== undefined) {
        const { policy, final } = forPort(subset.at("trafficPolicy"), port, component);
        const own = policy.at(component);
        if (final || own.exists) {
            return own;
        }
    }
    return forPort(trafficPolicyOf(rule), port, component).policy.at(component);
}
