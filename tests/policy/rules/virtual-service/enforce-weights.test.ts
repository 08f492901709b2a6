import { virtualServiceEnforceWeights } from "#policy/rules/virtual-service/enforce-weights.ts";
import { UNKNOWN } from "../../manifests.ts";
import { delegate, PAYMENT, unknownAt, virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

/** A route with a destination for each weight; `undefined` leaves it out. */
const shared = (...weights: unknown[]): object => ({
    route: weights.map((weight, index) => ({
        destination: { host: "payment", subset: `v${index + 1}` },
        ...(weight !== undefined && { weight }),
    })),
});
const ROUTE = "VirtualService a4co/payment: spec.http[0].route";
const SUM = "weights that sum to 100 are required";
const WHOLE = "a whole number from 0 to 100 is required";

describeRule(virtualServiceEnforceWeights, {
    compliant: {
        "90 and 10": { objects: [virtualService([shared(90, 10)])] },
        "everything and nothing, the zero written or not": {
            objects: [virtualService([shared(100, 0), shared(undefined, 100)])],
        },
        "three over TCP, two over TLS": {
            objects: [virtualService([], { tcp: [shared(34, 33, 33)], tls: [shared(1, 99)] })],
        },
    },
    violating: {
        "more than all": {
            objects: [virtualService([shared(100, 10)])],
            violations: [`${ROUTE}: the weights 100, 10 sum to 110; ${SUM}`],
        },
        "less than all, in a delegate": {
            objects: [delegate([shared(2, 1)])],
            violations: [
                `VirtualService a4co/payment-fault: spec.http[0].route: the weights 2, 1 sum to 3; ${SUM}`,
            ],
        },
        "one that was forgotten": {
            objects: [virtualService([shared(90, undefined)])],
            violations: [`${ROUTE}: the weights 90, 0 sum to 90; ${SUM}`],
        },
        "nothing for anybody": {
            objects: [virtualService([shared(0, 0)])],
            violations: [`${ROUTE}: no destination has a weight: Istio refuses the route; ${SUM}`],
        },
        "no weights at all, over TCP": {
            objects: [virtualService([], { tcp: [shared(undefined, undefined)] })],
            violations: [
                `VirtualService a4co/payment: spec.tcp[0].route: no destination has a weight: Istio refuses the route; ${SUM}`,
            ],
        },
        "what is no percentage, although the sum is 100": {
            objects: [
                virtualService([shared(-10, 110), shared(33.5, 66.5)], {
                    tls: [shared("all", 100)],
                }),
            ],
            violations: [
                `${ROUTE}[0].weight: -10 is no percentage; ${WHOLE}`,
                `${ROUTE}[1].weight: 110 is no percentage; ${WHOLE}`,
                `VirtualService a4co/payment: spec.http[1].route[0].weight: 33.5 is no percentage; ${WHOLE}`,
                `VirtualService a4co/payment: spec.http[1].route[1].weight: 66.5 is no percentage; ${WHOLE}`,
                `VirtualService a4co/payment: spec.tls[0].route[0].weight: all is no percentage; ${WHOLE}`,
            ],
        },
        "a list": {
            objects: [virtualService([shared([50], 50)])],
            violations: [`${ROUTE}[0].weight: this is no percentage; ${WHOLE}`],
        },
    },
    unknown: {
        "one weight beside one that is too great, and another route": {
            objects: [virtualService([shared(UNKNOWN, 110), shared(90, 20)])],
            violations: [
                `${ROUTE}[1].weight: 110 is no percentage; ${WHOLE}`,
                `VirtualService a4co/payment: spec.http[1].route: the weights 90, 20 sum to 110; ${SUM}`,
            ],
            advisories: [unknownAt(`${ROUTE}[0].weight`)],
        },
        "the destinations": {
            objects: [virtualService([{ route: UNKNOWN }])],
            advisories: [unknownAt(ROUTE)],
        },
    },
    nearMiss: {
        "one destination, whatever its weight": {
            objects: [virtualService([PAYMENT, shared(0), shared(40)])],
        },
        "two routes of 100 each": { objects: [virtualService([shared(100), shared(100)])] },
        "a share of copies": {
            objects: [
                virtualService([
                    {
                        ...shared(90, 10),
                        mirror: { host: "payment" },
                        mirrorPercentage: { value: 150 },
                    },
                ]),
            ],
        },
        "a redirect": { objects: [virtualService([{ redirect: { uri: "/" } }])] },
    },
});
