import type { Measurement, MeshMetrics, Series } from "#cli/graph/metrics.ts";
import type { GraphSubject } from "#cli/graph/live-graph.ts";
import { catalog } from "#services/catalog.ts";

/** The mesh as it is declared, looked at for 100 seconds. */
export const SUBJECT: GraphSubject = {
    stack: "dev",
    mesh: {
        catalog,
        context: {
            namespace: "a4co",
            controlPlaneNamespace: "istio-system",
            domain: "a4co.local",
            trustDomain: "cluster.local",
        },
    },
    window: "100s",
};

export type Labels = Series["labels"];

function principal(account: string, namespace: string): string {
    return `spiffe://cluster.local/ns/${namespace}/sa/${account}`;
}

/** What a sidecar says of a caller with a certificate. */
export function from(account: string, namespace = "a4co"): Labels {
    return {
        source_principal: principal(account, namespace),
        source_canonical_service: account,
        source_workload: `${account}-v1`,
        source_workload_namespace: namespace,
    };
}

/** What a sidecar says of a service and the pod behind it. */
export function to(service: string, namespace = "a4co"): Labels {
    return {
        destination_principal: principal(service, namespace),
        destination_canonical_service: service,
        destination_workload: `${service}-v1`,
        destination_workload_namespace: namespace,
        destination_service_name: service,
        destination_service_namespace: namespace,
    };
}

export const GATEWAY = from("istio-ingressgateway", "istio-system");
export const AT_SOURCE: Labels = { reporter: "source", connection_security_policy: "unknown" };
export const AT_DESTINATION: Labels = {
    reporter: "destination",
    connection_security_policy: "mutual_tls",
};
export const OK: Labels = { request_protocol: "http", response_code: "200" };

/** Labels from several sources, with how much they counted. */
export function series(value: number, ...labels: readonly Labels[]): Series {
    return { labels: Object.assign({}, ...labels) as Labels, value };
}

export function measured(metrics: Partial<MeshMetrics>, wholeWindow = true): Measurement {
    const none = { requests: [], durations: [], opened: [], open: [], received: [], sent: [] };
    return { metrics: { ...none, ...metrics }, wholeWindow };
}

/** Something of everything. */
export const MIXED: Measurement = measured({
    requests: [
        series(500, AT_SOURCE, GATEWAY, to("order-service"), OK),
        series(500, AT_DESTINATION, GATEWAY, to("order-service"), OK),
        series(90, AT_SOURCE, from("order-service"), to("payment-service"), OK),
        series(10, AT_SOURCE, from("order-service"), to("payment-service"), OK, {
            response_code: "503",
        }),
        series(95, AT_DESTINATION, from("order-service"), to("payment-service"), OK),
        series(3, AT_DESTINATION, from("default"), to("payment-service"), OK, {
            response_code: "403",
        }),
        series(2, AT_SOURCE, GATEWAY, { destination_service_name: "unknown" }, OK, {
            response_code: "404",
        }),
    ],
    durations: [
        series(80, AT_SOURCE, from("order-service"), to("payment-service"), { le: "25" }),
        series(100, AT_SOURCE, from("order-service"), to("payment-service"), { le: "50" }),
        series(100, AT_SOURCE, from("order-service"), to("payment-service"), { le: "+Inf" }),
    ],
    open: [AT_SOURCE, AT_DESTINATION].map((reporter) =>
        series(1, reporter, from("order-service"), to("nats")),
    ),
    received: [series(150_000, AT_SOURCE, from("order-service"), to("nats"))],
    sent: [series(100, AT_SOURCE, from("order-service"), to("nats"))],
});
