import { referenceEnforceHost } from "#policy/rules/reference/enforce-host.ts";
import { UNKNOWN } from "../../manifests.ts";
import { PAYMENT, service, serviceEntry, to, unknownAt, virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const HOST = "VirtualService a4co/payment: spec.http[0].route[0].destination.host";
const NONE = { hosts: ["pay.example.com"], gateways: ["edge/edge"] };

describeRule(referenceEnforceHost, {
    compliant: {
        "a Service": { objects: [virtualService([PAYMENT]), service("a4co/payment", "payment")] },
        "a ServiceEntry": {
            objects: [
                virtualService([to("api.bank.example")], NONE),
                serviceEntry(["*.bank.example"]),
            ],
        },
    },
    violating: {
        "no Service of that name": {
            objects: [virtualService([to("paymnet")], NONE), service("a4co/payment", "payment")],
            violations: [`${HOST}: there is no Service paymnet in a4co; the nearest is payment`],
        },
        "a misspelt host outside": {
            objects: [
                virtualService([to("api.bnak.example")], NONE),
                serviceEntry(["api.bank.example"]),
            ],
            violations: [
                `${HOST}: no ServiceEntry has the host api.bnak.example; the nearest is api.bank.example`,
            ],
        },
    },
    unknown: {
        "the host": {
            objects: [virtualService([to(UNKNOWN)], NONE), service("a4co/payment", "payment")],
            advisories: [unknownAt(HOST)],
        },
    },
    nearMiss: {
        "a namespace of another stack": {
            objects: [
                virtualService([to("paymnet.shop.svc.cluster.local")], NONE),
                service("a4co/payment", "payment"),
            ],
        },
        "a host outside that nobody declares": {
            objects: [virtualService([to("other.example")], NONE)],
        },
    },
});
