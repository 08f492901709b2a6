import { virtualServiceEnforceDelegateTimeout } from "#policy/rules/virtual-service/enforce-delegate-timeout.ts";
import { UNKNOWN } from "../../manifests.ts";
import { delegate, PAYMENT, unknownAt, virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const HTTP = "VirtualService a4co/payment-fault: spec.http";
const REQUIRED = "a timeout above zero is required";
const HERE = { delegate: { name: "payment-fault" } };

describeRule(virtualServiceEnforceDelegateTimeout, {
    compliant: {
        "a timeout of its own": {
            objects: [virtualService([HERE]), delegate([{ ...PAYMENT, timeout: "2s" }])],
        },
        "the timeout of the route that delegates": {
            objects: [virtualService([{ ...HERE, timeout: "2s" }]), delegate([PAYMENT])],
        },
    },
    violating: {
        "neither has one": {
            objects: [virtualService([HERE]), delegate([PAYMENT])],
            violations: [`${HTTP}[0].timeout: no timeout; ${REQUIRED}`],
        },
        "one of two routes that delegate has none": {
            objects: [
                virtualService([
                    { ...HERE, timeout: "2s" },
                    { delegate: { name: "payment-fault", namespace: "a4co" } },
                ]),
                delegate([PAYMENT]),
            ],
            violations: [`${HTTP}[0].timeout: no timeout; ${REQUIRED}`],
        },
        "its own turns off that of the route that delegates": {
            objects: [
                virtualService([{ ...HERE, timeout: "2s" }]),
                delegate([{ ...PAYMENT, timeout: "0s" }]),
            ],
            violations: [`${HTTP}[0].timeout: 0s turns the timeout off; ${REQUIRED}`],
        },
        "a route delegates to one of that name elsewhere": {
            objects: [
                virtualService([
                    { delegate: { name: "payment-fault", namespace: "shop" }, timeout: "2s" },
                ]),
                delegate([PAYMENT]),
            ],
            violations: [`${HTTP}[0].timeout: no timeout; ${REQUIRED}`],
        },
    },
    unknown: {
        "the timeout of the route that delegates": {
            objects: [virtualService([{ ...HERE, timeout: UNKNOWN }]), delegate([PAYMENT])],
            advisories: [unknownAt("VirtualService a4co/payment: spec.http[0].timeout")],
        },
    },
    nearMiss: {
        "a delegate that only redirects": {
            objects: [virtualService([HERE]), delegate([{ redirect: { uri: "/" } }])],
        },
        "a route that is no delegate's": { objects: [virtualService([PAYMENT])] },
    },
});
