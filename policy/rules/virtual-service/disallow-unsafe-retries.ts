import { each } from "../../finding.ts";
import { httpRoutes, isDelegate } from "../../http-route.ts";
import { VIRTUAL_SERVICE } from "../../kinds.ts";
import { repeatableMethods } from "../../request-match.ts";
import { retryFindings } from "../../retries.ts";
import type { ObjectRule } from "../../rule.ts";

/** Nobody pays twice because a proxy asked twice. */
export const virtualServiceDisallowUnsafeRetries: ObjectRule = {
    name: "istio-virtual-service-disallow-unsafe-retries",
    severity: "high",
    level: "mandatory",
    description:
        "A POST or PATCH without an idempotency key is sent again only where it cannot have been carried out. Otherwise an answer that is lost or fails late makes a second order or payment: 5 attempts on 5xx are up to 6 copies.",
    remediation: [
        "Split the route: first one that matches the idempotent methods, or a non-empty key (headers.idempotency-key.regex: .+), with the retries.",
        "Then the rest with retryOn: connect-failure,refused-stream, or with attempts: 0.",
        "If servers tell repeated requests by another header, name it in the pack's settings (idempotencyHeaders).",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRetry-retry_on",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE],
    checkObject: (service, { settings: { idempotencyHeaders } }) => {
        const routes = isDelegate(service) ? [] : httpRoutes(service);
        return each(
            () => routes.entries(),
            ([index, route]) =>
                retryFindings(route, () =>
                    repeatableMethods(route, routes.slice(0, index), idempotencyHeaders),
                ),
        );
    },
};
