import { dashboard, labelVariable, WINDOW } from "./model.ts";
import type { Dashboard } from "./model.ts";
import { bySubset, outboundOf } from "./pools.ts";
import { durationQuantile, partOf, requestRate } from "./requests.ts";

/** Versions of a service side by side, as its callers see them: what `mesh canary` judges. */
export function canaryDashboard(): Dashboard {
    // The callers' own view: it has the requests that were never answered.
    const calls = 'reporter="source",destination_service=~"$service"';
    const version = "destination_version";
    const legend = "{{destination_version}}";
    const subsets = outboundOf("$service");
    return dashboard({
        uid: "a4co-canary",
        title: "Canary",
        description:
            "The versions of a service side by side: share of the traffic, errors, latency, ejections.",
        variables: [
            labelVariable(
                "namespace",
                "Namespace",
                "label_values(istio_requests_total, destination_service_namespace)",
            ),
            labelVariable(
                "service",
                "Service",
                'label_values(istio_requests_total{destination_service_namespace=~"$namespace"}, destination_service)',
            ),
        ],
        panels: [
            {
                title: "Share of the traffic",
                description:
                    "What the weights of the VirtualService make of it, and headers besides.",
                unit: "percentunit",
                queries: {
                    [legend]: `${requestRate(calls, version)} / on () group_left () sum(${requestRate(calls, version)})`,
                },
            },
            {
                title: "Requests",
                description: "Requests a second of all callers.",
                unit: "reqps",
                queries: { [legend]: requestRate(calls, version) },
            },
            {
                title: "Share of errors",
                description:
                    "5xx, or no answer because the caller left. A canary is given up above 1 %, unless mesh canary was told otherwise.",
                unit: "percentunit",
                queries: {
                    [legend]: `${partOf(calls, version, 'response_code=~"5..|0"')} / ${requestRate(calls, version)}`,
                },
            },
            {
                title: "Latency",
                description:
                    "A canary is given up where its p95 is more than twice the stable version's, which counts as 10 ms at least.",
                unit: "ms",
                queries: {
                    [`p50 ${legend}`]: durationQuantile(0.5, calls, version),
                    [`p95 ${legend}`]: durationQuantile(0.95, calls, version),
                },
            },
            {
                title: "Ejected hosts",
                description: "Of each subset, by the callers' outlier detection.",
                unit: "short",
                queries: {
                    "ejected now {{subset}}": bySubset(
                        `envoy_cluster_outlier_detection_ejections_active{${subsets}}`,
                    ),
                    "ejections in 5 minutes {{subset}}": bySubset(
                        `increase(envoy_cluster_outlier_detection_ejections_enforced_total{${subsets}}[5m])`,
                    ),
                },
            },
            {
                title: "Requests a breaker refused",
                description: "Each subset has a pool of its own at every caller.",
                unit: "reqps",
                queries: {
                    "{{subset}}": bySubset(
                        `rate(envoy_cluster_upstream_rq_pending_overflow{${subsets}}[${WINDOW}])`,
                    ),
                },
            },
            {
                title: "Hosts",
                description: "That callers send requests to, each caller's own count.",
                unit: "short",
                queries: {
                    "healthy {{subset}}": bySubset(`envoy_cluster_membership_healthy{${subsets}}`),
                    "all {{subset}}": bySubset(`envoy_cluster_membership_total{${subsets}}`),
                },
            },
            {
                title: "Response flags",
                description:
                    "NC: a proxy does not know the subset. UH: the subset has no healthy host. UO: its breaker overflowed.",
                unit: "reqps",
                queries: {
                    "{{destination_version}} {{response_flags}}": requestRate(
                        `${calls},response_flags!="-"`,
                        `${version}, response_flags`,
                    ),
                },
            },
        ],
    });
}
