import { canaryHostsOf } from "../../canary.ts";
import {
    callersOf,
    destinationRuleFor,
    namespaceOfHost,
    rulesFor,
} from "../../destination-rules.ts";
import type { Finding, KubernetesObject } from "../../field.ts";
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
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { eachDestination } from "../../traffic-policy.ts";
import type { Destination } from "../../traffic-policy.ts";

/** What callers that read no rule for a host are told, and where it must stand for them. */
function checkHost(
    { named, host }: Destination,
    service: KubernetesObject,
    stack: Stack,
    settings: Settings,
): readonly Finding[] {
    const without = callersOf(service, stack, settings).find(
        (caller) => destinationRuleFor(stack, host, caller, settings) === undefined,
    );
    if (without === undefined) {
        return [];
    }
    const [elsewhere] = rulesFor(stack, host, settings);
    const [caller] = without.namespaces;
    const home = namespaceOfHost(host, settings);
    const places = [...new Set([home ?? caller, caller, settings.rootNamespace])].join(", ");
    return [
        elsewhere === undefined
            ? named.finding(
                  `${host} has no DestinationRule`,
                  "one with connection pool and outlier detection is required",
              )
            : named.finding(
                  `${host} has no DestinationRule that callers in ${caller} read, ${elsewhere.label} is not for them`,
                  `one without a workloadSelector in one of ${places}, exported to them, is required`,
              ),
    ];
}

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
        "Put it into the namespace of the service: Istio reads no other but the caller's own and the root namespace.",
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
                return eachDestination(service, settings, (destination) => {
                    const { host } = destination;
                    if (judged.has(host)) {
                        return [];
                    }
                    judged.add(host);
                    return isOwnHost(host, service, stack, settings) &&
                        !canaryHostsOf(stack, settings).has(host)
                        ? checkHost(destination, service, stack, settings)
                        : [];
                });
            },
        ),
};
