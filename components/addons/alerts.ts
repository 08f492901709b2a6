import { CANARY, CANARY_THRESHOLDS, LATENCY_FLOOR } from "#model/canary.ts";
import type { PlatformSettings } from "#stack/platform-settings.ts";
import { JOBS } from "./prometheus-jobs.ts";

/** `critical`: users are refused or a control is gone, somebody must look now. `warning`: in working hours. */
type Severity = "critical" | "warning";

/** One alerting rule, in Prometheus' own field names. */
export interface AlertRule {
    readonly alert: string;
    readonly expr: string;
    readonly for: string;
    readonly labels: { readonly severity: Severity };
    readonly annotations: {
        /** What is wrong, with the names of what it is about. */
        readonly summary: string;
        /** What that means, and what to do. */
        readonly description: string;
    };
}

/** Rules that are evaluated one after the other. */
export interface AlertGroup {
    readonly name: string;
    readonly rules: readonly AlertRule[];
}

/** How much has to be seen before an alert is raised. */
interface Pace {
    /** What rates are taken over. */
    readonly window: string;
    /** How far back something that happens once is still shown. */
    readonly memory: string;
    /** How long it has to last: on a large platform, and on a small one, by default at once. */
    readonly hold: (large: string, small?: string) => string;
}

/** A window and the wait after it are equally long, so that something that happened once and is over is not raised. */
const LARGE: Pace = { window: "5m", memory: "30m", hold: (large) => large };
/** Nobody is called: it shows what an alert would say. */
const SMALL: Pace = { window: "1m", memory: "1m", hold: (_large, small = "15s") => small };

/** How long a certificate has to last, in seconds. Istio renews a proxy's when half of its day is over. */
const LEAST_LIFE = { workload: 6 * 3600, root: 30 * 86_400 };
/** Requests denied in a second by one application, and by what factor that must have grown within the hour. */
const DENIED = { rate: 0.5, growth: 3 };
/** Share of an application's requests that a breaker may refuse. */
const REFUSED_SHARE = 0.01;
/** Seconds in which 99 of 100 changes have to be on every proxy. */
const CONVERGENCE = 10;
/** Seconds in which a watch of `mesh verify` has to end a round. */
const VERIFY_ROUND = 7200;

const ISTIOD = `job="${JOBS.istiod}"`;
const PROXIES = `job="${JOBS.proxy}"`;

/**
 * Every alert of the mesh, by group.
 *
 * They count on the names in {@link JOBS} and on the labels `namespace`, `pod` and `app` of a target. Two things shape the queries: a series may not be there before its first event, and one that is born
 * with it has not grown.
 */
export function alertGroups({ size }: Pick<PlatformSettings, "size">): readonly AlertGroup[] {
    const pace = size === "large" ? LARGE : SMALL;
    return [
        { name: "mesh-control-plane", rules: controlPlaneRules(pace) },
        { name: "mesh-proxies", rules: proxyRules(pace) },
        { name: "mesh-authorization", rules: [deniedRequestsRising(pace)] },
        { name: "mesh-canary", rules: canaryRules(pace) },
        { name: "mesh-verify", rules: verifyRules(pace) },
    ];
}

function controlPlaneRules({ window, memory, hold }: Pace): readonly AlertRule[] {
    const rejected = [
        "envoy_cluster_manager_cds_update_rejected",
        "envoy_listener_manager_lds_update_rejected",
    ].map((counter) => `increase(${counter}{${PROXIES}}[${memory}])`);
    const byProxies = `sum by (namespace, app, pod) (${rejected.join(" + ")}) > 0`;
    // Routes and endpoints that a proxy refuses are counted by istiod alone, which does not say whose they are. What both
    // count ends a scrape apart.
    const byIstiod = `sum by (namespace, app, pod) (increase(pilot_total_xds_rejects{${ISTIOD}}[${memory}])) > 0`;
    return [
        {
            alert: "IstiodDown",
            expr: `absent(up{${ISTIOD}} == 1)`,
            for: hold("5m", "1m"),
            labels: { severity: "critical" },
            annotations: {
                summary: "no istiod answers Prometheus",
                description:
                    "Running proxies go on with what they have, but new pods get no sidecar or never become ready, no change of a route or a policy arrives, and certificates are not renewed. Look at the pods of Deployment istiod (kubectl describe, kubectl logs), then at whether Prometheus reaches port 15014.",
            },
        },
        {
            alert: "ProxiesNotConnected",
            expr: `count(up{${PROXIES}} == 1) - sum(pilot_xds{${ISTIOD}}) > 0`,
            for: hold("10m", "1m"),
            labels: { severity: "warning" },
            annotations: {
                summary: "{{ $value }} running proxies have no connection to istiod",
                description:
                    "They keep routes, policies and certificates as they are, however old. istioctl proxy-status lists who is connected; of a proxy that is missing there, read the log of container istio-proxy: it names what it cannot reach.",
            },
        },
        {
            alert: "ConfigRejected",
            expr: `${byProxies} or (${byIstiod} unless on () max_over_time((${byProxies})[${window}:]))`,
            for: hold("0s"),
            labels: { severity: "warning" },
            annotations: {
                summary:
                    "{{ $labels.pod }} of {{ $labels.namespace }} counts refused configuration",
                description:
                    "A proxy refused what istiod sent it and keeps what it had: the last change of a route, a policy or an EnvoyFilter is not in force there. The log of its container istio-proxy says why (gRPC config rejected); where the pod is istiod's, its log names the proxy. Take back the last change, then mesh verify.",
            },
        },
        {
            alert: "ConfigPushSlow",
            expr: `histogram_quantile(0.99, sum by (le) (rate(pilot_proxy_convergence_time_bucket{${ISTIOD}}[${window}]))) > ${CONVERGENCE}`,
            for: hold("10m"),
            labels: { severity: "warning" },
            annotations: {
                summary: "changes take {{ $value | humanizeDuration }} to reach the proxies",
                description:
                    "For so long proxies follow old routes and policies after a change. The dashboard Istio Control Plane shows whether istiod lacks CPU or pushes all the time; give it more CPU or replicas, or find who changes objects so often (pilot_push_triggers).",
            },
        },
        {
            alert: "RootCertificateExpiring",
            expr: `min by (namespace) (citadel_server_root_cert_expiry_timestamp{${ISTIOD}} > 0) - time() < ${LEAST_LIFE.root}`,
            for: hold("15m"),
            labels: { severity: "critical" },
            annotations: {
                summary: "the mesh's root certificate ends in {{ $value | humanizeDuration }}",
                description:
                    "When it has ended no connection inside the mesh is accepted any more. Renew the root in the control plane's namespace (Secret istio-ca-secret or cacerts) while both roots are still trusted, restart istiod, then the workloads.",
            },
        },
    ];
}

function proxyRules({ window, hold }: Pace): readonly AlertRule[] {
    const by = "sum by (namespace, app, cluster_name)";
    const refused = ["pending", "active"].map(
        (kind) => `rate(envoy_cluster_upstream_rq_${kind}_overflow{${PROXIES}}[${window}])`,
    );
    return [
        {
            alert: "ProxyMetricsMissing",
            expr: `up{${PROXIES}} == 0 or absent(up{${PROXIES}})`,
            for: hold("10m", "1m"),
            labels: { severity: "warning" },
            annotations: {
                summary:
                    "Prometheus does not reach {{ with $labels.pod }}the proxy of {{ . }}{{ else }}any proxy{{ end }}",
                description:
                    "No alert below can be raised for it, and dashboards leave it out. A pod that hangs while it ends, a NetworkPolicy that keeps Prometheus from port 15020, or a proxy that is gone: kubectl describe pod, then the target's error on Prometheus' page Status, Target health.",
            },
        },
        {
            alert: "WorkloadCertificateExpiring",
            expr: `min by (namespace, app, pod) (istio_agent_cert_expiry_seconds{${PROXIES}}) < ${LEAST_LIFE.workload}`,
            for: hold("15m"),
            labels: { severity: "critical" },
            annotations: {
                summary:
                    "the certificate of {{ $labels.pod }} ends in {{ $value | humanizeDuration }}",
                description:
                    "Half of its life ago it should have been renewed. When it has ended nobody can call this pod, and it can call nobody. Its container istio-proxy logs why istiod does not sign (citadelclient); a pod that is made anew gets a new one if istiod answers.",
            },
        },
        {
            alert: "BreakerOpen",
            expr: `${by} (${refused.join(" + ")}) / ${by} (rate(envoy_cluster_upstream_rq{${PROXIES},response_code_class!=""}[${window}])) > ${REFUSED_SHARE}`,
            for: hold("5m"),
            labels: { severity: "warning" },
            annotations: {
                summary:
                    "a breaker of {{ $labels.app }} refuses {{ $value | humanizePercentage }} of the requests to {{ $labels.cluster_name }}",
                description:
                    "The proxy answers 503 (flag UO) before the application sees the request: more are under way than connectionPool allows. Look on the dashboard Istio Service whether there are more requests or slower answers. Slower: mend the callee. More: add replicas, or raise the limits in services/ if the callee can take it (mesh load pool-overflow).",
            },
        },
        {
            alert: "HostsEjected",
            expr: `${by} (increase(envoy_cluster_outlier_detection_ejections_enforced_total{${PROXIES}}[${window}])) > 0`,
            for: hold("5m"),
            labels: { severity: "warning" },
            annotations: {
                summary: "{{ $labels.app }} keeps ejecting pods of {{ $labels.cluster_name }}",
                description:
                    "A pod answers with errors time after time, so that callers leave it out; the others carry its share. istioctl proxy-config endpoints shows which has failed its outlier check. Read its log, and end it if it does not recover: a Deployment makes a new one.",
            },
        },
    ];
}

/** Denials in a second, by the application that denies. */
function deniedRequestsRising({ window, hold }: Pace): AlertRule {
    const denied = (range: string): string =>
        `sum by (namespace, app) (rate({__name__=~"envoy_http_rbac|envoy_tcp",${PROXIES},authz_enforce_result="denied"}[${range}]${range === window ? "" : ` offset ${window}`}))`;
    const now = denied(window);
    return {
        alert: "DeniedRequestsRising",
        // Without an hour behind it everything is new.
        expr: `${now} > ${DENIED.rate} and ${now} > ${DENIED.growth} * (${denied("1h")} or 0 * ${now})`,
        for: hold("10m"),
        labels: { severity: "warning" },
        annotations: {
            summary:
                "{{ $labels.app }} denies {{ $value | humanize }} requests a second, far more than an hour ago",
            description:
                'Somebody asks for what no rule allows: a caller that is not declared in services/, a new path or method, or somebody who tries doors. sum by (source_principal) (rate(istio_requests_total{reporter="destination",response_code="403"}[5m])) says who, the access log of the callee\'s proxy says what (rbac_access_denied). Declare the call, or stop the caller; mesh verify asks for denials on purpose, for a minute.',
        },
    };
}

/** What makes `mesh canary` give a canary up. */
function canaryRules({ window, hold }: Pace): readonly AlertRule[] {
    const { maxErrorRate, maxLatencyRatio, minRequests } = CANARY_THRESHOLDS;
    const by = "destination_service_namespace, destination_service_name";
    const of = (version: string): string =>
        `reporter="source",destination_version${version === CANARY ? "=" : "!="}"${CANARY}"`;
    const requests = (selector: string): string =>
        `sum by (${by}) (increase(istio_requests_total{${selector}}[${window}]))`;
    const p95 = (selector: string): string =>
        `histogram_quantile(0.95, sum by (le, ${by}) (rate(istio_request_duration_milliseconds_bucket{${selector}}[${window}])))`;
    const [canary, stable] = [of(CANARY), of("")];
    const enough = `${requests(canary)} >= ${minRequests}`;
    const service =
        "{{ $labels.destination_service_name }}.{{ $labels.destination_service_namespace }}";
    return [
        {
            alert: "CanaryFailing",
            expr: `${requests(`${canary},response_code=~"5..|0"`)} / clamp_min(${requests(canary)}, ${minRequests}) > ${maxErrorRate / 100}`,
            for: hold("5m"),
            labels: { severity: "critical" },
            annotations: {
                summary: `{{ $value | humanizePercentage }} of the requests to the canary of ${service} fail`,
                description:
                    "Users get these errors. mesh canary abort SERVICE takes the canary's traffic away; the dashboard Canary compares it with the stable version. A canary that a waiting mesh canary run watches is given up by itself.",
            },
        },
        {
            alert: "CanarySlow",
            expr: `${p95(canary)} > ${maxLatencyRatio} * clamp_min(${p95(stable)}, ${LATENCY_FLOOR}) and ${enough}`,
            for: hold("5m"),
            labels: { severity: "warning" },
            annotations: {
                summary: `the canary of ${service} has a 95th percentile of {{ $value | humanize }} ms, over ${maxLatencyRatio} times the stable version's`,
                description:
                    "mesh canary would not let it go on. Keep its weight, look at its traces, and mesh canary abort SERVICE where the reason is not known.",
            },
        },
    ];
}

/** Where `mesh verify --every` runs in the cluster; without it none of its series is there. */
function verifyRules({ memory, hold }: Pace): readonly AlertRule[] {
    const by = "by (namespace, pod)";
    const rounds = (matcher: string): string =>
        `sum ${by} (increase(mesh_verify_rounds_total{result${matcher}"unasked"}[${memory}])) > 0`;
    return [
        {
            alert: "MeshVerifyFailing",
            expr: 'sum by (namespace, section) (mesh_verify_checks{status="failed"}) > 0',
            for: hold("10m"),
            labels: { severity: "critical" },
            annotations: {
                summary: "{{ $value }} checks of section {{ $labels.section }} do not hold",
                description:
                    "Something that is declared is not enforced. mesh_verify_broken_check names the checks, and mesh verify says what was seen instead, with a page that explains it. Find who changed the cluster beside the program; pulumi up brings back what is declared.",
            },
        },
        {
            alert: "MeshVerifyBlind",
            expr: [
                `(${rounds("=")} unless ${rounds("!=")})`,
                `max ${by} (time() - (mesh_verify_last_round_timestamp_seconds > 0)) > ${VERIFY_ROUND}`,
                "(group by (namespace) (mesh_verify_info offset 1h) unless group by (namespace) (mesh_verify_info))",
            ].join(" or "),
            for: "10m",
            labels: { severity: "warning" },
            annotations: {
                summary: "nobody knows whether the mesh of {{ $labels.namespace }} holds",
                description:
                    "The watch of mesh verify could ask nothing, has not ended a round in two hours, or is gone within the last hour. The log of Deployment mesh-verify says why; the alert ends by itself an hour after a watch was removed on purpose.",
            },
        },
    ];
}
