import { each, some } from "../../finding.ts";
import { overlaps } from "../../hosts.ts";
import { DESTINATION_RULE, SERVICE, SERVICE_ENTRY, VIRTUAL_SERVICE } from "../../kinds.ts";
import type { KubernetesObject } from "../../kubernetes-object.ts";
import { serviceOf } from "../../replicas.ts";
import type { StackRule } from "../../rule.ts";
import type { Settings } from "../../settings.ts";
import type { Stack } from "../../stack.ts";
import { destinationRuleFor, eachDestination } from "../../traffic-policy.ts";

/** Whether a host is this stack's to set limits for: the service's own stack does it for the others. */
function isOwn(host: string, by: KubernetesObject, stack: Stack, settings: Settings): boolean {
    return (
        host.endsWith(`.${by.namespace}.svc.${settings.clusterDomain}`) ||
        serviceOf(stack, host, settings) !== undefined ||
        some(stack.of(SERVICE_ENTRY), ({ root }) =>
            some(root.at("spec", "hosts").items(), (entry) => overlaps(entry.text() ?? "", host)),
        )
    );
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
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/destination-rule/",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE, DESTINATION_RULE, SERVICE, SERVICE_ENTRY],
    checkStack: (stack, { settings }) =>
        each(
            () => stack.of(VIRTUAL_SERVICE),
            (service) => {
                const judged = new Set<string>();
                return eachDestination(service, settings, ({ field, host }) => {
                    if (judged.has(host)) {
                        return [];
                    }
                    judged.add(host);
                    return isOwn(host, service, stack, settings) &&
                        destinationRuleFor(stack, host, settings) === undefined
                        ? [
                              field
                                  .at("host")
                                  .finding(
                                      `${host} has no DestinationRule`,
                                      "one with connection pool and outlier detection is required",
                                  ),
                          ]
                        : [];
                });
            },
        ),
};
