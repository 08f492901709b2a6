import type { Mutation } from "./mutation.ts";

const DENY_ALL = "baseline-deny-all";
const INTO_ORDER = "order-service-allow-gateway-to-order";
const INTO_PAYMENT = "payment-service-allow-order-to-payment";
const INTO_INVENTORY = "inventory-service-allow-payment-to-inventory";

const SOURCE = ["spec", "rules", 0, "from", 0, "source"];
const OPERATION = ["spec", "rules", 0, "to", 0, "operation"];

const POLICY = "istio-authorization-policy";
const KNOWN = `${POLICY}-enforce-known-principals`;
const DENIAL = "istio-namespace-enforce-deny-by-default";

const denial: readonly Mutation[] = [
    { what: "deny-all is gone", resource: DENY_ALL, caughtBy: DENIAL },
    {
        what: "deny-all holds for one workload",
        program: "dev",
        resource: DENY_ALL,
        at: ["spec", "selector"],
        to: { matchLabels: { app: "payment-service" } },
        caughtBy: DENIAL,
    },
    {
        what: "deny-all is only tried out",
        resource: DENY_ALL,
        at: ["metadata", "annotations"],
        to: { "istio.io/dry-run": "true" },
        caughtBy: [DENIAL, `${POLICY}-disallow-dry-run`],
    },
    {
        what: "payment-service's ALLOW is a DENY by path",
        resource: INTO_PAYMENT,
        at: ["spec", "action"],
        to: "DENY",
        caughtBy: `${POLICY}-disallow-deny-by-path`,
    },
    {
        what: "inventory-service's ALLOW is a DENY by path",
        program: "dev",
        resource: INTO_INVENTORY,
        at: ["spec", "action"],
        to: "DENY",
        caughtBy: `${POLICY}-disallow-deny-by-path`,
    },
];

const callers: readonly Mutation[] = [
    {
        what: "everybody may call payment-service",
        resource: INTO_PAYMENT,
        at: ["spec", "rules", 0, "from"],
        caughtBy: `${POLICY}-enforce-source`,
    },
    {
        what: "everybody may call nats",
        resource: "nats-allow-order-to-nats",
        at: SOURCE,
        to: {},
        caughtBy: `${POLICY}-enforce-source`,
    },
    {
        what: "every identity may call payment-service",
        resource: INTO_PAYMENT,
        at: [...SOURCE, "principals", 0],
        to: "*",
        caughtBy: `${POLICY}-disallow-wildcard-source`,
    },
    {
        what: "the whole namespace may call inventory-service, by a pattern",
        resource: INTO_INVENTORY,
        at: [...SOURCE, "principals", 0],
        to: "cluster.local/ns/a4co/*",
        caughtBy: `${POLICY}-disallow-wildcard-source`,
    },
    {
        what: "every namespace may call order-service",
        resource: INTO_ORDER,
        at: SOURCE,
        to: { namespaces: ["*"] },
        caughtBy: `${POLICY}-disallow-wildcard-source`,
    },
    {
        what: "the whole mesh may call order-service, by its trust domain",
        resource: INTO_ORDER,
        at: SOURCE,
        to: { trustDomains: ["cluster.local"] },
        caughtBy: `${POLICY}-disallow-wildcard-source`,
    },
    {
        what: "payment-service asks for tokens that nobody accepts",
        resource: INTO_PAYMENT,
        at: SOURCE,
        to: { requestPrincipals: ["https://idp.example.com/*"] },
        caughtBy: `${POLICY}-enforce-known-issuer`,
    },
    {
        what: "everybody but inventory-service may call payment-service",
        resource: INTO_PAYMENT,
        at: SOURCE,
        to: { notPrincipals: ["cluster.local/ns/a4co/sa/inventory-service"] },
        caughtBy: `${POLICY}-disallow-negative-allow`,
    },
    {
        what: "the gateway may call every path of order-service but one",
        resource: INTO_ORDER,
        at: OPERATION,
        to: { methods: ["GET"], notPaths: ["/orders/admin"] },
        caughtBy: `${POLICY}-disallow-negative-allow`,
    },
    {
        what: "the gateway's principal is misspelt",
        resource: INTO_ORDER,
        at: [...SOURCE, "principals", 0],
        to: "cluster.local/ns/istio-system/sa/istio-ingresgateway",
        caughtBy: KNOWN,
    },
    {
        what: "the gateway runs as another account",
        resource: "platform-gateway",
        at: ["values", "serviceAccount", "name"],
        to: "edge",
        caughtBy: KNOWN,
    },
    {
        what: "order-service's account is gone",
        resource: "order-service-service-account",
        caughtBy: KNOWN,
    },
    {
        what: "payment-service's caller is of another trust domain",
        program: "dev",
        resource: INTO_PAYMENT,
        at: [...SOURCE, "principals", 0],
        to: "corp.example/ns/a4co/sa/order-service",
        caughtBy: KNOWN,
    },
];

const operations: readonly Mutation[] = [
    {
        what: "order-service may post to payment-service in lower case",
        resource: INTO_PAYMENT,
        at: [...OPERATION, "methods", 0],
        to: "post",
        caughtBy: `${POLICY}-disallow-unmatchable-value`,
    },
    {
        what: "payment-service's policy is attached to its Service, without a waypoint",
        resource: INTO_PAYMENT,
        at: ["spec", "targetRefs"],
        to: [{ kind: "Service", name: "payment-service" }],
        caughtBy: `${POLICY}-enforce-waypoint`,
    },
    {
        what: "the namespace's policies are ztunnel's to enforce",
        resource: "platform-application-namespace",
        at: ["metadata", "labels"],
        to: { "istio.io/dataplane-mode": "ambient" },
        caughtBy: `${POLICY}-disallow-http-at-ztunnel`,
    },
    {
        what: "order-service may do everything in payment-service",
        resource: INTO_PAYMENT,
        at: ["spec", "rules", 0, "to"],
        caughtBy: `${POLICY}-enforce-paths-and-methods`,
    },
    {
        what: "the gateway may use every method of order-service",
        resource: INTO_ORDER,
        at: [...OPERATION, "methods"],
        caughtBy: `${POLICY}-enforce-paths-and-methods`,
    },
    {
        what: "payment-service may call every path of inventory-service",
        resource: INTO_INVENTORY,
        at: [...OPERATION, "paths", 0],
        to: "/*",
        caughtBy: `${POLICY}-enforce-paths-and-methods`,
    },
    {
        what: "payment-service's port is let in as if it were TCP",
        resource: INTO_PAYMENT,
        at: OPERATION,
        to: { ports: ["3006"] },
        caughtBy: `${POLICY}-disallow-http-by-port`,
    },
    {
        what: "nats speaks HTTP",
        program: "dev",
        resource: "nats-service",
        at: ["spec", "ports", 0, "appProtocol"],
        to: "http",
        caughtBy: `${POLICY}-disallow-http-by-port`,
    },
];

/** Weakenings of who may call whom, and what for. */
export const authorization: readonly Mutation[] = [...denial, ...callers, ...operations];
