import type { Field, Finding, KubernetesObject } from "../../field.ts";
import { each } from "../../finding.ts";
import { repeatableIn } from "../../gateway-api-match.ts";
import { routeRules } from "../../gateway-api.ts";
import { httpRoutes, isDelegate } from "../../http-route.ts";
import { HTTP_ROUTE, VIRTUAL_SERVICE } from "../../kinds.ts";
import { repeatableMethods } from "../../request-match.ts";
import { retryFindings } from "../../retries.ts";
import type { ObjectRule } from "../../rule.ts";

function checkService(service: KubernetesObject, idempotencyHeaders: readonly string[]): Finding[] {
    const routes = isDelegate(service) ? [] : httpRoutes(service);
    return each(
        () => routes.entries(),
        ([index, route]) =>
            retryFindings(route, () =>
                repeatableMethods(route, routes.slice(0, index), idempotencyHeaders),
            ),
    );
}

/** A rule of Kubernetes' API: Istio adds the statuses that it names to the conditions under which nothing has happened. */
function checkRule(rule: Field, idempotencyHeaders: readonly string[]): Finding[] {
    const retry = rule.at("retry");
    const codes =
        retry.exists && retry.at("attempts").number() !== 0 ? retry.at("codes") : undefined;
    const statuses = codes?.texts() ?? [];
    const methods = statuses.length === 0 ? [] : repeatableIn(rule, idempotencyHeaders);
    return codes === undefined || methods.length === 0
        ? []
        : [
              codes.finding(
                  `on ${statuses.join(", ")} also a ${methods.join(" or ")} is sent again that may have been carried out`,
                  "without an idempotency key no status is allowed, since Istio tries again without one what was never begun",
              ),
          ];
}

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
        "In an HTTPRoute split the rule in the same way, and name no retry.codes in the rest.",
        "If servers tell repeated requests by another header, name it in the pack's settings (idempotencyHeaders).",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRetry-retry_on",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE, HTTP_ROUTE],
    checkObject: (object, { settings: { idempotencyHeaders } }) =>
        object.kind === HTTP_ROUTE.kind
            ? each(
                  () => routeRules(object),
                  (rule) => checkRule(rule, idempotencyHeaders),
              )
            : checkService(object, idempotencyHeaders),
};
