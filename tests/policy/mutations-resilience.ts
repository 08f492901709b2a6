import type { Mutation } from "./mutation.ts";

const RULE = "istio-virtual-service-enforce-destination-rule";
const SUBSET = "istio-virtual-service-enforce-subset";
const POOL = "istio-destination-rule-enforce-connection-pool";
const OUTLIER = "istio-destination-rule-enforce-outlier-detection";
const REMOVED = "istio-destination-rule-disallow-removed-fields";
const SHARE = "istio-destination-rule-configure-ejection-share";
const TIMEOUT = "istio-virtual-service-enforce-timeout";
const DELEGATE_TIMEOUT = "istio-virtual-service-enforce-delegate-timeout";
const BUDGET = "istio-virtual-service-configure-retry-budget";
const UNSAFE = "istio-virtual-service-disallow-unsafe-retries";
const DELEGATE_RETRIES = "istio-virtual-service-disallow-unsafe-delegate-retries";
const RETRIES = "istio-virtual-service-configure-retries";
const DEFAULT_RETRIES = "istio-release-disallow-unsafe-default-retries";
const FAULTS = "istio-virtual-service-disallow-faults";
const TRAFFIC_POLICY = ["spec", "trafficPolicy"];
const HTTP = ["spec", "http"];
const MESH_CONFIG = ["values", "meshConfig"];

/** A VirtualService that others delegate to, with one route. */
function delegateTo(service: string, timeout: string | undefined, retries: object): object {
    const host = `${service}.a4co.svc.cluster.local`;
    return { http: [{ route: [{ destination: { host } }], timeout, retries }] };
}

const breakers: readonly Mutation[] = [
    {
        what: "order-service has no DestinationRule",
        resource: "order-service-destination-rule",
        caughtBy: [RULE, SUBSET],
    },
    {
        what: "payment-service's DestinationRule is for a host of another namespace",
        resource: "payment-service-destination-rule",
        at: ["spec", "host"],
        to: "payment-service.shop.svc.cluster.local",
        caughtBy: [RULE, SUBSET],
    },
    {
        what: "order-service has no connection pool",
        resource: "order-service-destination-rule",
        at: [...TRAFFIC_POLICY, "connectionPool"],
        caughtBy: POOL,
    },
    {
        what: "payment-service has no limit that rejects",
        resource: "payment-service-destination-rule",
        at: [...TRAFFIC_POLICY, "connectionPool", "http", "http2MaxRequests"],
        caughtBy: POOL,
    },
    {
        what: "inventory-service has no outlier detection",
        resource: "inventory-service-destination-rule",
        at: [...TRAFFIC_POLICY, "outlierDetection"],
        caughtBy: OUTLIER,
    },
    {
        what: "payment-service counts no errors",
        resource: "payment-service-destination-rule",
        at: [...TRAFFIC_POLICY, "outlierDetection", "consecutive5xxErrors"],
        to: 0,
        caughtBy: OUTLIER,
    },
    {
        what: "order-service counts errors by the removed field",
        resource: "order-service-destination-rule",
        at: [...TRAFFIC_POLICY, "outlierDetection"],
        to: { consecutiveErrors: 5, interval: "30s", maxEjectionPercent: 50 },
        caughtBy: REMOVED,
    },
    {
        what: "payment-service's v1 counts errors by the removed field",
        resource: "payment-service-destination-rule",
        at: ["spec", "subsets", 0, "trafficPolicy"],
        to: { outlierDetection: { consecutiveErrors: 3, maxEjectionPercent: 30 } },
        caughtBy: REMOVED,
    },
    {
        what: "payment-service has three replicas for 30 %",
        resource: "payment-service-deployment-v1",
        at: ["spec", "replicas"],
        to: 3,
        caughtBy: SHARE,
    },
    {
        what: "order-service has no ejection share",
        resource: "order-service-destination-rule",
        at: [...TRAFFIC_POLICY, "outlierDetection", "maxEjectionPercent"],
        caughtBy: SHARE,
    },
    {
        what: "order-service undoes its ejections",
        resource: "order-service-destination-rule",
        at: [...TRAFFIC_POLICY, "outlierDetection", "minHealthPercent"],
        to: 60,
        caughtBy: SHARE,
    },
];

const routes: readonly Mutation[] = [
    {
        what: "orders have no timeout",
        resource: "order-service-virtual-service",
        at: [...HTTP, 3, "timeout"],
        caughtBy: TIMEOUT,
    },
    {
        what: "idempotent payments have a timeout that is off",
        resource: "payment-service-virtual-service",
        at: [...HTTP, 1, "timeout"],
        to: "0s",
        caughtBy: TIMEOUT,
    },
    {
        what: "inventory becomes a delegate without a timeout",
        resource: "inventory-service-virtual-service",
        at: ["spec"],
        to: delegateTo("inventory-service", undefined, { attempts: 0 }),
        caughtBy: DELEGATE_TIMEOUT,
    },
    {
        what: "payments become a delegate whose timeout is off",
        resource: "payment-service-virtual-service",
        at: ["spec"],
        to: delegateTo("payment-service", "0s", { attempts: 0 }),
        caughtBy: DELEGATE_TIMEOUT,
    },
    {
        what: "tries of orders do not fit in their timeout",
        resource: "order-service-virtual-service",
        at: [...HTTP, 2, "retries", "perTryTimeout"],
        to: "5s",
        caughtBy: BUDGET,
    },
    {
        what: "tries of inventory end at their timeout",
        resource: "inventory-service-virtual-service",
        at: [...HTTP, 2, "retries", "perTryTimeout"],
        to: "1s",
        caughtBy: BUDGET,
    },
    {
        what: "every payment is tried again on 5xx",
        resource: "payment-service-virtual-service",
        at: [...HTTP, 2, "retries", "retryOn"],
        to: "5xx,connect-failure",
        caughtBy: UNSAFE,
    },
    {
        what: "POST counts as idempotent for orders",
        resource: "order-service-virtual-service",
        at: [...HTTP, 2, "match", 0, "method", "regex"],
        to: "GET|POST",
        caughtBy: UNSAFE,
    },
    {
        what: "an empty idempotency key is one",
        resource: "payment-service-virtual-service",
        at: [...HTTP, 1, "match", 1, "headers", "idempotency-key"],
        to: {},
        caughtBy: UNSAFE,
    },
    {
        what: "inventory becomes a delegate that tries all again on 5xx",
        resource: "inventory-service-virtual-service",
        at: ["spec"],
        to: delegateTo("inventory-service", "5s", { attempts: 3, retryOn: "5xx" }),
        caughtBy: DELEGATE_RETRIES,
    },
    {
        what: "payments become a delegate that tries all again on a reset",
        resource: "payment-service-virtual-service",
        at: ["spec"],
        to: delegateTo("payment-service", "15s", { attempts: 1, retryOn: "reset" }),
        caughtBy: DELEGATE_RETRIES,
    },
    {
        what: "payments leave their retries to Istio",
        resource: "payment-service-virtual-service",
        at: [...HTTP, 2, "retries"],
        caughtBy: RETRIES,
    },
    {
        what: "orders of dev leave their retries to Istio",
        program: "dev",
        resource: "order-service-virtual-service",
        at: [...HTTP, 3, "retries"],
        caughtBy: RETRIES,
    },
    {
        what: "the whole mesh tries again on 5xx",
        resource: "platform-istiod",
        at: [...MESH_CONFIG, "defaultHttpRetryPolicy"],
        to: { attempts: 2, retryOn: "5xx" },
        caughtBy: DEFAULT_RETRIES,
    },
    {
        what: "the whole mesh of dev tries again on 503",
        program: "dev",
        resource: "platform-istiod",
        at: [...MESH_CONFIG, "defaultHttpRetryPolicy"],
        to: { attempts: 1, retryOn: "connect-failure,503" },
        caughtBy: DEFAULT_RETRIES,
    },
];

const faults: readonly Mutation[] = [
    {
        what: "payments of production are delayed",
        resource: "payment-service-virtual-service",
        at: [...HTTP, 2, "fault"],
        to: { delay: { fixedDelay: "5s", percentage: { value: 0.1 } } },
        caughtBy: FAULTS,
    },
    {
        what: "half of the orders of dev fail",
        program: "dev",
        resource: "order-service-virtual-service",
        at: [...HTTP, 3, "fault", "abort", "percentage", "value"],
        to: 50,
        caughtBy: FAULTS,
    },
];

/** How services bear each other's failures. */
export const resilience: readonly Mutation[] = [...breakers, ...routes, ...faults];
