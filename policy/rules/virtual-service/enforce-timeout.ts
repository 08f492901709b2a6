import { each } from "../../finding.ts";
import { httpRoutes, isDelegate, timeoutFindings } from "../../http-route.ts";
import { VIRTUAL_SERVICE } from "../../kinds.ts";
import type { ObjectRule } from "../../rule.ts";

/** No request waits for ever. */
export const virtualServiceEnforceTimeout: ObjectRule = {
    name: "istio-virtual-service-enforce-timeout",
    severity: "high",
    level: "mandatory",
    description:
        "Every HTTP route that sends requests on has a timeout. Otherwise Istio sets none: a replica that hangs holds its callers for ever, and outlier detection never ejects it, because it never fails.",
    remediation: [
        "Set timeout on the route, somewhat above what the slowest request that is still useful takes.",
        "Give streams a route of their own, and an exemption.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRoute-timeout",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE],
    checkObject: (service) =>
        each(() => (isDelegate(service) ? [] : httpRoutes(service)), timeoutFindings),
};
