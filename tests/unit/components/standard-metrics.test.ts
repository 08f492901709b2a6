import { deepStrictEqual, ok } from "node:assert/strict";
import type { RelabelConfig } from "#components/addons/relabel-config.ts";
import { standardMetrics } from "#components/addons/standard-metrics.ts";
import { REQUEST_LABELS, TCP_LABELS } from "../../standard-metrics.ts";

type Labels = Readonly<Record<string, string>>;

/**
 * What Prometheus makes of a sample, as an oracle: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config
 * An anchored regular expression over the joined sources, and an empty value takes a label away.
 */
function relabelled(sample: Labels, steps: readonly RelabelConfig[]): Labels {
    return steps.reduce<Labels>((labels, step) => {
        const regex = new RegExp(`^(?:${step.regex ?? "(.*)"})$`);
        if (step.action === "labeldrop") {
            return Object.fromEntries(Object.entries(labels).filter(([name]) => !regex.test(name)));
        }
        const value = (step.source_labels ?? []).map((name) => labels[name] ?? "").join(";");
        const target = step.target_label ?? "";
        if (!regex.test(value)) {
            return labels;
        }
        const replaced = value.replace(regex, step.replacement ?? "$1");
        const others = Object.entries(labels).filter(([name]) => name !== target);
        return Object.fromEntries(replaced === "" ? others : [...others, [target, replaced]]);
    }, sample);
}

const TARGET = {
    namespace: "a4co",
    pod: "order-service-v1-64f5c4b774-l5ljr",
    app: "order-service",
    version: "v1",
    job: "envoy-stats",
    instance: "10.0.0.1:15020",
};
const ORDER = "spiffe://cluster.local/ns/a4co/sa/order-service";
const PAYMENT = "spiffe://cluster.local/ns/a4co/sa/payment-service";
const GATEWAY = "spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway";
const OF_CALLER: Labels = {
    mesh_reporter: "source",
    mesh_workload: "order-service-v1",
    mesh_upstream: "outbound|3006|v1|payment-service.a4co.svc.cluster.local",
    mesh_peer: "payment-service-v1;a4co;payment-service;v1;mesh-1",
    response_code: "200",
    response_flags: "-",
    source_principal: ORDER,
    destination_principal: PAYMENT,
};
const OF_CALLED: Labels = {
    mesh_reporter: "destination",
    mesh_workload: "order-service-v1",
    mesh_upstream: "inbound|3004||",
    response_code: "403",
    response_flags: "-",
    source_principal: GATEWAY,
    destination_principal: ORDER,
};

/** What becomes of a statistic of the order service's proxy, without the labels of every target. */
function standard(name: string, tags: Labels): Labels {
    const labels = relabelled(
        { __name__: name, ...TARGET, ...tags },
        standardMetrics({ clusterName: "mesh-1", namespace: "a4co" }),
    );
    return Object.fromEntries(
        Object.entries(labels).filter(
            ([label, value]) =>
                !(label in TARGET) || TARGET[label as keyof typeof TARGET] !== value,
        ),
    );
}

describe("Istio's standard metrics of upstream's Envoy", () => {
    it("say of a call all that the caller's proxy knows", () => {
        deepStrictEqual(standard("envoy_istio_requests_total", OF_CALLER), {
            __name__: "istio_requests_total",
            reporter: "source",
            source_workload: "order-service-v1",
            source_workload_namespace: "a4co",
            source_canonical_service: "order-service",
            source_canonical_revision: "v1",
            source_app: "order-service",
            source_version: "v1",
            source_cluster: "mesh-1",
            source_principal: ORDER,
            destination_workload: "payment-service-v1",
            destination_workload_namespace: "a4co",
            destination_canonical_service: "payment-service",
            destination_canonical_revision: "v1",
            destination_app: "payment-service",
            destination_version: "v1",
            destination_cluster: "mesh-1",
            destination_principal: PAYMENT,
            destination_service: "payment-service.a4co.svc.cluster.local",
            destination_service_name: "payment-service",
            destination_service_namespace: "a4co",
            request_protocol: "http",
            response_code: "200",
            response_flags: "-",
            // Istio's own proxies do not say it of what they send either.
            connection_security_policy: "unknown",
        });
    });

    it("say of a call all that the called proxy knows", () => {
        deepStrictEqual(standard("envoy_istio_request_bytes_bucket", { ...OF_CALLED, le: "5" }), {
            __name__: "istio_request_bytes_bucket",
            le: "5",
            reporter: "destination",
            source_workload: "istio-ingressgateway",
            source_workload_namespace: "istio-system",
            source_canonical_service: "istio-ingressgateway",
            source_canonical_revision: "unknown",
            source_app: "istio-ingressgateway",
            source_version: "unknown",
            source_cluster: "mesh-1",
            source_principal: GATEWAY,
            destination_workload: "order-service-v1",
            destination_workload_namespace: "a4co",
            destination_canonical_service: "order-service",
            destination_canonical_revision: "v1",
            destination_app: "order-service",
            destination_version: "v1",
            destination_cluster: "mesh-1",
            destination_principal: ORDER,
            destination_service: "order-service.a4co.svc.cluster.local",
            destination_service_name: "order-service",
            destination_service_namespace: "a4co",
            request_protocol: "http",
            response_code: "403",
            response_flags: "-",
            connection_security_policy: "mutual_tls",
        });
    });

    it("know a caller of the mesh as the caller knows itself, so that nobody counts a call twice", () => {
        const { source_principal: principal } = OF_CALLER;
        const called = standard("envoy_istio_requests_total", {
            ...OF_CALLED,
            source_principal: principal ?? "",
        });
        const calling = standard("envoy_istio_requests_total", OF_CALLER);
        const ofSource = (labels: Labels): Labels =>
            Object.fromEntries(
                Object.entries(labels).filter(([label]) => label.startsWith("source_")),
            );
        deepStrictEqual(ofSource(called), ofSource(calling));
    });

    it("call a caller without a certificate unknown, and its connection plain text", () => {
        const labels = standard("envoy_istio_requests_total", {
            ...OF_CALLED,
            source_principal: "",
        });
        const of = (name: string): string | undefined => labels[name];
        deepStrictEqual(["source_workload", "source_principal", "source_cluster"].map(of), [
            "unknown",
            "unknown",
            "unknown",
        ]);
        deepStrictEqual(of("connection_security_policy"), "none");
    });

    it("name where a request went that no route took, or that left the mesh", () => {
        const service = (upstream: string): unknown[] => {
            const labels = standard("envoy_istio_requests_total", {
                ...OF_CALLER,
                mesh_upstream: upstream,
                mesh_peer: "",
                destination_principal: "",
            });
            return [
                labels["destination_service"],
                labels["destination_service_name"],
                labels["destination_service_namespace"],
                labels["destination_workload"],
            ];
        };
        deepStrictEqual(service(""), ["unknown", "unknown", "unknown", "unknown"]);
        deepStrictEqual(service("PassthroughCluster"), [
            "unknown",
            "PassthroughCluster",
            "unknown",
            "unknown",
        ]);
        deepStrictEqual(service("outbound|443||api.example.com"), [
            "api.example.com",
            "api.example.com",
            "unknown",
            "unknown",
        ]);
    });

    it("tell gRPC from HTTP by its status", () => {
        const protocol = (status: string): string | undefined =>
            standard("envoy_istio_requests_total", { ...OF_CALLER, grpc_response_status: status })[
                "request_protocol"
            ];
        deepStrictEqual([protocol("0"), protocol("14"), protocol("")], ["grpc", "grpc", "http"]);
    });

    it("have the bytes of connections that are still open", () => {
        const labels = standard("envoy_tcp_downstream_cx_tx_bytes_total", {
            tcp_prefix: "outbound|4222||nats.a4co.svc.cluster.local",
        });
        deepStrictEqual(
            {
                name: labels["__name__"],
                reporter: labels["reporter"],
                source: labels["source_workload"],
                to: labels["destination_service"],
                canonical: labels["destination_canonical_service"],
                protocol: labels["request_protocol"],
                prefix: labels["tcp_prefix"],
            },
            {
                name: "istio_tcp_sent_bytes_total",
                reporter: "source",
                source: "order-service-v1",
                to: "nats.a4co.svc.cluster.local",
                canonical: "nats",
                protocol: "tcp",
                prefix: undefined,
            },
        );
    });

    it("have the labels that Istio documents, and no others", () => {
        const names = (name: string, tags: Labels): string[] =>
            Object.keys(standard(name, tags))
                .filter((label) => label !== "__name__")
                .sort();
        const ofConnection = Object.fromEntries(
            Object.entries(OF_CALLED).filter(([label]) => label !== "response_code"),
        );
        for (const tags of [OF_CALLER, OF_CALLED]) {
            deepStrictEqual(
                names("envoy_istio_requests_total", { ...tags, grpc_response_status: "0" }),
                REQUEST_LABELS,
            );
        }
        deepStrictEqual(
            names("envoy_istio_tcp_connections_opened_total", ofConnection),
            TCP_LABELS,
        );
        const bytes = { tcp_prefix: "outbound|4222||nats.a4co.svc.cluster.local" };
        deepStrictEqual(names("envoy_tcp_downstream_cx_rx_bytes_total", bytes), TCP_LABELS);
    });

    it("leave every other series as it is", () => {
        for (const [name, tags] of [
            ["envoy_cluster_upstream_rq", { cluster_name: "outbound|1||x", response_code: "200" }],
            ["orders_total", { workload: "x", peer: "y", reporter: "me" }],
            ["envoy_tcp_downstream_cx_tx_bytes_total", { tcp_prefix: "inbound|4222||" }],
        ] as const) {
            deepStrictEqual(standard(name, tags), { __name__: name, ...tags });
        }
        ok(standardMetrics({ clusterName: "mesh-1", namespace: "a4co" }).length > 0);
    });
});
