import { each } from "../../finding.ts";
import { forwards, httpRoutes, isDelegate } from "../../http-route.ts";
import { VIRTUAL_SERVICE } from "../../kinds.ts";
import { repeatableMethods } from "../../request-match.ts";
import { DEFAULT_ATTEMPTS } from "../../retries.ts";
import type { ObjectRule } from "../../rule.ts";

/** Retries are what somebody chose, also where they are none. */
export const virtualServiceConfigureRetries: ObjectRule = {
    name: "istio-virtual-service-configure-retries",
    severity: "low",
    // Measured: the default repeats no HTTP request that an application answered.
    level: "advisory",
    description:
        "A route that takes a POST or PATCH states its retries. Otherwise Istio's default of two holds, which also repeats gRPC calls that were answered UNAVAILABLE or CANCELLED, and may be changed for the whole mesh.",
    remediation: [
        "Set retries.attempts: 0 on the route where a request must not be sent again.",
        "Or state attempts and retryOn: connect-failure,refused-stream.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRetry-attempts",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE],
    checkObject: (service, { settings: { idempotencyHeaders } }) => {
        // A delegate may have the retries of the route that delegates to it.
        const routes = isDelegate(service) ? [] : httpRoutes(service);
        return each(
            () => routes.entries(),
            ([index, route]) =>
                !route.at("retries").exists &&
                forwards(route) &&
                repeatableMethods(route, routes.slice(0, index), idempotencyHeaders).length > 0
                    ? [
                          route
                              .at("retries")
                              .finding(
                                  `none are stated, so Istio's default of ${DEFAULT_ATTEMPTS} holds`,
                                  "attempts should be stated for a POST or PATCH, 0 for none",
                              ),
                      ]
                    : [],
        );
    },
};
