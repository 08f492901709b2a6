import { virtualServiceEnforceTimeout } from "#policy/rules/virtual-service/enforce-timeout.ts";
import { UNKNOWN } from "../../manifests.ts";
import { delegate, PAYMENT, unknownAt, virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const HTTP = "VirtualService a4co/payment: spec.http";
const REQUIRED = "a timeout above zero is required";

describeRule(virtualServiceEnforceTimeout, {
    compliant: {
        "a timeout on every route": {
            objects: [
                virtualService([
                    { ...PAYMENT, timeout: "15s" },
                    { ...PAYMENT, timeout: "1m30s" },
                    { ...PAYMENT, timeout: "0.5s" },
                ]),
            ],
        },
    },
    violating: {
        "no timeout on the second route": {
            objects: [virtualService([{ ...PAYMENT, timeout: "15s" }, PAYMENT])],
            violations: [`${HTTP}[1].timeout: no timeout; ${REQUIRED}`],
        },
        "a timeout that is off": {
            objects: [virtualService([{ ...PAYMENT, timeout: "0s" }])],
            violations: [`${HTTP}[0].timeout: 0s turns the timeout off; ${REQUIRED}`],
        },
        "no timeout for hosts that are not known yet": {
            objects: [virtualService([PAYMENT], { hosts: UNKNOWN })],
            violations: [`${HTTP}[0].timeout: no timeout; ${REQUIRED}`],
        },
        "what is no duration": {
            objects: [virtualService([{ ...PAYMENT, timeout: 15 }])],
            violations: [`${HTTP}[0].timeout: 15 is no duration; ${REQUIRED}`],
        },
        "a timeout for each try alone": {
            objects: [
                virtualService([{ ...PAYMENT, retries: { attempts: 2, perTryTimeout: "1s" } }]),
            ],
            violations: [`${HTTP}[0].timeout: no timeout; ${REQUIRED}`],
        },
    },
    unknown: {
        "one timeout beside none": {
            objects: [virtualService([{ ...PAYMENT, timeout: UNKNOWN }, PAYMENT])],
            violations: [`${HTTP}[1].timeout: no timeout; ${REQUIRED}`],
            advisories: [unknownAt(`${HTTP}[0].timeout`)],
        },
        "all routes": { objects: [virtualService(UNKNOWN)], advisories: [unknownAt(HTTP)] },
    },
    nearMiss: {
        "routes that send nothing on": {
            objects: [
                virtualService([
                    { redirect: { uri: "/" } },
                    { directResponse: { status: 404 } },
                    { match: [{ uri: { prefix: "/" } }], delegate: { name: "payment-fault" } },
                ]),
            ],
        },
        TCP: { objects: [virtualService(undefined, { tcp: [PAYMENT] })] },
        "a delegate, which another rule judges": { objects: [delegate([PAYMENT])] },
    },
});
