import type { Field } from "../../field.ts";
import { each, some } from "../../finding.ts";
import { delegatingRoutes, httpRoutes, isDelegate } from "../../http-route.ts";
import { VIRTUAL_SERVICE } from "../../kinds.ts";
import { repeatableMethods } from "../../request-match.ts";
import { retryFindings } from "../../retries.ts";
import type { StackRule } from "../../rule.ts";

/** The methods that reach a route of some VirtualService, whatever delegates to that. */
function methodsAt(route: Field, idempotencyHeaders: readonly string[]): readonly string[] {
    const routes = httpRoutes(route.object);
    const index = routes.findIndex(({ path }) => path === route.path);
    return repeatableMethods(route, routes.slice(0, index), idempotencyHeaders);
}

/** What a delegate retries is safe for every request that is handed to it. */
export const virtualServiceDisallowUnsafeDelegateRetries: StackRule = {
    name: "istio-virtual-service-disallow-unsafe-delegate-retries",
    severity: "high",
    level: "mandatory",
    description:
        "A delegate sends a POST or PATCH without an idempotency key again only where it cannot have been carried out, unless no route of this stack hands it one. Otherwise an answer that is lost or fails late makes a second order or payment.",
    remediation: [
        "Set retryOn: connect-failure,refused-stream on the delegate's route, or attempts: 0.",
        "Or match idempotent methods or a non-empty idempotency key, in the delegate or in every route that delegates to it.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/virtual-service/#Delegate",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE],
    checkStack: (stack, { settings: { idempotencyHeaders } }) =>
        each(
            () => stack.of(VIRTUAL_SERVICE),
            (service) =>
                each(
                    () => (isDelegate(service) ? httpRoutes(service) : []),
                    (route) =>
                        retryFindings(route, () => {
                            const handing = delegatingRoutes(service, stack.of(VIRTUAL_SERVICE));
                            return methodsAt(route, idempotencyHeaders).filter(
                                (method) =>
                                    handing.length === 0 ||
                                    some(handing, (other) =>
                                        methodsAt(other, idempotencyHeaders).includes(method),
                                    ),
                            );
                        }),
                ),
        ),
};
