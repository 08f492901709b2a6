import type { Mutation } from "./mutation.ts";

const ROUTES = "order-service-virtual-service";
const RULE = "order-service-destination-rule";
const DEPLOYMENT = "order-service-deployment-canary";
const TEMPLATE = ["spec", "template"];
const CONTAINER = [...TEMPLATE, "spec", "containers", 0];
/** Places of the two routes that the canary's header leads to, behind what is hidden and tried out. */
const [IDEMPOTENT, REST] = [
    ["spec", "http", 2],
    ["spec", "http", 3],
] as const;
/** Place of the route that shares the other requests out: first v1, then the canary. */
const SHARED = ["spec", "http", 5];
const SUBSET = "istio-virtual-service-enforce-subset";
const WEIGHTS = "istio-virtual-service-enforce-weights";

/** How a canary takes its requests, and what it runs. */
export const canary: readonly Mutation[] = [
    {
        what: "requests with the canary's header have no timeout",
        program: "canaries",
        resource: ROUTES,
        at: [...REST, "timeout"],
        caughtBy: "istio-virtual-service-enforce-timeout",
    },
    {
        what: "every order with the canary's header is tried again on 5xx",
        program: "canaries",
        resource: ROUTES,
        at: [...REST, "retries", "retryOn"],
        to: "5xx,connect-failure",
        caughtBy: "istio-virtual-service-disallow-unsafe-retries",
    },
    {
        what: "POST counts as idempotent for the canary",
        program: "canaries",
        resource: ROUTES,
        at: [...IDEMPOTENT, "match", 0, "method", "regex"],
        to: "GET|POST",
        caughtBy: "istio-virtual-service-disallow-unsafe-retries",
    },
    {
        what: "requests with the canary's header leave their retries to Istio",
        program: "canaries",
        resource: ROUTES,
        at: [...REST, "retries"],
        caughtBy: "istio-virtual-service-configure-retries",
    },
    {
        what: "the canary fails on purpose in production",
        program: "canaries",
        resource: ROUTES,
        at: [...REST, "fault"],
        to: { abort: { httpStatus: 500, percentage: { value: 1 } } },
        caughtBy: "istio-virtual-service-disallow-faults",
    },
    {
        what: "callers of the canary send plaintext",
        program: "canaries",
        resource: RULE,
        at: ["spec", "subsets", 1, "trafficPolicy"],
        to: { tls: { mode: "DISABLE" } },
        caughtBy: "istio-destination-rule-disallow-plaintext",
    },
    {
        what: "the canary ejects nobody, having one replica",
        program: "canaries",
        resource: DEPLOYMENT,
        at: ["spec", "replicas"],
        to: 1,
        caughtBy: "istio-destination-rule-configure-ejection-share",
    },
    {
        what: "the canary is whatever was pushed last",
        program: "canaries",
        resource: DEPLOYMENT,
        at: [...CONTAINER, "image"],
        to: "ghcr.io/a4co/order-service:latest",
        caughtBy: ["istio-workload-configure-image-digest", "istio-workload-disallow-floating-tag"],
    },
    {
        what: "the canary's subset is gone before its routes",
        program: "canaries",
        resource: RULE,
        at: ["spec", "subsets"],
        to: [{ name: "v1", labels: { version: "v1" } }],
        caughtBy: SUBSET,
    },
    {
        what: "the canary's header leads to a subset that is written otherwise",
        program: "canaries",
        resource: ROUTES,
        at: [...REST, "route", 0, "destination", "subset"],
        to: "Canary",
        caughtBy: SUBSET,
    },
    {
        what: "a version that nobody has declared gets copies of the orders",
        program: "canaries",
        resource: ROUTES,
        at: [...SHARED, "mirror"],
        to: { host: "order-service", subset: "v2" },
        caughtBy: SUBSET,
    },
    {
        what: "order-service becomes a delegate to a version that nobody has declared",
        program: "canaries",
        resource: ROUTES,
        at: ["spec"],
        to: {
            http: [
                {
                    route: [{ destination: { host: "order-service", subset: "v2" } }],
                    timeout: "10s",
                    retries: { attempts: 0 },
                },
            ],
        },
        caughtBy: SUBSET,
    },
    {
        what: "the canary gets 10 beside 100",
        program: "canaries",
        resource: ROUTES,
        at: [...SHARED, "route", 0, "weight"],
        to: 100,
        caughtBy: WEIGHTS,
    },
    {
        what: "the canary's weight is forgotten",
        program: "canaries",
        resource: ROUTES,
        at: [...SHARED, "route", 1, "weight"],
        caughtBy: WEIGHTS,
    },
    {
        what: "weights of order-service count thousandths",
        program: "canaries",
        resource: ROUTES,
        at: [...SHARED, "route", 0, "weight"],
        to: 900,
        caughtBy: WEIGHTS,
    },
];
