import { dashboard, labelVariable } from "./model.ts";
import type { Dashboard, PanelSpec } from "./model.ts";

/** Requests, errors and latency of what a selector chooses, from Istio's own metrics. */
function red(selector: string, by: string, legend: string): readonly PanelSpec[] {
    const requests = (extra: string): string =>
        `sum by (${by}) (rate(istio_requests_total{${selector}${extra}}[1m]))`;
    const quantile = (q: number): string =>
        `histogram_quantile(${q}, sum by (le, ${by}) (rate(istio_request_duration_milliseconds_bucket{${selector}}[1m])))`;
    return [
        { title: "Requests", unit: "reqps", queries: { [legend]: requests("") } },
        {
            title: "Share of 5xx",
            unit: "percentunit",
            queries: { [legend]: `${requests(',response_code=~"5.."')} / ${requests("")}` },
        },
        {
            title: "Latency",
            unit: "ms",
            queries: {
                [`p50 ${legend}`]: quantile(0.5),
                [`p95 ${legend}`]: quantile(0.95),
                [`p99 ${legend}`]: quantile(0.99),
            },
        },
        {
            title: "Refused with 403",
            description:
                "Requests an AuthorizationPolicy did not allow, as the server's proxy counts them.",
            unit: "reqps",
            queries: {
                [legend]: `(${requests(',response_code="403"')}) or vector(0)`,
            },
        },
        {
            title: "Response flags",
            description:
                "UO: a breaker overflowed. UH: no healthy host. UF: connection failed. UT: timeout.",
            unit: "reqps",
            queries: {
                "{{response_flags}}": `sum by (response_flags) (rate(istio_requests_total{${selector},response_flags!="-"}[1m]))`,
            },
        },
    ];
}

const SECURITY: PanelSpec = {
    title: "Requests by connection security",
    description: "Anything but mutual_tls reached the server in clear.",
    unit: "reqps",
    queries: {
        "{{connection_security_policy}}":
            'sum by (connection_security_policy) (rate(istio_requests_total{reporter="destination",destination_service_namespace=~"$namespace"}[1m]))',
    },
};

const NAMESPACE = labelVariable(
    "namespace",
    "Namespace",
    "label_values(istio_requests_total, destination_service_namespace)",
);

/** The whole mesh, service by service. */
export function meshDashboard(): Dashboard {
    return dashboard({
        uid: "a4co-istio-mesh",
        title: "Istio Mesh Dashboard",
        description: "Requests, errors and latency of every service of a namespace.",
        variables: [NAMESPACE],
        panels: [
            ...red(
                'reporter="destination",destination_service_namespace=~"$namespace"',
                "destination_service_name",
                "{{destination_service_name}}",
            ),
            SECURITY,
        ],
    });
}

/** One service, by the workload that calls it. */
export function serviceDashboard(): Dashboard {
    return dashboard({
        uid: "a4co-istio-service",
        title: "Istio Service Dashboard",
        description: "Who calls a service, how often, how fast and with what result.",
        variables: [
            NAMESPACE,
            labelVariable(
                "service",
                "Service",
                'label_values(istio_requests_total{destination_service_namespace=~"$namespace"}, destination_service)',
            ),
        ],
        panels: red(
            'reporter="destination",destination_service=~"$service"',
            "source_workload",
            "from {{source_workload}}",
        ),
    });
}

/** One workload: what it answers, then what it asks of others. */
export function workloadDashboard(): Dashboard {
    return dashboard({
        uid: "a4co-istio-workload",
        title: "Istio Workload Dashboard",
        description: "What a workload answers and what it calls.",
        variables: [
            labelVariable(
                "namespace",
                "Namespace",
                "label_values(istio_requests_total, destination_workload_namespace)",
            ),
            labelVariable(
                "workload",
                "Workload",
                'label_values(istio_requests_total{destination_workload_namespace=~"$namespace"}, destination_workload)',
            ),
        ],
        panels: [
            ...red(
                'reporter="destination",destination_workload_namespace=~"$namespace",destination_workload=~"$workload"',
                "source_workload",
                "from {{source_workload}}",
            ),
            ...red(
                'reporter="source",source_workload_namespace=~"$namespace",source_workload=~"$workload"',
                "destination_service_name",
                "to {{destination_service_name}}",
            ).map((panel) => ({ ...panel, title: `Outbound: ${panel.title.toLowerCase()}` })),
        ],
    });
}
