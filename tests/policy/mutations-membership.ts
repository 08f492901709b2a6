import type { Mutation } from "./mutation.ts";

const NAMESPACE = "platform-application-namespace";
const POD = ["spec", "template"];
const ACCOUNT = [...POD, "spec", "serviceAccountName"];

const KNOWN = "istio-authorization-policy-enforce-known-principals";
const SHARED = "istio-workload-disallow-shared-service-account";
const INJECTION = "istio-namespace-enforce-injection";
const OPT_OUT = "istio-workload-disallow-opt-out";
const CAPTURE = "istio-workload-disallow-capture-exclusion";
const OWN_ACCOUNT = "istio-workload-enforce-service-account";

/** Weakenings of who is in the mesh, and as whom. */
export const membership: readonly Mutation[] = [
    {
        what: "the application namespace has no injection",
        resource: NAMESPACE,
        at: ["metadata", "labels", "istio-injection"],
        caughtBy: INJECTION,
    },
    {
        what: "the application namespace's injection is a value that Istio does not know",
        resource: NAMESPACE,
        at: ["metadata", "labels", "istio-injection"],
        to: "true",
        caughtBy: INJECTION,
    },
    {
        what: "order-service declines its sidecar by label",
        resource: "order-service-deployment-v1",
        at: [...POD, "metadata", "labels", "sidecar.istio.io/inject"],
        to: "false",
        caughtBy: OPT_OUT,
    },
    {
        what: "payment-service declines its sidecar by annotation",
        resource: "payment-service-deployment-v1",
        at: [...POD, "metadata", "annotations", "sidecar.istio.io/inject"],
        to: "false",
        caughtBy: OPT_OUT,
    },
    {
        what: "inventory-service runs on the node's network",
        resource: "inventory-service-deployment-v1",
        at: [...POD, "spec", "hostNetwork"],
        to: true,
        caughtBy: OPT_OUT,
    },
    {
        what: "payment-service's port passes by its sidecar",
        resource: "payment-service-deployment-v1",
        at: [...POD, "metadata", "annotations", "traffic.sidecar.istio.io/excludeInboundPorts"],
        to: "3006",
        caughtBy: CAPTURE,
    },
    {
        what: "payment-service runs as the proxy's user",
        resource: "payment-service-deployment-v1",
        at: [...POD, "spec", "containers", 0, "securityContext", "runAsUser"],
        to: 1337,
        caughtBy: CAPTURE,
    },
    {
        what: "the mesh captures nothing by default",
        program: "dev",
        resource: "platform-istiod",
        at: ["values", "meshConfig", "defaultConfig", "interceptionMode"],
        to: "NONE",
        caughtBy: CAPTURE,
    },
    {
        what: "the injector injects nobody who does not ask",
        resource: "platform-istiod",
        at: ["values", "global", "proxy", "autoInject"],
        to: "disabled",
        caughtBy: OPT_OUT,
    },
    {
        what: "order-service may rewrite its redirection",
        resource: "order-service-deployment-v1",
        at: [...POD, "spec", "containers", 0, "securityContext", "capabilities", "add"],
        to: ["NET_ADMIN"],
        caughtBy: "istio-workload-disallow-capabilities",
    },
    {
        what: "payment-service speaks gRPC without a proxy",
        resource: "payment-service-deployment-v1",
        at: [...POD, "metadata", "annotations", "inject.istio.io/templates"],
        to: "grpc-agent",
        caughtBy: "istio-workload-configure-injection-template",
    },
    {
        what: "every pod calls most addresses without its sidecar",
        resource: "platform-istiod",
        at: ["values", "global", "proxy", "includeIPRanges"],
        to: "10.0.0.0/8",
        caughtBy: CAPTURE,
    },
    {
        what: "inventory-service has no account",
        resource: "inventory-service-deployment-v1",
        at: ACCOUNT,
        caughtBy: OWN_ACCOUNT,
    },
    {
        what: "nats runs as default",
        program: "dev",
        resource: "nats-deployment-v1",
        at: ACCOUNT,
        to: "default",
        caughtBy: OWN_ACCOUNT,
    },
    {
        what: "inventory-service has the identity of order-service",
        resource: "inventory-service-deployment-v1",
        at: ACCOUNT,
        to: "order-service",
        caughtBy: SHARED,
    },
    {
        what: "order-service has the identity of payment-service, and its own is nobody's",
        resource: "order-service-deployment-v1",
        at: ACCOUNT,
        to: "payment-service",
        caughtBy: [SHARED, KNOWN],
    },
];
