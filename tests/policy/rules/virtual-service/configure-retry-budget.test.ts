import { virtualServiceConfigureRetryBudget } from "#policy/rules/virtual-service/configure-retry-budget.ts";
import { UNKNOWN } from "../../manifests.ts";
import { PAYMENT, unknownAt, virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const route = (timeout: unknown, retries?: object): object => ({ ...PAYMENT, timeout, retries });
const PER_TRY = "VirtualService a4co/payment: spec.http[0].retries.perTryTimeout";
const FIT = "perTryTimeout times (attempts + 1) should fit in the timeout";

describeRule(virtualServiceConfigureRetryBudget, {
    compliant: {
        "three tries of 3 s in 9 s": {
            objects: [
                virtualService([
                    route("9s", { attempts: 2, perTryTimeout: "3s", retryOn: "gateway-error" }),
                ]),
            ],
        },
    },
    violating: {
        "six tries of 3 s in 15 s": {
            objects: [
                virtualService([
                    route("15s", { attempts: 5, perTryTimeout: "3s", retryOn: "5xx,reset" }),
                ]),
            ],
            violations: [
                `${PER_TRY}: 6 tries of 3s take 18s, and the route's timeout is 15s: the last never finish; ${FIT}`,
            ],
        },
        "tries that are longer than the route": {
            objects: [
                virtualService([
                    route("500ms", { attempts: 1, perTryTimeout: "0.75s", retryOn: "reset" }),
                ]),
            ],
            violations: [
                `${PER_TRY}: 2 tries of 750ms take 1500ms, and the route's timeout is 500ms: the last never finish; ${FIT}`,
            ],
        },
        "a try that is not tried again": {
            objects: [
                virtualService([
                    route("9s", {
                        attempts: 2,
                        perTryTimeout: "3s",
                        retryOn: "connect-failure,refused-stream",
                    }),
                ]),
            ],
            violations: [
                `${PER_TRY}: after 3s no other try is started, and the request ends; retryOn needs one of 5xx, gateway-error, reset, or perTryTimeout should go`,
            ],
        },
    },
    unknown: {
        "the timeout beside conditions that do not retry": {
            objects: [virtualService([route(UNKNOWN, { attempts: 2, perTryTimeout: "3s" })])],
            violations: [
                `${PER_TRY}: after 3s no other try is started, and the request ends; retryOn needs one of 5xx, gateway-error, reset, or perTryTimeout should go`,
            ],
            advisories: [unknownAt("VirtualService a4co/payment: spec.http[0].timeout")],
        },
    },
    nearMiss: {
        "a route that delegates to what is not there": {
            objects: [
                virtualService([
                    { match: [{ uri: { prefix: "/" } }], delegate: { name: "experiment" } },
                ]),
            ],
        },
        "tries without a limit of their own": {
            objects: [virtualService([route("1s", { attempts: 5, retryOn: "5xx" })])],
        },
        "retries that are off": {
            objects: [
                virtualService([
                    route("1s", { attempts: 0, perTryTimeout: "3s" }),
                    route("1s", { perTryTimeout: "3s" }),
                    route("1s"),
                ]),
            ],
        },
    },
});
