import type { Mutation } from "./mutation.ts";

const ONE_VERSION = "istio-release-enforce-one-version";
const SUPPORTED_LINE = "istio-release-enforce-supported-line";
const NORMALIZATION = ["values", "meshConfig", "pathNormalization"];

/** Weakenings of the control plane and its charts. */
export const controlPlane: readonly Mutation[] = [
    ...(["prod", "dev"] as const).map((program): Mutation => ({
        what: "callers send plaintext unless they are told otherwise",
        program,
        resource: "platform-istiod",
        at: ["values", "meshConfig", "enableAutoMtls"],
        to: false,
        caughtBy: "istio-release-enforce-auto-mtls",
    })),
    {
        what: "paths are judged as they are written",
        resource: "platform-istiod",
        at: NORMALIZATION,
        caughtBy: "istio-release-enforce-path-normalization",
    },
    {
        what: "%2F is judged as it is written",
        program: "dev",
        resource: "platform-istiod",
        at: [...NORMALIZATION, "normalization"],
        to: "MERGE_SLASHES",
        caughtBy: "istio-release-enforce-path-normalization",
    },
    {
        what: "images of the user's old line",
        program: "local",
        resource: "platform-istiod",
        at: ["values", "global", "tag"],
        to: "1.24.0",
        caughtBy: SUPPORTED_LINE,
    },
    {
        what: "a gateway of a line that has ended",
        resource: "platform-gateway",
        at: ["version"],
        to: "1.29.4",
        caughtBy: [ONE_VERSION, SUPPORTED_LINE],
    },
    {
        what: "a gateway ahead of its control plane",
        resource: "platform-gateway",
        at: ["version"],
        to: "1.31.2",
        caughtBy: ONE_VERSION,
    },
    {
        what: "CRDs behind the control plane",
        program: "dev",
        resource: "platform-base",
        at: ["version"],
        to: "1.30.4",
        caughtBy: ONE_VERSION,
    },
    {
        what: "images behind their chart",
        resource: "platform-istiod",
        at: ["values", "global", "tag"],
        to: "1.30.4-distroless",
        caughtBy: ONE_VERSION,
    },
    {
        what: "charts of a retired host",
        resource: "platform-istiod",
        at: ["repositoryOpts", "repo"],
        to: "https://istio-release.storage.googleapis.com/charts",
        caughtBy: "istio-release-disallow-retired-host",
    },
    {
        what: "images of a retired host",
        program: "dev",
        resource: "platform-istiod",
        at: ["values", "global", "hub"],
        to: "gcr.io/istio-release",
        caughtBy: "istio-release-disallow-retired-host",
    },
    {
        what: "whatever Kiali is newest",
        resource: "platform-kiali-release",
        at: ["version"],
        caughtBy: "istio-release-disallow-floating-version",
    },
    {
        what: "whatever image of Kiali is newest",
        program: "dev",
        resource: "platform-kiali-release",
        at: ["values", "deployment", "image_version"],
        to: "latest",
        caughtBy: "istio-release-disallow-floating-version",
    },
    {
        what: "a control plane that scales from one",
        resource: "platform-istiod",
        at: ["values", "autoscaleMin"],
        to: 1,
        caughtBy: "istio-release-configure-redundancy",
    },
    {
        what: "a control plane of one, which does not scale",
        resource: "platform-istiod",
        at: ["values", "autoscaleEnabled"],
        to: false,
        caughtBy: "istio-release-configure-redundancy",
    },
    {
        what: "an alpha version",
        resource: "order-service-virtual-service",
        at: ["apiVersion"],
        to: "networking.istio.io/v1alpha3",
        caughtBy: "istio-api-disallow-unstable",
    },
    {
        what: "an alpha version of Telemetry",
        program: "dev",
        resource: "baseline-telemetry",
        at: ["apiVersion"],
        to: "telemetry.istio.io/v1alpha1",
        caughtBy: "istio-api-disallow-unstable",
    },
];
