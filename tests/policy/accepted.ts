import type { ProgramName } from "./programs.ts";

/** The user's own numbers: the program warns of them as well, and keeps them. */
const TRIES =
    "advisory istio-virtual-service-configure-retry-budget: VirtualService a4co/payment-service: spec.http[1].retries.perTryTimeout: 6 tries of 3s take 18s, and the route's timeout is 15s: the last never finish; perTryTimeout times (attempts + 1) should fit in the timeout";

/** Small stacks run one replica of everything, of which no share can be ejected. */
function singleReplica(service: string, share: number, replicas: number): string {
    return `advisory istio-destination-rule-configure-ejection-share: DestinationRule a4co/${service}: spec.trafficPolicy.outlierDetection.maxEjectionPercent: ${share} % of 1 replica of v1 is less than one: it never ejects; ${replicas} replicas are needed for this share`;
}

/** The digests are known where the images are built, and are set in the stack's configuration. */
function tagOnly(workload: string, image: string): string {
    return `advisory istio-workload-configure-image-digest: Deployment ${workload}: spec.template.spec.containers[0].image: ${image} is whatever its tag stands for; a digest is advised in production`;
}

const small: readonly string[] = [
    singleReplica("inventory-service", 50, 2),
    singleReplica("order-service", 50, 2),
    singleReplica("payment-service", 30, 4),
    TRIES,
];

const large: readonly string[] = [
    TRIES,
    ...["inventory", "order", "payment"].map((name) =>
        tagOnly(`a4co/${name}-service-v1`, `ghcr.io/a4co/${name}-service:1.0.0`),
    ),
];

/** Upstream's Envoy lacks Istio's filter for metrics; prod refuses it. */
const STOCK_ENVOY =
    "advisory istio-api-disallow-unstable: EnvoyFilter istio-system/stock-envoy-metrics: apiVersion: EnvoyFilter patches what istiod generates, which changes with every release; it is allowed only with an exemption that names owner, reason and last day (exempted by mesh-platform until 2027-12-31: upstream's Envoy has no filter for Istio's metrics (mesh:stockEnvoy))";

/** What the pack says about our own programs and what is meant: advice only, as `<level> <rule>: <message>`. */
export const ACCEPTED: Readonly<Record<ProgramName, readonly string[]>> = {
    dev: small,
    local: [STOCK_ENVOY, ...small],
    prod: large,
    // A canary's image is one like any other: by its tag alone it is not known either.
    canaries: [...large, tagOnly("a4co/order-service-canary", "ghcr.io/a4co/order-service:1.1.0")],
    bookinfo: [
        "details-v1",
        "productpage-v1",
        "ratings-v1",
        "reviews-v1",
        "reviews-v2",
        "reviews-v3",
    ].map((name) =>
        tagOnly(`bookinfo/${name}`, `docker.io/istio/examples-bookinfo-${name}:1.20.3`),
    ),
};
