import { ABSENT, PRESENT } from "./intention.ts";
import type { Intention } from "./intention.ts";

const FAULT = {
    abort: { httpStatus: 500, percentage: { value: 0.01 } },
    delay: { fixedDelay: "5s", percentage: { value: 0.1 } },
};

/** What differs for the services and for everything they share. */
export const MESH: readonly Intention[] = [
    {
        intention: "dev traces every request, prod one in a hundred",
        changes: {
            "baseline-telemetry": { "spec.tracing.0.randomSamplingPercentage": [100, 1] },
            "platform-istiod": { "values.traceSampling": [100, 1] },
        },
    },
    {
        intention: "every span carries its own stack's environment",
        changes: {
            "baseline-telemetry": {
                "spec.tracing.0.customTags.environment.literal.value": ["dev", "prod"],
            },
        },
    },
    {
        intention: "each cluster says which stack it holds, and of which environment",
        changes: {
            "baseline-telemetry": {
                "metadata.annotations.mesh.a4co.dev/environment": ["dev", "prod"],
                "metadata.annotations.mesh.a4co.dev/stack": ["dev", "prod"],
            },
        },
    },
    {
        intention: "prod serves nothing in clear: port 80 only redirects",
        changes: {
            "baseline-gateway": { "spec.servers.0.tls": [ABSENT, { httpsRedirect: true }] },
        },
    },
    {
        intention: "prod lets no sidecar call what the mesh does not know",
        changes: {
            "platform-istiod": {
                "values.meshConfig.outboundTrafficPolicy.mode": ["ALLOW_ANY", "REGISTRY_ONLY"],
            },
        },
    },
    {
        intention: "prod runs enough replicas for every breaker to eject",
        changes: {
            "order-service-deployment-v1": { "spec.replicas": [1, 2] },
            "payment-service-deployment-v1": { "spec.replicas": [1, 4] },
            "inventory-service-deployment-v1": { "spec.replicas": [1, 2] },
        },
    },
    {
        intention: "prod keeps services up while nodes are drained",
        changes: {
            "order-service-pod-disruption-budget": { "": [ABSENT, PRESENT] },
            "payment-service-pod-disruption-budget": { "": [ABSENT, PRESENT] },
            "inventory-service-pod-disruption-budget": { "": [ABSENT, PRESENT] },
        },
    },
    {
        intention: "the API server of prod keeps strangers from the mesh",
        changes: Object.fromEntries(
            [
                "guard",
                ...["refuse-strangers", "record-break-glass"].flatMap((policy) =>
                    ["", "-elsewhere"].flatMap((where) => [
                        `guard-${policy}${where}-policy`,
                        `guard-${policy}${where}-binding`,
                    ]),
                ),
            ].map((resource) => [resource, { "": [ABSENT, PRESENT] }]),
        ),
    },
    {
        intention: "faults are injected in dev alone",
        changes: {
            "order-service-virtual-service": {
                "spec.http.orders-idempotent.fault": [FAULT, ABSENT],
                "spec.http.orders.fault": [FAULT, ABSENT],
            },
        },
    },
    {
        intention: "dev runs a NATS of its own, prod uses one that somebody looks after",
        changes: {
            "nats-deployment-v1": { "": [PRESENT, ABSENT] },
            "nats-service": { "": [PRESENT, ABSENT] },
            "nats-service-account": { "": [PRESENT, ABSENT] },
            "nats-sidecar": { "": [PRESENT, ABSENT] },
        },
    },
];
