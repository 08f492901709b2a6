import { virtualServiceEnforceDestinationRule } from "#policy/rules/virtual-service/enforce-destination-rule.ts";
import { UNKNOWN } from "../../manifests.ts";
import {
    destinationRule,
    PAYMENT,
    service,
    serviceEntry,
    to,
    unknownAt,
    virtualService,
} from "../../networking.ts";
import { describeRule } from "../../support.ts";

const HTTP = "VirtualService a4co/payment: spec.http";
const missing = (host: string): string =>
    `${host} has no DestinationRule; one with connection pool and outlier detection is required`;

describeRule(virtualServiceEnforceDestinationRule, {
    compliant: {
        "the same host, short and in full": {
            objects: [
                virtualService([to("payment.a4co.svc.cluster.local"), PAYMENT]),
                destinationRule({}),
            ],
        },
        "a rule for the whole namespace": {
            objects: [virtualService([PAYMENT]), destinationRule({}, "*.a4co.svc.cluster.local")],
        },
    },
    violating: {
        "a host of its own namespace, named twice": {
            objects: [virtualService([PAYMENT, PAYMENT]), destinationRule({}, "order")],
            violations: [
                `${HTTP}[0].route[0].destination.host: ${missing("payment.a4co.svc.cluster.local")}`,
            ],
        },
        "a service of this stack in another namespace": {
            objects: [
                virtualService([to("order.shop.svc.cluster.local")]),
                service("shop/order", "order"),
            ],
            violations: [
                `${HTTP}[0].route[0].destination.host: ${missing("order.shop.svc.cluster.local")}`,
            ],
        },
        "a host outside that this stack declares, over TLS": {
            objects: [
                virtualService([], { tls: [to("api.bank.example")] }),
                serviceEntry(["*.bank.example"]),
            ],
            violations: [
                `VirtualService a4co/payment: spec.tls[0].route[0].destination.host: ${missing("api.bank.example")}`,
            ],
        },
    },
    unknown: {
        "the host of a rule": {
            objects: [virtualService([PAYMENT]), destinationRule({}, UNKNOWN)],
            advisories: [unknownAt("DestinationRule a4co/payment: spec.host")],
        },
        "one destination beside another one": {
            objects: [virtualService([to(UNKNOWN), PAYMENT])],
            violations: [
                `${HTTP}[1].route[0].destination.host: ${missing("payment.a4co.svc.cluster.local")}`,
            ],
            advisories: [unknownAt(`${HTTP}[0].route[0].destination.host`)],
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
        "a service of another stack": {
            objects: [virtualService([to("order.shop.svc.cluster.local")])],
        },
        "a redirect": { objects: [virtualService([{ redirect: { uri: "/" } }])] },
    },
});
