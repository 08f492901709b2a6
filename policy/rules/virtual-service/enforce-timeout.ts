import type { Field, Finding } from "../../field.ts";
import { each } from "../../finding.ts";
import { GATEWAY_API_SERVING, isOthersRoute, routeRules, sendsOn } from "../../gateway-api.ts";
import { checkTimeout, httpRoutes, isDelegate, timeoutFindings } from "../../http-route.ts";
import { GRPC_ROUTE, HTTP_ROUTE, VIRTUAL_SERVICE } from "../../kinds.ts";
import { Unknown } from "../../known.ts";
import type { StackRule } from "../../rule.ts";

const NO_SUCH_FIELD = new Unknown(
    "cannot be judged; a GRPCRoute has no timeout, so only the deadlines of its callers end a call",
);

/** A rule of Kubernetes' API. For Istio the time of a try is that of the whole request where nothing is tried again. */
function checkRule(rule: Field): Finding[] {
    if (!sendsOn(rule)) {
        return [];
    }
    if (rule.object.kind === GRPC_ROUTE.kind) {
        return [rule.undecided(NO_SUCH_FIELD)];
    }
    const request = rule.at("timeouts", "request");
    const oneTry = rule.at("timeouts", "backendRequest");
    return checkTimeout(
        !request.exists && oneTry.exists && !rule.at("retry").exists ? oneTry : request,
    );
}

/** No request waits for ever. */
export const virtualServiceEnforceTimeout: StackRule = {
    name: "istio-virtual-service-enforce-timeout",
    severity: "high",
    level: "mandatory",
    description:
        "Every HTTP route that sends requests on has a timeout. Otherwise Istio sets none: a replica that hangs holds its callers for ever, and outlier detection never ejects it, because it never fails.",
    remediation: [
        "Set timeout on the route, somewhat above what the slowest request that is still useful takes.",
        "In an HTTPRoute set timeouts.request on the rule.",
        "Give streams a route of their own, and an exemption.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRoute-timeout",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE, ...GATEWAY_API_SERVING],
    checkStack: (stack) => [
        ...each(
            () => stack.of(VIRTUAL_SERVICE),
            (service) =>
                each(() => (isDelegate(service) ? [] : httpRoutes(service)), timeoutFindings),
        ),
        ...each(
            () => stack.of(HTTP_ROUTE, GRPC_ROUTE),
            (route) =>
                isOthersRoute(stack, route) ? [] : each(() => routeRules(route), checkRule),
        ),
    ],
};
