import { canaryHostsOf } from "../../canary.ts";
import { each } from "../../finding.ts";
import { GATEWAY_API_SERVING, isOthersRoute } from "../../gateway-api.ts";
import {
    DESTINATION_RULE,
    GATEWAY_API_ROUTES,
    SERVICE,
    SERVICE_ENTRY,
    VIRTUAL_SERVICE,
} from "../../kinds.ts";
import { isOwnHost } from "../../own-host.ts";
import type { StackRule } from "../../rule.ts";
import { destinationRuleFor, eachDestination } from "../../traffic-policy.ts";

/** Every host that traffic is sent to says how much it bears. */
export const virtualServiceEnforceDestinationRule: StackRule = {
    name: "istio-virtual-service-enforce-destination-rule",
    severity: "high",
    level: "mandatory",
    description:
        "Every host that a route names has a DestinationRule. Otherwise it has no limits and no outlier detection, and one slow or failing service takes its callers down with it.",
    remediation: [
        "Add a DestinationRule for the host, with connectionPool and outlierDetection.",
        "Write its full name on both sides: a short one means the object's own namespace.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/destination-rule/",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE, DESTINATION_RULE, SERVICE, SERVICE_ENTRY, ...GATEWAY_API_SERVING],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(VIRTUAL_SERVICE, ...GATEWAY_API_ROUTES),
            (service) => {
                if (service.group !== VIRTUAL_SERVICE.group && isOthersRoute(stack, service)) {
                    return [];
                }
                const judged = new Set<string>();
                return eachDestination(service, settings, ({ named, host }) => {
                    if (judged.has(host)) {
                        return [];
                    }
                    judged.add(host);
                    return isOwnHost(host, service, stack, settings) &&
                        destinationRuleFor(stack, host, settings) === undefined &&
                        !canaryHostsOf(stack, settings).has(host)
                        ? [
                              named.finding(
                                  `${host} has no DestinationRule`,
                                  "one with connection pool and outlier detection is required",
                              ),
                          ]
                        : [];
                });
            },
        ),
};
