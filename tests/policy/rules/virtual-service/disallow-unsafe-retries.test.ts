import { virtualServiceDisallowUnsafeRetries } from "#policy/rules/virtual-service/disallow-unsafe-retries.ts";
import { UNKNOWN } from "../../manifests.ts";
import { PAYMENT, unknownAt, virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const AGAIN = { attempts: 3, retryOn: "5xx,reset,connect-failure" };
const route = (match: unknown, retries: unknown = AGAIN): object => ({
    ...PAYMENT,
    match,
    retries,
});
const header = (condition: unknown): object[] => [{ headers: { "Idempotency-Key": condition } }];
const RETRY_ON = (index: number): string =>
    `VirtualService a4co/payment: spec.http[${index}].retries.retryOn`;
const finding = (what: string): string =>
    `${what} is sent again that may have been carried out; without an idempotency key only connect-failure and refused-stream are allowed`;
const BOTH = finding("on 5xx, reset also a POST or PATCH");

describeRule(virtualServiceDisallowUnsafeRetries, {
    compliant: {
        "idempotent methods, or a key, and the rest before delivery only": {
            objects: [
                virtualService([
                    route([
                        { method: { regex: "GET|HEAD|OPTIONS|PUT|DELETE" } },
                        { headers: { "idempotency-key": { regex: ".+" } } },
                    ]),
                    route(undefined, { attempts: 3, retryOn: "connect-failure, refused-stream" }),
                ]),
            ],
        },
        "a POST that an earlier route takes": {
            objects: [
                virtualService([
                    route([{ method: { regex: "POST|PATCH" }, name: "write" }], { attempts: 0 }),
                    route([{ uri: { prefix: "/payments" } }]),
                ]),
            ],
        },
        "a key in a header that the settings name": {
            objects: [virtualService([route([{ headers: { "x-request-key": { exact: "1" } } }])])],
            settings: { idempotencyHeaders: ["x-request-key"] },
        },
    },
    violating: {
        "5xx on every request": {
            objects: [virtualService([route(undefined)])],
            violations: [`${RETRY_ON(0)}: ${BOTH}`],
        },
        "a status": {
            objects: [
                virtualService([
                    route([{ method: { exact: "POST" } }], { attempts: 1, retryOn: "503" }),
                ]),
            ],
            violations: [`${RETRY_ON(0)}: ${finding("on 503 also a POST")}`],
        },
        "a key that may be empty": {
            objects: [virtualService([route(header({})), route(header({ regex: ".*" }))])],
            violations: [`${RETRY_ON(0)}: ${BOTH}`, `${RETRY_ON(1)}: ${BOTH}`],
        },
        "one of two matches": {
            objects: [
                virtualService([
                    route([{ method: { exact: "GET" } }, { uri: { prefix: "/payments" } }]),
                ]),
            ],
            violations: [`${RETRY_ON(0)}: ${BOTH}`],
        },
        "an expression without regard to case": {
            objects: [virtualService([route([{ method: { regex: "(?i)patch" } }])])],
            violations: [`${RETRY_ON(0)}: ${finding("on 5xx, reset also a PATCH")}`],
        },
        "earlier routes that take something else, or may not exist": {
            objects: [
                virtualService([
                    {
                        match: [{ uri: { prefix: "/" } }],
                        delegate: { name: "payment-fault" },
                    },
                    route([{ method: { exact: "POST" }, uri: { prefix: "/refunds" } }], {
                        attempts: 0,
                    }),
                    route([{ method: { exact: "PATCH" }, uri: { prefix: "/pay" } }], {
                        attempts: 0,
                    }),
                    route([{ uri: { prefix: "/payments" } }]),
                ]),
            ],
            violations: [`${RETRY_ON(3)}: ${finding("on 5xx, reset also a POST")}`],
        },
    },
    unknown: {
        "the conditions of one route beside another one": {
            objects: [
                virtualService([
                    route([{ uri: { prefix: "/a" } }], { attempts: 3, retryOn: UNKNOWN }),
                    route([{ uri: { prefix: "/b" } }]),
                ]),
            ],
            violations: [`${RETRY_ON(1)}: ${BOTH}`],
            advisories: [unknownAt(RETRY_ON(0))],
        },
        "the method": {
            objects: [virtualService([route([{ method: { exact: UNKNOWN } }])])],
            advisories: [
                unknownAt("VirtualService a4co/payment: spec.http[0].match[0].method.exact"),
            ],
        },
    },
    nearMiss: {
        "Istio's own retries": {
            objects: [virtualService([PAYMENT, route(undefined, { attempts: 2 })])],
        },
        "retries that are off": {
            objects: [
                virtualService([
                    route(undefined, { attempts: 0, retryOn: "5xx" }),
                    route(undefined, { retryOn: "5xx" }),
                ]),
            ],
        },
        "the method as a pseudo-header": {
            objects: [virtualService([route([{ headers: { ":method": { exact: "GET" } } }])])],
        },
    },
});
