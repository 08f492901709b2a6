import { destinationRuleEnforceConnectionPool } from "#policy/rules/destination-rule/enforce-connection-pool.ts";
import { UNKNOWN } from "../../manifests.ts";
import { destinationRule, PAYMENT, to, unknownAt, virtualService } from "../../networking.ts";
import { describeRule } from "../../support.ts";

const limits = (http2MaxRequests: unknown): object => ({
    connectionPool: { http: { http2MaxRequests } },
});
const POLICY = "DestinationRule a4co/payment: spec.trafficPolicy";
const NONE = "no connection pool; limits are required for a host with routes";
const ALLOWED = "a limit is required for a host with HTTP routes";
const FULL = "payment.a4co.svc.cluster.local";

describeRule(destinationRuleEnforceConnectionPool, {
    compliant: {
        "a limit for the host's short name": {
            objects: [
                virtualService([to(FULL)]),
                destinationRule({ trafficPolicy: limits(50) }, "payment"),
            ],
        },
        "a limit in the subset that is routed to": {
            objects: [
                virtualService([to("payment", { subset: "v1" })]),
                destinationRule({ subsets: [{ name: "v1", trafficPolicy: limits(50) }] }),
            ],
        },
        "a limit on the port that is routed to": {
            objects: [
                virtualService([to("payment", { port: { number: 3006 } })]),
                destinationRule({
                    trafficPolicy: {
                        portLevelSettings: [{ port: { number: 3006 }, ...limits(50) }],
                    },
                }),
            ],
        },
        "a limit on the only port, which the route does not name": {
            objects: [
                virtualService([PAYMENT]),
                destinationRule({
                    trafficPolicy: {
                        portLevelSettings: [{ port: { number: 3006 }, ...limits(50) }],
                    },
                }),
            ],
        },
        "connections for TCP": {
            objects: [
                virtualService(undefined, { tcp: [PAYMENT], tls: [PAYMENT] }),
                destinationRule({
                    trafficPolicy: { connectionPool: { tcp: { maxConnections: 100 } } },
                }),
            ],
        },
    },
    violating: {
        "no pool": {
            objects: [virtualService([PAYMENT]), destinationRule({ trafficPolicy: {} })],
            violations: [`${POLICY}.connectionPool: ${NONE}`],
        },
        "limits that reject nothing": {
            objects: [
                virtualService([PAYMENT]),
                destinationRule({
                    trafficPolicy: {
                        connectionPool: {
                            tcp: { maxConnections: 1 },
                            http: { http1MaxPendingRequests: 1 },
                        },
                    },
                }),
            ],
            violations: [`${POLICY}.connectionPool.http.http2MaxRequests: no limit; ${ALLOWED}`],
        },
        "the greatest number there is": {
            objects: [
                virtualService([PAYMENT]),
                destinationRule({ trafficPolicy: limits(2147483647) }),
            ],
            violations: [
                `${POLICY}.connectionPool.http.http2MaxRequests: 2147483647 is no limit; ${ALLOWED}`,
            ],
        },
        "a port that inherits nothing": {
            objects: [
                virtualService([to("payment", { port: { number: 3006 } })]),
                destinationRule({
                    trafficPolicy: {
                        ...limits(50),
                        portLevelSettings: [{ port: { number: 3006 }, outlierDetection: {} }],
                    },
                }),
            ],
            violations: [`${POLICY}.portLevelSettings[0].connectionPool: ${NONE}`],
        },
        "a subset whose own pool has no limit": {
            objects: [
                virtualService([to("payment", { subset: "v1" })]),
                destinationRule({
                    trafficPolicy: limits(50),
                    subsets: [{ name: "v1", trafficPolicy: { connectionPool: { http: {} } } }],
                }),
            ],
            violations: [
                `DestinationRule a4co/payment: spec.subsets[0].trafficPolicy.connectionPool.http.http2MaxRequests: no limit; ${ALLOWED}`,
            ],
        },
        "no connections for TCP, in a rule for the whole namespace": {
            objects: [
                virtualService(undefined, { tcp: [PAYMENT] }),
                destinationRule({ trafficPolicy: limits(50) }, "*.a4co.svc.cluster.local"),
            ],
            violations: [
                `${POLICY}.connectionPool.tcp.maxConnections: no limit; a limit is required for a host with TCP routes`,
            ],
        },
    },
    unknown: {
        "the limit": {
            objects: [
                virtualService([PAYMENT]),
                destinationRule({ trafficPolicy: limits(UNKNOWN) }),
            ],
            advisories: [unknownAt(`${POLICY}.connectionPool.http.http2MaxRequests`)],
        },
        "one route beside another one": {
            objects: [
                virtualService([{ route: UNKNOWN }, PAYMENT]),
                destinationRule({ trafficPolicy: {} }),
            ],
            violations: [`${POLICY}.connectionPool: ${NONE}`],
            advisories: [unknownAt("VirtualService a4co/payment: spec.http[0].route")],
        },
        "the host of the rule": {
            objects: [virtualService([PAYMENT]), destinationRule({ trafficPolicy: {} }, UNKNOWN)],
            advisories: [unknownAt("DestinationRule a4co/payment: spec.host")],
        },
    },
    nearMiss: {
        "a host without routes": {
            objects: [virtualService([PAYMENT]), destinationRule({ trafficPolicy: {} }, "nats")],
        },
        "another host of that name": {
            objects: [
                virtualService([to("payment.other.svc.cluster.local")]),
                destinationRule({ trafficPolicy: {} }),
            ],
        },
    },
});
