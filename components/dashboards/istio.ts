import { dashboard, derivedVariable, labelVariable, WINDOW } from "./model.ts";
import type { Dashboard, PanelSpec } from "./model.ts";
import { outboundOf, poolPanels } from "./pools.ts";
import { requestPanels, requestRate } from "./requests.ts";

const IN_NAMESPACE = 'destination_service_namespace=~"$namespace"';

const SECURITY: PanelSpec = {
    title: "Requests by connection security",
    description: "Anything but mutual_tls reached the server in clear.",
    unit: "reqps",
    queries: {
        "{{connection_security_policy}}": requestRate(
            `reporter="destination",${IN_NAMESPACE}`,
            "connection_security_policy",
        ),
    },
};

const TCP: readonly PanelSpec[] = [
    {
        title: "TCP connections opened",
        description: "To servers that speak no HTTP, such as nats.",
        unit: "cps",
        queries: { "{{destination_service_name}}": tcpRate("connections_opened") },
    },
    {
        title: "TCP bytes",
        description: "Counted while a connection is open: sent to the caller, received from it.",
        unit: "Bps",
        queries: {
            "sent {{destination_service_name}}": tcpRate("sent_bytes"),
            "received {{destination_service_name}}": tcpRate("received_bytes"),
        },
    },
];

function tcpRate(what: string): string {
    return `sum by (destination_service_name) (rate(istio_tcp_${what}_total{reporter="source",${IN_NAMESPACE}}[${WINDOW}]))`;
}

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
            ...requestPanels(
                { reporter: "destination", selector: IN_NAMESPACE },
                "destination_service_name",
                "{{destination_service_name}}",
            ),
            SECURITY,
            ...TCP,
        ],
    });
}

/** One service: its requests by the workload that calls it, then its pools, ejections, retries, denials and certificates. */
export function serviceDashboard(): Dashboard {
    return dashboard({
        uid: "a4co-istio-service",
        title: "Istio Service Dashboard",
        description:
            "Who calls a service, how often, how fast, with what result, and what stands between them.",
        variables: [
            NAMESPACE,
            labelVariable(
                "service",
                "Service",
                'label_values(istio_requests_total{destination_service_namespace=~"$namespace"}, destination_service)',
            ),
            derivedVariable(
                "app",
                "App",
                'label_values(istio_requests_total{reporter="destination",destination_service=~"$service"}, destination_app)',
            ),
        ],
        panels: [
            ...requestPanels(
                { reporter: "destination", selector: 'destination_service=~"$service"' },
                "source_workload",
                "from {{source_workload}}",
            ),
            ...poolPanels({
                outbound: outboundOf("$service"),
                servers: 'namespace=~"$namespace",app=~"$app"',
                legend: "from {{app}}",
            }),
        ],
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
            ...requestPanels(
                {
                    reporter: "destination",
                    selector:
                        'destination_workload_namespace=~"$namespace",destination_workload=~"$workload"',
                },
                "source_workload",
                "from {{source_workload}}",
            ),
            ...requestPanels(
                {
                    reporter: "source",
                    selector:
                        'source_workload_namespace=~"$namespace",source_workload=~"$workload"',
                },
                "destination_service_name",
                "to {{destination_service_name}}",
            ).map((panel) => ({ ...panel, title: `Outbound: ${panel.title.toLowerCase()}` })),
        ],
    });
}
