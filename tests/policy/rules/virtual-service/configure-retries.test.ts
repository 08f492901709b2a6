import { virtualServiceConfigureRetries } from "#policy/rules/virtual-service/configure-retries.ts";
import { UNKNOWN } from "../../manifests.ts";
import { delegate, PAYMENT, unknownAt, virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const HTTP = "VirtualService a4co/payment: spec.http";
const FINDING =
    "none are stated, so Istio's default of 2 holds; attempts should be stated for a POST or PATCH, 0 for none";

describeRule(virtualServiceConfigureRetries, {
    compliant: {
        "none, said": { objects: [virtualService([{ ...PAYMENT, retries: { attempts: 0 } }])] },
    },
    violating: {
        "nothing said on the second route": {
            objects: [
                virtualService([
                    { ...PAYMENT, match: [{ uri: { prefix: "/a" } }], retries: { attempts: 0 } },
                    PAYMENT,
                ]),
            ],
            violations: [`${HTTP}[1].retries: ${FINDING}`],
        },
    },
    unknown: {
        "one route beside another one": {
            objects: [
                virtualService([
                    { ...PAYMENT, match: [{ uri: { prefix: "/a" } }], retries: UNKNOWN },
                    PAYMENT,
                ]),
            ],
            violations: [`${HTTP}[1].retries: ${FINDING}`],
            advisories: [unknownAt(`${HTTP}[0].retries`)],
        },
    },
    nearMiss: {
        "requests that are safe to repeat": {
            objects: [virtualService([{ ...PAYMENT, match: [{ method: { exact: "GET" } }] }])],
        },
        "routes that send nothing on": { objects: [virtualService([{ redirect: { uri: "/" } }])] },
        "a route that delegates to what is not there": {
            objects: [
                virtualService([
                    { match: [{ uri: { prefix: "/" } }], delegate: { name: "experiment" } },
                ]),
            ],
        },
        "a delegate, which may have its route's": { objects: [delegate([PAYMENT])] },
    },
});
