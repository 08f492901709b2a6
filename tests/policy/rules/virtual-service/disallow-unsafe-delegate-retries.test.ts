import { virtualServiceDisallowUnsafeDelegateRetries } from "#policy/rules/virtual-service/disallow-unsafe-delegate-retries.ts";
import { UNKNOWN } from "../../manifests.ts";
import { delegate, PAYMENT, unknownAt, virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const handing = (match?: unknown): object => ({ match, delegate: { name: "payment-fault" } });
const AGAIN = { ...PAYMENT, retries: { attempts: 3, retryOn: "5xx" } };
const RETRY_ON = "VirtualService a4co/payment-fault: spec.http[0].retries.retryOn";
const finding = (methods: string): string =>
    `${RETRY_ON}: on 5xx also a ${methods} is sent again that may have been carried out; without an idempotency key only connect-failure and refused-stream are allowed`;

describeRule(virtualServiceDisallowUnsafeDelegateRetries, {
    compliant: {
        "idempotent methods in the delegate": {
            objects: [
                virtualService([handing()]),
                delegate([{ ...AGAIN, match: [{ method: { exact: "GET" } }] }]),
            ],
        },
        "idempotent methods in the route that delegates": {
            objects: [virtualService([handing([{ method: { exact: "GET" } }])]), delegate([AGAIN])],
        },
        "an earlier route that takes the others": {
            objects: [
                virtualService([
                    { ...PAYMENT, match: [{ method: { regex: "POST|PATCH" } }] },
                    handing(),
                ]),
                delegate([AGAIN]),
            ],
        },
    },
    violating: {
        "every request": {
            objects: [virtualService([handing()]), delegate([AGAIN])],
            violations: [finding("POST or PATCH")],
        },
        "no route that delegates in this stack": {
            objects: [delegate([AGAIN])],
            violations: [finding("POST or PATCH")],
        },
        "one of two routes that delegate": {
            objects: [
                virtualService([
                    handing([{ method: { exact: "GET" } }]),
                    handing([{ method: { exact: "POST" } }]),
                ]),
                delegate([AGAIN]),
            ],
            violations: [finding("POST")],
        },
    },
    unknown: {
        "which requests are handed to it": {
            objects: [virtualService([handing(UNKNOWN)]), delegate([AGAIN])],
            advisories: [unknownAt("VirtualService a4co/payment: spec.http[0].match")],
        },
    },
    nearMiss: {
        "a route that is no delegate's, which another rule judges": {
            objects: [virtualService([AGAIN])],
        },
        "retries that are off": {
            objects: [delegate([{ ...PAYMENT, retries: { attempts: 0, retryOn: "5xx" } }])],
        },
    },
});
