import type { Mutation } from "./mutation.ts";

const IMAGE = ["spec", "template", "spec", "containers", 0, "image"];

// Telemetry and the mesh's default provider both turn access logs on, so that no single change turns them off
// unsaid: istio-mesh-enforce-access-logging has no row.
const telemetry: readonly Mutation[] = [
    ...(["prod", "bookinfo"] as const).map((program): Mutation => ({
        what: "access logs are turned off",
        program,
        resource: "baseline-telemetry",
        at: ["spec", "accessLogging", 0, "disabled"],
        to: true,
        caughtBy: "istio-telemetry-disallow-disabled-access-log",
    })),
    {
        what: "traces go to nobody",
        resource: "baseline-telemetry",
        at: ["spec", "tracing", 0, "providers", 0, "name"],
        to: "zipkin",
        caughtBy: "istio-telemetry-enforce-defined-provider",
    },
    {
        what: "the provider of traces has another name",
        program: "dev",
        resource: "platform-istiod",
        at: ["values", "meshConfig", "extensionProviders", 0, "name"],
        to: "tempo",
        caughtBy: "istio-telemetry-enforce-defined-provider",
    },
    {
        what: "every request is traced",
        resource: "baseline-telemetry",
        at: ["spec", "tracing", 0, "randomSamplingPercentage"],
        to: 100,
        caughtBy: "istio-telemetry-configure-sampling",
    },
    {
        what: "the control plane traces everything",
        resource: "platform-istiod",
        at: ["values", "traceSampling"],
        to: 100,
        caughtBy: "istio-telemetry-configure-sampling",
    },
];

const consoles: readonly Mutation[] = [
    {
        what: "Kiali's signing key is the sample's",
        resource: "platform-kiali-signing-secret",
        at: ["stringData"],
        to: { key: "CHANGEME00000000" },
        caughtBy: "istio-secret-disallow-default",
    },
    {
        what: "Grafana's password is admin",
        program: "dev",
        resource: "platform-grafana-admin-secret",
        at: ["stringData"],
        to: { "admin-user": "admin", "admin-password": "admin" },
        caughtBy: "istio-secret-disallow-default",
    },
    {
        what: "Grafana's password stands in its values",
        resource: "platform-grafana-release",
        at: ["values", "adminPassword"],
        to: "correct horse battery staple",
        caughtBy: "istio-release-disallow-password",
    },
    {
        what: "Kiali's signing key stands in its values",
        program: "dev",
        resource: "platform-kiali-release",
        at: ["values", "login_token", "signing_key"],
        to: "0123456789abcdef",
        caughtBy: "istio-release-disallow-password",
    },
    {
        what: "Kiali asks nobody for a name",
        resource: "platform-kiali-release",
        at: ["values", "auth", "strategy"],
        to: "anonymous",
        caughtBy: "istio-kiali-disallow-anonymous",
    },
    {
        what: "an anonymous Kiali changes the mesh",
        program: "dev",
        resource: "platform-kiali-release",
        at: ["values", "deployment", "view_only_mode"],
        to: false,
        caughtBy: "istio-kiali-disallow-anonymous",
    },
    {
        what: "Grafana asks nobody for a name",
        resource: "platform-grafana-release",
        at: ["values", "grafana.ini", "auth.anonymous", "enabled"],
        to: true,
        caughtBy: "istio-grafana-disallow-anonymous",
    },
    {
        what: "everybody administers Grafana",
        program: "dev",
        resource: "platform-grafana-release",
        at: ["values", "grafana.ini", "auth.anonymous", "org_role"],
        to: "Admin",
        caughtBy: "istio-grafana-disallow-anonymous",
    },
];

const workloads: readonly Mutation[] = [
    {
        what: "a port whose protocol Istio guesses",
        resource: "order-service-service",
        at: ["spec", "ports", 0],
        to: { name: "web", port: 3004, targetPort: "http" },
        caughtBy: "istio-service-configure-port-protocol",
    },
    {
        what: "a protocol that Istio does not know",
        program: "dev",
        resource: "nats-service",
        at: ["spec", "ports", 0, "appProtocol"],
        to: "nats",
        caughtBy: "istio-service-configure-port-protocol",
    },
    {
        what: "an image of a retired host",
        program: "dev",
        resource: "order-service-deployment-v1",
        at: IMAGE,
        to: "gcr.io/istio-release/app:1.0.0",
        caughtBy: "istio-workload-disallow-retired-image",
    },
    {
        what: "a sidecar of a retired host",
        resource: "payment-service-deployment-v1",
        at: ["spec", "template", "metadata", "annotations", "sidecar.istio.io/proxyImage"],
        to: "registry.istio.io/release/proxyv2:1.31.1",
        caughtBy: "istio-workload-disallow-retired-image",
    },
    {
        what: "whatever image is newest",
        program: "dev",
        resource: "payment-service-deployment-v1",
        at: IMAGE,
        to: "ghcr.io/a4co/payment-service:latest",
        caughtBy: "istio-workload-disallow-floating-tag",
    },
    {
        what: "an image without a tag",
        program: "dev",
        resource: "nats-deployment-v1",
        at: IMAGE,
        to: "docker.io/library/nats",
        caughtBy: "istio-workload-disallow-floating-tag",
    },
    ...(["containers", "initContainers"] as const).map((list): Mutation => ({
        what: `one more image without a digest, of ${list}`,
        resource: "order-service-deployment-v1",
        at: ["spec", "template", "spec", list, list === "containers" ? 1 : 0],
        to: { name: "helper", image: "ghcr.io/a4co/helper:1.0.0" },
        caughtBy: "istio-workload-configure-image-digest",
    })),
];

/** Weakenings of what observes the mesh, and of what its workloads are made of. */
export const surroundings: readonly Mutation[] = [...telemetry, ...consoles, ...workloads];
