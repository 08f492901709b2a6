import { JOBS } from "../addons/prometheus-jobs.ts";
import { dashboard, WINDOW } from "./model.ts";
import type { Dashboard, PanelSpec } from "./model.ts";

const ISTIOD = `job="${JOBS.istiod}"`;
const PROXIES = `job="${JOBS.proxy}"`;

function rate(counter: string, by: string, selector = ISTIOD): string {
    return `sum by (${by}) (rate(${counter}{${selector}}[${WINDOW}]))`;
}

function quantile(q: number, histogram: string): string {
    return `histogram_quantile(${q}, sum by (le) (rate(${histogram}_bucket{${ISTIOD}}[${WINDOW}])))`;
}

/** What istiod sends to whom, and how soon it is there. */
const PUSHES: readonly PanelSpec[] = [
    {
        title: "Connected proxies",
        description:
            "By istiod; together as many as Prometheus reaches, or some follow old configuration.",
        unit: "short",
        queries: {
            "connected to {{pod}}": `sum by (pod) (pilot_xds{${ISTIOD}})`,
            "proxies that answer Prometheus": `count(up{${PROXIES}} == 1)`,
        },
    },
    {
        title: "Pushes",
        description:
            "Configuration sent to proxies, by kind: clusters, listeners, routes, endpoints.",
        unit: "ops",
        queries: { "{{type}}": rate("pilot_xds_pushes", "type") },
    },
    {
        title: "What pushes are for",
        description: "A change of an object, of endpoints, or a proxy that connects.",
        unit: "ops",
        queries: { "{{type}}": rate("pilot_push_triggers", "type") },
    },
    {
        title: "Time until a change is everywhere",
        description:
            "From the change to the last proxy that has it; the alert ConfigPushSlow watches p99.",
        unit: "s",
        queries: {
            p50: quantile(0.5, "pilot_proxy_convergence_time"),
            p99: quantile(0.99, "pilot_proxy_convergence_time"),
            "p99 of the sending": quantile(0.99, "pilot_xds_push_time"),
        },
    },
    {
        title: "Refused configuration",
        description:
            "A proxy keeps what it had. istiod counts every kind, the proxies clusters and listeners.",
        unit: "ops",
        queries: {
            "istiod {{type}}": rate("pilot_total_xds_rejects", "type"),
            "clusters {{pod}}": rate("envoy_cluster_manager_cds_update_rejected", "pod", PROXIES),
            "listeners {{pod}}": rate("envoy_listener_manager_lds_update_rejected", "pod", PROXIES),
        },
    },
    {
        title: "Size of what is sent",
        description:
            "The largest is the clusters' or listeners' of a workload whose Sidecar sees much.",
        unit: "bytes",
        queries: { p99: quantile(0.99, "pilot_xds_config_size_bytes") },
    },
];

/** What istiod knows. */
const KNOWLEDGE: readonly PanelSpec[] = [
    {
        title: "Services and routes",
        description: "As istiod has them now.",
        unit: "short",
        queries: {
            services: `max(pilot_services{${ISTIOD}})`,
            "virtual services": `max(pilot_virt_services{${ISTIOD}})`,
        },
    },
    {
        title: "Changes of Istio's objects",
        description:
            "Made by whoever may; many in a row come from a controller that fights another.",
        unit: "ops",
        queries: { "{{type}} {{event}}": rate("pilot_k8s_cfg_events", "type, event") },
    },
    {
        title: "Conflicts",
        description: "Two objects that say different things; istiod takes one of them.",
        unit: "short",
        queries: {
            "inbound listeners": `max(pilot_conflict_inbound_listener{${ISTIOD}})`,
            "outbound listeners": `max(pilot_conflict_outbound_listener_tcp_over_current_tcp{${ISTIOD}})`,
            "hosts of two virtual services": `max(pilot_vservice_dup_domain{${ISTIOD}})`,
            "clusters of one name": `max(pilot_duplicate_envoy_clusters{${ISTIOD}})`,
        },
    },
    {
        title: "Objects that istiod's webhook judged",
        description: "Refused ones never reach the cluster.",
        unit: "ops",
        queries: {
            "passed {{resource}}": rate("galley_validation_passed", "resource"),
            "refused {{resource}}": rate("galley_validation_failed", "resource"),
        },
    },
    {
        title: "Injected pods",
        description: "A pod that the webhook did not serve has no sidecar, or is not made at all.",
        unit: "ops",
        queries: {
            asked: rate("sidecar_injection_requests_total", "job"),
            injected: rate("sidecar_injection_success_total", "job"),
            failed: rate("sidecar_injection_failure_total", "job"),
        },
    },
];

const AUTHORITY: readonly PanelSpec[] = [
    {
        title: "Certificates",
        description:
            "Requests of proxies, and those that were signed; both lines are one while all is well.",
        unit: "ops",
        queries: {
            requests: rate("citadel_server_csr_count", "job"),
            signed: rate("citadel_server_success_cert_issuance_count", "job"),
        },
    },
    {
        title: "Time until the root certificate ends",
        description: "Afterwards no connection inside the mesh is accepted.",
        type: "stat",
        unit: "s",
        queries: { soonest: `min(citadel_server_root_cert_expiry_timestamp{${ISTIOD}}) - time()` },
    },
];

const PROCESS: readonly PanelSpec[] = [
    {
        title: "Memory",
        description: "Of the process as the kernel counts it, and what Go uses of it.",
        unit: "bytes",
        queries: {
            "resident {{pod}}": `sum by (pod) (process_resident_memory_bytes{${ISTIOD}})`,
            "heap {{pod}}": `sum by (pod) (go_memstats_heap_inuse_bytes{${ISTIOD}})`,
        },
    },
    {
        title: "CPU",
        description: "Seconds of a core in a second.",
        unit: "percentunit",
        queries: { "{{pod}}": rate("process_cpu_seconds_total", "pod") },
    },
    {
        title: "Goroutines",
        description: "Some a connected proxy; a line that only rises is a leak.",
        unit: "short",
        queries: { "{{pod}}": `sum by (pod) (go_goroutines{${ISTIOD}})` },
    },
    {
        title: "Versions",
        description: "Of istiod; two for a while where it is upgraded.",
        type: "stat",
        unit: "short",
        queries: { "{{tag}}": `sum by (tag) (istio_build{${ISTIOD},component="pilot"})` },
    },
];

/** istiod: what it knows, what it sends, whether it arrives, and what that costs. */
export function controlPlaneDashboard(): Dashboard {
    return dashboard({
        uid: "a4co-istio-control-plane",
        title: "Istio Control Plane Dashboard",
        description: "istiod: pushes, refusals, connected proxies, certificates, webhooks, cost.",
        variables: [],
        panels: [...PUSHES, ...KNOWLEDGE, ...AUTHORITY, ...PROCESS],
    });
}
