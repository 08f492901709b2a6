import { milliseconds, written } from "../../duration.ts";
import type { Field, Finding } from "../../field.ts";
import { each, judgements } from "../../finding.ts";
import { httpRoutes } from "../../http-route.ts";
import { VIRTUAL_SERVICE } from "../../kinds.ts";
import { attemptsOf, conditionsOf } from "../../retries.ts";
import type { ObjectRule } from "../../rule.ts";

/** Conditions that a try which took too long meets. */
const AFTER_TIMEOUT: readonly string[] = ["5xx", "gateway-error", "reset"];

function lengthOf(field: Field): number | undefined {
    const length = milliseconds(field.text() ?? "");
    return length === 0 ? undefined : length;
}

/** The first try counts as well. */
function checkFit(route: Field): Finding[] {
    const perTry = route.at("retries", "perTryTimeout");
    const [one, all] = [lengthOf(perTry), lengthOf(route.at("timeout"))];
    const tries = attemptsOf(route.at("retries")) + 1;
    return one !== undefined && all !== undefined && one * tries > all
        ? [
              perTry.finding(
                  `${tries} tries of ${written(one)} take ${written(one * tries)}, and the route's timeout is ${written(all)}: the last never finish`,
                  "perTryTimeout times (attempts + 1) should fit in the timeout",
              ),
          ]
        : [];
}

function checkConditions(route: Field): Finding[] {
    const perTry = route.at("retries", "perTryTimeout");
    const one = lengthOf(perTry);
    return one !== undefined &&
        !conditionsOf(route.at("retries")).some((condition) => AFTER_TIMEOUT.includes(condition))
        ? [
              perTry.finding(
                  `after ${written(one)} no other try is started, and the request ends`,
                  `retryOn needs one of ${AFTER_TIMEOUT.join(", ")}, or perTryTimeout should go`,
              ),
          ]
        : [];
}

/** Retries that are asked for can happen. */
export const virtualServiceConfigureRetryBudget: ObjectRule = {
    name: "istio-virtual-service-configure-retry-budget",
    severity: "medium",
    // Nothing is weaker for it than without retries; somebody only believes in tries that do not happen.
    level: "advisory",
    description:
        "A route's retries fit in its timeout, and a try that takes too long is one that is tried again. Otherwise the last tries never finish, or perTryTimeout only ends requests early.",
    remediation: [
        "Lower attempts or perTryTimeout, or raise timeout, until perTryTimeout times (attempts + 1) fits.",
        "Where a request may be sent again after a timeout, add gateway-error to retryOn; elsewhere remove perTryTimeout.",
    ],
    url: "https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPRetry",
    exemptible: "everywhere",
    selects: [VIRTUAL_SERVICE],
    checkObject: (service) =>
        each(
            () => httpRoutes(service),
            (route) =>
                route.at("retries").exists && attemptsOf(route.at("retries")) > 0
                    ? judgements(
                          () => checkFit(route),
                          () => checkConditions(route),
                      )
                    : [],
        ),
};
