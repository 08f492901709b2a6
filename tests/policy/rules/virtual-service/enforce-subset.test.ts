import { virtualServiceEnforceSubset } from "#policy/rules/virtual-service/enforce-subset.ts";
import { UNKNOWN } from "../../manifests.ts";
import type { Manifest } from "../../manifests.ts";
import {
    delegate,
    destinationRule,
    PAYMENT,
    service,
    serviceEntry,
    to,
    unknownAt,
    virtualService,
} from "../../networking.ts";
import { describeRule } from "../../support.ts";

const HOST = "payment.a4co.svc.cluster.local";
const SERVICE = "VirtualService a4co/payment";
const ROUTE = `${SERVICE}: spec.http[0].route[0].destination.subset`;
const V1 = to("payment", { subset: "v1" });
const V2 = to("payment", { subset: "v2" });

const defining = (names: readonly unknown[], host: unknown = "payment"): Manifest =>
    destinationRule({ subsets: names.map((name) => ({ name, labels: { version: name } })) }, host);
const only = (host: string, subset: string, allowed: string): string =>
    `${host} has no subset ${subset}; ${allowed} is allowed`;
const REQUIRED = "a DestinationRule that defines it is required";

describeRule(virtualServiceEnforceSubset, {
    compliant: {
        "a subset of the host, short and in full": {
            objects: [
                virtualService([V1, to(HOST, { subset: "v2" })]),
                defining(["v1", "v2"], HOST),
            ],
        },
        "subsets of two rules for one host, which Istio merges": {
            objects: [virtualService([V1, V2]), defining(["v1"]), defining(["v2"], HOST)],
        },
        "a rule for the whole namespace": {
            objects: [virtualService([V1]), defining(["v1"], "*.a4co.svc.cluster.local")],
        },
        "a delegate, and copies": {
            objects: [
                delegate([{ ...V1, mirrors: [{ destination: { host: HOST, subset: "v2" } }] }]),
                defining(["v1", "v2"]),
            ],
        },
    },
    violating: {
        "a subset that the rule does not define, named twice": {
            objects: [virtualService([V2, V2]), defining(["v1"])],
            violations: [`${ROUTE}: ${only(HOST, "v2", "only v1")}`],
        },
        "another case": {
            objects: [
                virtualService([to("payment", { subset: "Canary" })]),
                defining(["v1", "canary"]),
            ],
            violations: [`${ROUTE}: ${only(HOST, "Canary", "one of v1, canary")}`],
        },
        "a version without traffic": {
            objects: [
                virtualService([
                    {
                        route: [
                            { destination: { host: "payment", subset: "v1" }, weight: 100 },
                            { destination: { host: "payment", subset: "v2" }, weight: 0 },
                        ],
                    },
                ]),
                defining(["v1"]),
            ],
            violations: [
                `${SERVICE}: spec.http[0].route[1].destination.subset: ${only(HOST, "v2", "only v1")}`,
            ],
        },
        "TCP, TLS, a mirror and one of several": {
            objects: [
                virtualService(
                    [
                        {
                            ...V1,
                            mirror: { host: "payment", subset: "v4" },
                            mirrors: [
                                { destination: { host: "payment", subset: "v1" } },
                                { destination: { host: "payment", subset: "v5" } },
                            ],
                        },
                    ],
                    { tcp: [V2], tls: [to("payment", { subset: "v3" })] },
                ),
                defining(["v1"]),
            ],
            violations: [
                `${SERVICE}: spec.tcp[0].route[0].destination.subset: ${only(HOST, "v2", "only v1")}`,
                `${SERVICE}: spec.tls[0].route[0].destination.subset: ${only(HOST, "v3", "only v1")}`,
                `${SERVICE}: spec.http[0].mirror.subset: ${only(HOST, "v4", "only v1")}`,
                `${SERVICE}: spec.http[0].mirrors[1].destination.subset: ${only(HOST, "v5", "only v1")}`,
            ],
        },
        "a delegate to what is defined for another service": {
            objects: [delegate([V1]), defining(["v1"], "order")],
            violations: [
                `VirtualService a4co/payment-fault: spec.http[0].route[0].destination.subset: ${HOST} has no subset v1; ${REQUIRED}`,
            ],
        },
        "a rule without subsets": {
            objects: [virtualService([V1]), destinationRule({})],
            violations: [`${ROUTE}: ${HOST} has no subset v1; ${REQUIRED}`],
        },
        "a subset of a wildcard beside a rule for the host, which alone is read": {
            objects: [
                virtualService([V2]),
                defining(["v1"]),
                defining(["v2"], "*.a4co.svc.cluster.local"),
            ],
            violations: [`${ROUTE}: ${only(HOST, "v2", "only v1")}`],
        },
        "a subset of the wider of two wildcards": {
            objects: [
                virtualService([V2]),
                defining(["v1"], "*.a4co.svc.cluster.local"),
                defining(["v2"], "*.svc.cluster.local"),
            ],
            violations: [`${ROUTE}: ${only(HOST, "v2", "only v1")}`],
        },
        "services of this stack in another namespace, and outside": {
            objects: [
                virtualService([
                    to("order.shop.svc.cluster.local", { subset: "v1" }),
                    to("api.bank.example", { subset: "eu" }),
                ]),
                service("shop/order", "order"),
                serviceEntry(["*.bank.example"]),
            ],
            violations: [
                `${ROUTE}: order.shop.svc.cluster.local has no subset v1; ${REQUIRED}`,
                `${SERVICE}: spec.http[1].route[0].destination.subset: api.bank.example has no subset eu; ${REQUIRED}`,
            ],
        },
        "a service of another stack, of which this one defines other subsets": {
            objects: [
                virtualService([to("order.shop.svc.cluster.local", { subset: "v2" })]),
                defining(["v1"], "order.shop.svc.cluster.local"),
            ],
            violations: [`${ROUTE}: ${only("order.shop.svc.cluster.local", "v2", "only v1")}`],
        },
    },
    unknown: {
        "the subsets": {
            objects: [virtualService([V1]), destinationRule({ subsets: UNKNOWN })],
            advisories: [unknownAt("DestinationRule a4co/payment: spec.subsets")],
        },
        "the name of one, beside one that is known": {
            objects: [virtualService([V1, V2]), defining([UNKNOWN, "v1"])],
            advisories: [unknownAt("DestinationRule a4co/payment: spec.subsets[0].name")],
        },
        "whose subsets they are": {
            objects: [virtualService([V1]), defining(["v1"], UNKNOWN)],
            advisories: [unknownAt("DestinationRule a4co/payment: spec.host")],
        },
        "a host whose rule has no such subset anyway": {
            objects: [
                virtualService([to(UNKNOWN, { subset: "v1" }), V2]),
                defining(["v1"], UNKNOWN),
            ],
            violations: [
                `${SERVICE}: spec.http[1].route[0].destination.subset: ${HOST} has no subset v2; ${REQUIRED}`,
            ],
            advisories: [unknownAt(`${SERVICE}: spec.http[0].route[0].destination.host`)],
        },
        "a mirror beside a route, and another mirror": {
            objects: [
                virtualService([
                    {
                        ...V2,
                        mirror: UNKNOWN,
                        mirrors: [{ destination: { host: "payment", subset: "v3" } }],
                    },
                ]),
                defining(["v1"]),
            ],
            violations: [
                `${ROUTE}: ${only(HOST, "v2", "only v1")}`,
                `${SERVICE}: spec.http[0].mirrors[0].destination.subset: ${only(HOST, "v3", "only v1")}`,
            ],
            advisories: [unknownAt(`${SERVICE}: spec.http[0].mirror`)],
        },
    },
    nearMiss: {
        "a host without a subset": { objects: [virtualService([PAYMENT]), defining(["v1"])] },
        "an empty subset": { objects: [virtualService([to("payment", { subset: "" })])] },
        "a subset of a service of another stack": {
            objects: [
                virtualService([to("order.shop.svc.cluster.local", { subset: "v1" })]),
                destinationRule({}, "order.shop.svc.cluster.local"),
            ],
        },
        "a subset that no route names": { objects: [virtualService([V1]), defining(["v1", "v2"])] },
        "a route that delegates to what is not there": {
            objects: [virtualService([{ delegate: { name: "experiment" } }])],
        },
    },
});
