import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { httpRoutes } from "../../http-route.ts";
import { DESTINATION_RULE, SERVICE, SERVICE_ENTRY, VIRTUAL_SERVICE } from "../../kinds.ts";
import { isOwnHost } from "../../own-host.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { hasSubset, subsetsOf } from "../../subsets.ts";
import { destinationAt, eachDestination } from "../../traffic-policy.ts";
import type { Destination } from "../../traffic-policy.ts";

/** Where the routes of a VirtualService send copies of their requests. */
function eachMirror(
    service: KubernetesObject,
    settings: Settings,
    check: (destination: Destination) => readonly Finding[],
): Finding[] {
    const checkAt = (field: Field): readonly Finding[] => {
        const destination = destinationAt(field, settings);
        return destination === undefined ? [] : check(destination);
    };
    return each(
        () => httpRoutes(service),
        (route) =>
            judgements(
                () => checkAt(route.at("mirror")),
                () =>
                    each(
                        () => route.at("mirrors").items(),
                        (mirror) => checkAt(mirror.at("destination")),
                    ),
            ),
    );
}

function checkSubset(
    { field, host }: Destination,
    stack: Stack,
    settings: Settings,
): readonly Finding[] {
    const place = field.at("subset");
    const subset = place.text() ?? "";
    if (subset === "" || hasSubset(stack, host, subset, field.object, settings)) {
        return [];
    }
    const others = subsetsOf(stack, host, field.object, settings);
    // Subsets of a service of another stack may be defined there.
    if (others.length === 0 && !isOwnHost(host, field.object, stack, settings)) {
        return [];
    }
    return [
        place.finding(
            `${host} has no subset ${subset}`,
            others.length === 0
                ? "a DestinationRule that defines it is required"
                : `${others.length === 1 ? "only" : "one of"} ${others.join(", ")} is allowed`,
        ),
    ];
}

/** Every subset that traffic is sent to exists. */
export const virtualServiceEnforceSubset: StackRule = {
    name: "istio-virtual-service-enforce-subset",
    severity: "high",
    level: "mandatory",
    description:
        "Every subset that a route or a mirror names is defined by a DestinationRule for its host. Otherwise Istio accepts the route all the same, and what takes it goes nowhere: requests get 503 without a body, connections are closed, copies are dropped.",
    remediation: [
        "Define the subset in the DestinationRule of the host before a route names it.",
        "To retire one, take it out of every route first, and out of the DestinationRule afterwards.",
    ],
    url: "https://istio.io/latest/docs/ops/best-practices/traffic-management/#avoid-503-errors-while-reconfiguring-service-routes",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE, DESTINATION_RULE, SERVICE, SERVICE_ENTRY],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(VIRTUAL_SERVICE),
            (service) => {
                const judged = new Set<string>();
                const check = (destination: Destination): readonly Finding[] => {
                    const key = `${destination.host} ${destination.field.at("subset").text() ?? ""}`;
                    if (judged.has(key)) {
                        return [];
                    }
                    judged.add(key);
                    return checkSubset(destination, stack, settings);
                };
                return judgements(
                    () => eachDestination(service, settings, check),
                    () => eachMirror(service, settings, check),
                );
            },
        ),
};
