import { virtualServiceDisallowFaults } from "#policy/rules/virtual-service/disallow-faults.ts";
import { UNKNOWN } from "../../manifests.ts";
import { PAYMENT, unknownAt, virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const abort = (share: object): object => ({ abort: { httpStatus: 500, ...share } });
const delay = (share: object): object => ({ delay: { fixedDelay: "5s", ...share } });
const route = (...faults: readonly object[]): object => ({
    ...PAYMENT,
    fault: Object.assign({}, ...faults) as object,
});
const percent = (value: unknown): object => ({ percentage: { value } });
const FAULT = "VirtualService a4co/payment: spec.http[0].fault";
const PRODUCTION = "an injected fault; none is allowed in production";
const OUTSIDE = { production: false };

describeRule(virtualServiceDisallowFaults, {
    compliant: {
        "none in production": { objects: [virtualService([PAYMENT])] },
        "a small share elsewhere": {
            objects: [virtualService([route(abort(percent(0.01)), delay(percent(1)))])],
            settings: OUTSIDE,
        },
        "a larger share that the settings allow": {
            objects: [virtualService([route(abort(percent(20)))])],
            settings: { ...OUTSIDE, faultPercent: 25 },
        },
    },
    violating: {
        "the smallest in production": {
            objects: [virtualService([route(abort(percent(0.01)), delay(percent(0.1)))])],
            violations: [`${FAULT}.delay: ${PRODUCTION}`, `${FAULT}.abort: ${PRODUCTION}`],
        },
        "on a route that delegates": {
            objects: [virtualService([{ delegate: { name: "x" }, fault: abort(percent(1)) }])],
            violations: [`${FAULT}.abort: ${PRODUCTION}`],
        },
        "too large a share elsewhere, also in the older field": {
            objects: [virtualService([route(abort(percent(1.5)), delay({ percent: 100 }))])],
            settings: OUTSIDE,
            violations: [
                `${FAULT}.abort.percentage.value: 1.5 % of the requests; at most 1 % are allowed`,
                `${FAULT}.delay.percent: 100 % of the requests; at most 1 % are allowed`,
            ],
        },
    },
    unknown: {
        "the share of one beside the other": {
            objects: [virtualService([route(abort(percent(UNKNOWN)), delay(percent(50)))])],
            settings: OUTSIDE,
            violations: [
                `${FAULT}.delay.percentage.value: 50 % of the requests; at most 1 % are allowed`,
            ],
            advisories: [unknownAt(`${FAULT}.abort.percentage.value`)],
        },
        "whether there is any": {
            objects: [virtualService([{ ...PAYMENT, fault: UNKNOWN }])],
            advisories: [unknownAt(FAULT)],
        },
    },
    nearMiss: {
        "an empty fault": { objects: [virtualService([route({})])] },
        "a fault without a share, which never happens": {
            objects: [virtualService([route(abort({}))])],
            settings: OUTSIDE,
        },
    },
});
