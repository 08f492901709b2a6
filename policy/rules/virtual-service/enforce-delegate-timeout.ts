import { each } from "../../finding.ts";
import {
    allHaveTimeouts,
    delegatingRoutes,
    httpRoutes,
    isDelegate,
    timeoutFindings,
} from "../../http-route.ts";
import { VIRTUAL_SERVICE } from "../../kinds.ts";
import type { StackRule } from "../../rule.ts";

/** A route in a delegate has a timeout of its own, or that of every route that hands requests to it. */
export const virtualServiceEnforceDelegateTimeout: StackRule = {
    name: "istio-virtual-service-enforce-delegate-timeout",
    severity: "high",
    level: "mandatory",
    description:
        "Every HTTP route of a delegate has a timeout, or the routes of this stack that delegate to it have one. Otherwise requests that take this way wait for ever.",
    remediation: [
        "Set timeout on the delegate's route: it goes before the delegating route's.",
        "Or set timeout on every route whose delegate names this VirtualService.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/virtual-service/#Delegate",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE],
    checkStack: (stack) =>
        each(
            () => stack.of(VIRTUAL_SERVICE),
            (service) =>
                each(
                    () => (isDelegate(service) ? httpRoutes(service) : []),
                    (route) =>
                        !route.at("timeout").exists &&
                        allHaveTimeouts(delegatingRoutes(service, stack.of(VIRTUAL_SERVICE)))
                            ? []
                            : timeoutFindings(route),
                ),
        ),
};
