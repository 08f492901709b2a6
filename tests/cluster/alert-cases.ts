/** What an alert must do with series that are given. */
export interface AlertCase {
    readonly alert: string;
    readonly what: string;
    /** Default: large, as in prod. */
    readonly size?: "small" | "large";
    /** Values of each series every 15 seconds, in promtool's notation. */
    readonly series: Readonly<Record<string, string>>;
    /** When what is asked; `undefined` where nothing may be raised. */
    readonly at: Readonly<Record<string, Raised | undefined>>;
}

/** What is raised: the labels beside the severity, and the text. */
export interface Raised {
    readonly severity: "critical" | "warning";
    readonly labels?: Readonly<Record<string, string>>;
    readonly summary: string;
}

const PROXY = 'job="envoy-stats",namespace="a4co",app="order-service",pod="order-1"';
const ISTIOD = 'job="istiod",namespace="istio-system",app="istiod",pod="istiod-1"';
const VERIFY = 'job="kubernetes-pods-app",namespace="istio-system",pod="mesh-verify-1"';

const DOWN: Raised = { severity: "critical", summary: "no istiod answers Prometheus" };

const CDS = `envoy_cluster_manager_cds_update_rejected{${PROXY}}`;
const LDS = `envoy_listener_manager_lds_update_rejected{${PROXY}}`;
const XDS = `pilot_total_xds_rejects{${ISTIOD},type="rds"}`;

const CLUSTER = "outbound|3006|v1|payment-service.a4co.svc.cluster.local";
const TO_PAYMENT = `${PROXY},cluster_name="${CLUSTER}"`;
const ORDER_TO_PAYMENT = { namespace: "a4co", app: "order-service", cluster_name: CLUSTER };

/** What the caller's proxy counts of its pool: refused ones, answers with 2xx, and with 5xx. */
function pool(overflow: string, answered: string, failed: string): Record<string, string> {
    return {
        [`envoy_cluster_upstream_rq_pending_overflow{${TO_PAYMENT}}`]: overflow,
        [`envoy_cluster_upstream_rq_active_overflow{${TO_PAYMENT}}`]: "0x100",
        [`envoy_cluster_upstream_rq{${TO_PAYMENT},response_code_class="2xx"}`]: answered,
        [`envoy_cluster_upstream_rq{${TO_PAYMENT},response_code_class="5xx"}`]: failed,
        // The same requests once more, which must not be counted twice.
        [`envoy_cluster_upstream_rq{${TO_PAYMENT},response_code="200"}`]: answered,
        [`envoy_cluster_upstream_rq{${TO_PAYMENT},response_code="503"}`]: failed,
    };
}

const DENIED = `envoy_http_rbac{${PROXY},authz_enforce_result="denied",http_conn_manager_prefix="inbound_0.0.0.0_3004"}`;
const ALLOWED = `envoy_http_rbac{${PROXY},authz_enforce_result="allowed",http_conn_manager_prefix="inbound_0.0.0.0_3004"}`;

const INVENTORY =
    'destination_service_name="inventory-service",destination_service_namespace="a4co"';
const OF_INVENTORY = {
    destination_service_name: "inventory-service",
    destination_service_namespace: "a4co",
};

function requests(version: string, code: string, reporter = "source"): string {
    return `istio_requests_total{reporter="${reporter}",${INVENTORY},destination_version="${version}",response_code="${code}"}`;
}

/** A duration histogram of which all answers lie between two bounds. */
function durations(version: string, below: number, upTo: number): Record<string, string> {
    const bucket = (le: string): string =>
        `istio_request_duration_milliseconds_bucket{reporter="source",${INVENTORY},destination_version="${version}",le="${le}"}`;
    return {
        [bucket(String(below))]: "0x100",
        [bucket(String(upTo))]: "0+100x100",
        [bucket("+Inf")]: "0+100x100",
    };
}

const FAILED = `mesh_verify_checks{${VERIFY},section="authorization",status="failed"}`;
const NOT_HELD: Raised = {
    severity: "critical",
    labels: { namespace: "istio-system", section: "authorization" },
    summary: "2 checks of section authorization do not hold",
};
const BLIND: Raised = {
    severity: "warning",
    labels: { namespace: "istio-system", pod: "mesh-verify-1" },
    summary: "nobody knows whether the mesh of istio-system holds",
};

const CONTROL_PLANE: readonly AlertCase[] = [
    {
        alert: "IstiodDown",
        what: "no target at all",
        series: {},
        at: { "4m45s": undefined, "5m": DOWN },
    },
    {
        alert: "IstiodDown",
        what: "every replica down",
        series: { [`up{${ISTIOD}}`]: "1x20 0x60" },
        at: { "5m": undefined, "15m": DOWN },
    },
    {
        alert: "IstiodDown",
        what: "one replica of two down, and a restart of both",
        series: {
            [`up{${ISTIOD}}`]: "0x60 0x12 1x60",
            [`up{${ISTIOD.replace("istiod-1", "istiod-2")}}`]: "1x60 0x12 1x60",
        },
        at: { "10m": undefined, "15m": undefined, "18m": undefined, "25m": undefined },
    },
    {
        alert: "ProxiesNotConnected",
        what: "three proxies, two connections",
        series: {
            [`up{${PROXY}}`]: "1x60",
            [`up{${PROXY.replace("order-1", "order-2")}}`]: "1x60",
            [`up{${PROXY.replace("order-1", "order-3")}}`]: "1x60",
            [`pilot_xds{${ISTIOD},version="1.31.1"}`]: "2x60",
        },
        at: {
            "9m": undefined,
            "10m": {
                severity: "warning",
                summary: "1 running proxies have no connection to istiod",
            },
        },
    },
    {
        alert: "ProxiesNotConnected",
        what: "as many as proxies, of two versions, one not scraped",
        series: {
            [`up{${PROXY}}`]: "1x60",
            [`up{${PROXY.replace("order-1", "order-2")}}`]: "0x60",
            [`pilot_xds{${ISTIOD},version="1.31.1"}`]: "1x60",
            [`pilot_xds{${ISTIOD},version="1.30.4"}`]: "1x60",
        },
        at: { "14m": undefined },
    },
    {
        alert: "ProxiesNotConnected",
        what: "istiod not scraped, which is another alert's",
        series: { [`up{${PROXY}}`]: "1x60" },
        at: { "14m": undefined },
    },
    {
        alert: "ConfigRejected",
        what: "once, and for half an hour",
        series: { [CDS]: "0x8 1x200", [LDS]: "0x208" },
        at: {
            "2m": undefined,
            "3m": rejectedBy("a4co", "order-service", "order-1"),
            "20m": rejectedBy("a4co", "order-service", "order-1"),
            "40m": undefined,
        },
    },
    {
        alert: "ConfigRejected",
        what: "a route, which istiod alone counts",
        series: { [CDS]: "0x100", [LDS]: "0x100", [XDS]: "1x8 2x92" },
        at: { "3m": rejectedBy("istio-system", "istiod", "istiod-1") },
    },
    {
        alert: "ConfigRejected",
        what: "once by the proxy's count, not a second time by istiod's",
        series: { [CDS]: "0x8 1x92", [LDS]: "0x100", [XDS]: "1x8 2x92" },
        at: { "3m": rejectedBy("a4co", "order-service", "order-1") },
    },
    {
        alert: "ConfigRejected",
        what: "long ago",
        series: { [CDS]: "3x200", [LDS]: "7x200", [XDS]: "9x200" },
        at: { "3m": undefined, "40m": undefined },
    },
    {
        alert: "ConfigPushSlow",
        what: "one in ten needs more than ten seconds",
        series: convergence("0+90x100"),
        at: {
            "10m": undefined,
            "11m": { severity: "warning", summary: "changes take 19s to reach the proxies" },
        },
    },
    {
        alert: "ConfigPushSlow",
        what: "all within ten seconds",
        series: convergence("0+100x100"),
        at: { "20m": undefined },
    },
    {
        alert: "RootCertificateExpiring",
        what: "in 23 days",
        series: { [`citadel_server_root_cert_expiry_timestamp{${ISTIOD}}`]: "2000000x100" },
        at: {
            "14m": undefined,
            "20m": {
                severity: "critical",
                labels: { namespace: "istio-system" },
                summary: "the mesh's root certificate ends in 23d 3h 13m 20s",
            },
        },
    },
    {
        alert: "RootCertificateExpiring",
        what: "in 34 days, and not known by a second istiod yet",
        series: {
            [`citadel_server_root_cert_expiry_timestamp{${ISTIOD}}`]: "3000000x100",
            [`citadel_server_root_cert_expiry_timestamp{${ISTIOD.replace("istiod-1", "istiod-2")}}`]:
                "0x100",
        },
        at: { "20m": undefined },
    },
];

function rejectedBy(namespace: string, app: string, pod: string): Raised {
    return {
        severity: "warning",
        labels: { namespace, app, pod },
        summary: `${pod} of ${namespace} counts refused configuration`,
    };
}

function convergence(within: string): Record<string, string> {
    const bucket = (le: string): string =>
        `pilot_proxy_convergence_time_bucket{${ISTIOD},le="${le}"}`;
    return {
        [bucket("10")]: within,
        [bucket("20")]: "0+100x100",
        [bucket("+Inf")]: "0+100x100",
    };
}

const PROXIES: readonly AlertCase[] = [
    {
        alert: "ProxyMetricsMissing",
        what: "one target down",
        series: {
            [`up{${PROXY}}`]: "0x60",
            [`up{${PROXY.replace("order-1", "order-2")}}`]: "1x60",
        },
        at: {
            "9m": undefined,
            "10m": {
                severity: "warning",
                labels: {
                    job: "envoy-stats",
                    namespace: "a4co",
                    app: "order-service",
                    pod: "order-1",
                },
                summary: "Prometheus does not reach the proxy of order-1",
            },
        },
    },
    {
        alert: "ProxyMetricsMissing",
        what: "no target at all",
        series: {},
        at: {
            "9m": undefined,
            "10m": {
                severity: "warning",
                labels: { job: "envoy-stats" },
                summary: "Prometheus does not reach any proxy",
            },
        },
    },
    {
        alert: "ProxyMetricsMissing",
        what: "a pod that takes five minutes to go",
        series: {
            [`up{${PROXY}}`]: "1x20 0x20 stale",
            [`up{${PROXY.replace("order-1", "order-2")}}`]: "1x80",
        },
        at: { "9m": undefined, "16m": undefined },
    },
    {
        alert: "WorkloadCertificateExpiring",
        what: "not renewed, five and a half hours left",
        series: {
            [`istio_agent_cert_expiry_seconds{${PROXY},resource_name="default"}`]: "19800x80",
        },
        at: {
            "14m": undefined,
            "15m": {
                severity: "critical",
                labels: { namespace: "a4co", app: "order-service", pod: "order-1" },
                summary: "the certificate of order-1 ends in 5h 30m 0s",
            },
        },
    },
    {
        alert: "WorkloadCertificateExpiring",
        what: "the least that is left before a renewal, and no proxy",
        series: {
            [`istio_agent_cert_expiry_seconds{${PROXY},resource_name="default"}`]: "40000x80",
        },
        at: { "19m": undefined },
    },
    {
        alert: "BreakerOpen",
        what: "3 of 103 refused all the time",
        series: pool("0+3x100", "0+100x100", "0+3x100"),
        at: {
            "5m": undefined,
            "6m": {
                severity: "warning",
                labels: ORDER_TO_PAYMENT,
                summary: `a breaker of order-service refuses 2.913% of the requests to ${CLUSTER}`,
            },
        },
    },
    {
        alert: "BreakerOpen",
        what: "1 of 200 refused",
        series: pool("0+1x100", "0+199x100", "0+1x100"),
        at: { "20m": undefined },
    },
    {
        alert: "BreakerOpen",
        what: "one burst that is over",
        series: pool("0x20 30x80", "0+100x100", "0x20 30x80"),
        at: { "6m": undefined, "8m": undefined, "10m": undefined, "11m": undefined },
    },
    {
        alert: "BreakerOpen",
        what: "errors that no breaker makes, and limits that nothing has reached yet",
        series: {
            [`envoy_cluster_upstream_rq{${TO_PAYMENT},response_code_class="5xx"}`]: "0+90x100",
        },
        at: { "20m": undefined },
    },
    {
        alert: "BreakerOpen",
        what: "one burst, where alerts come at once",
        size: "small",
        series: pool("0x20 30x80", "0+100x100", "0x20 30x80"),
        at: {
            "5m": undefined,
            "5m45s": {
                severity: "warning",
                labels: ORDER_TO_PAYMENT,
                summary: `a breaker of order-service refuses 6.977% of the requests to ${CLUSTER}`,
            },
            "8m": undefined,
        },
    },
    {
        alert: "HostsEjected",
        what: "one ejection a minute",
        series: {
            [`envoy_cluster_outlier_detection_ejections_enforced_total{${TO_PAYMENT}}`]:
                "0x4 1x4 2x4 3x4 4x4 5x4 6x4 7x4 8x4 9x4 10x4 11x4 12x4",
        },
        at: {
            "5m": undefined,
            "8m": {
                severity: "warning",
                labels: ORDER_TO_PAYMENT,
                summary: `order-service keeps ejecting pods of ${CLUSTER}`,
            },
        },
    },
    {
        alert: "HostsEjected",
        what: "a single ejection",
        series: {
            [`envoy_cluster_outlier_detection_ejections_enforced_total{${TO_PAYMENT}}`]:
                "0x20 1x80",
        },
        at: { "6m": undefined, "8m": undefined, "10m": undefined, "11m": undefined },
    },
];

const RISING: Raised = {
    severity: "warning",
    labels: { namespace: "a4co", app: "order-service" },
    summary: "order-service denies 2 requests a second, far more than an hour ago",
};

const AUTHORIZATION: readonly AlertCase[] = [
    {
        alert: "DeniedRequestsRising",
        what: "from nothing to 2/s",
        series: { [DENIED]: "0x300 30+30x80" },
        at: { "75m": undefined, "84m": undefined, "92m": RISING },
    },
    {
        alert: "DeniedRequestsRising",
        what: "2/s since the mesh is there, without an hour before",
        series: { [DENIED]: "0+30x80" },
        at: { "9m": undefined, "12m": RISING },
    },
    {
        alert: "DeniedRequestsRising",
        what: "connections of TCP",
        series: {
            [`envoy_tcp{${PROXY},authz_enforce_result="denied",tcp_prefix="rbac"}`]:
                "0x300 30+30x80",
        },
        at: { "84m": undefined, "92m": RISING },
    },
    {
        alert: "DeniedRequestsRising",
        what: "2/s all the time",
        series: { [DENIED]: "0+30x400" },
        at: { "95m": undefined },
    },
    {
        alert: "DeniedRequestsRising",
        what: "a few, and any number of allowed ones",
        series: { [DENIED]: "0x300 6+6x80", [ALLOWED]: "0x300 900+900x80" },
        at: { "92m": undefined },
    },
    {
        alert: "DeniedRequestsRising",
        what: "what mesh verify asks for on purpose, once",
        series: { [DENIED]: "0x300 160 300x80" },
        at: { "77m": undefined, "80m": undefined, "85m": undefined, "90m": undefined },
    },
];

const CANARY: readonly AlertCase[] = [
    {
        alert: "CanaryFailing",
        what: "five of a hundred fail or are never answered",
        series: {
            [requests("canary", "200")]: "0+95x100",
            [requests("canary", "503")]: "0+3x100",
            [requests("canary", "0")]: "0+2x100",
            [requests("v1", "200")]: "0+900x100",
        },
        at: {
            "5m": undefined,
            "6m": {
                severity: "critical",
                labels: OF_INVENTORY,
                summary: "5% of the requests to the canary of inventory-service.a4co fail",
            },
        },
    },
    {
        alert: "CanaryFailing",
        what: "the stable version's errors, what the server's proxy says of it, and 4xx",
        series: {
            [requests("canary", "200")]: "0+95x100",
            [requests("canary", "404")]: "0+50x100",
            [requests("canary", "503", "destination")]: "0+50x100",
            [requests("v1", "503")]: "0+900x100",
        },
        at: { "20m": undefined },
    },
    {
        alert: "CanaryFailing",
        what: "one error of few, which is over",
        series: {
            [requests("canary", "200")]: "0+1x100",
            [requests("canary", "503")]: "0x20 1x80",
        },
        at: { "8m": undefined, "11m": undefined },
    },
    {
        alert: "CanaryFailing",
        what: "no canary",
        series: { [requests("v1", "503")]: "0+50x100" },
        at: { "20m": undefined },
    },
    {
        alert: "CanarySlow",
        what: "more than twice as slow",
        series: {
            ...durations("canary", 50, 100),
            ...durations("v1", 10, 25),
            [requests("canary", "200")]: "0+100x100",
        },
        at: {
            "5m": undefined,
            "6m": {
                severity: "warning",
                labels: OF_INVENTORY,
                summary:
                    "the canary of inventory-service.a4co has a 95th percentile of 97.5 ms, over 2 times the stable version's",
            },
        },
    },
    {
        alert: "CanarySlow",
        what: "ten times as slow, where both are fast",
        series: {
            ...durations("canary", 5, 10),
            ...durations("v1", 0.5, 1),
            [requests("canary", "200")]: "0+100x100",
        },
        at: { "20m": undefined },
    },
    {
        alert: "CanarySlow",
        what: "too few requests",
        series: {
            ...durations("canary", 50, 100),
            ...durations("v1", 10, 25),
            [requests("canary", "200")]: "0+1x100",
        },
        at: { "20m": undefined },
    },
];

const VERIFY_CASES: readonly AlertCase[] = [
    {
        alert: "MeshVerifyFailing",
        what: "two checks for ten minutes",
        series: { [FAILED]: "2x100", [FAILED.replace("failed", "skipped")]: "9x100" },
        at: { "9m": undefined, "10m": NOT_HELD },
    },
    {
        alert: "MeshVerifyFailing",
        what: "in one round of three, and accepted or skipped ones",
        series: {
            [FAILED]: "0x20 2x20 0x60",
            [FAILED.replace("failed", "skipped")]: "9x100",
            [FAILED.replace("failed", "accepted")]: "9x100",
        },
        at: { "9m": undefined, "11m": undefined, "20m": undefined },
    },
    {
        alert: "MeshVerifyFailing",
        what: "no watch",
        series: {},
        at: { "20m": undefined },
    },
    {
        alert: "MeshVerifyBlind",
        what: "nothing could be asked",
        series: rounds("0+1x200", "5x200"),
        at: { "5m": undefined, "15m": BLIND },
    },
    {
        alert: "MeshVerifyBlind",
        what: "one round of many that asked nothing",
        series: rounds("0x20 1x180", "0+1x200"),
        at: { "15m": undefined, "40m": undefined },
    },
    {
        alert: "MeshVerifyBlind",
        what: "no round for two hours",
        series: { [`mesh_verify_last_round_timestamp_seconds{${VERIFY}}`]: "60x600" },
        at: { "2h": undefined, "2h15m": BLIND },
    },
    {
        alert: "MeshVerifyBlind",
        what: "the first round under way, a round a minute ago",
        series: {
            [`mesh_verify_last_round_timestamp_seconds{${VERIFY}}`]: "0x600",
            [`mesh_verify_last_round_timestamp_seconds{${VERIFY.replace("verify-1", "verify-2")}}`]:
                "0+15x600",
        },
        at: { "15m": undefined, "2h20m": undefined },
    },
    {
        alert: "MeshVerifyBlind",
        what: "gone since a quarter of an hour, and for two hours",
        series: { [`mesh_verify_info{${VERIFY},stack="prod"}`]: "1x300 stale" },
        at: {
            "1h14m": undefined,
            "1h30m": { ...BLIND, labels: { namespace: "istio-system" } },
            "3h": undefined,
        },
    },
    {
        alert: "MeshVerifyBlind",
        what: "the pod was made anew, and a mesh without a watch",
        series: {
            [`mesh_verify_info{${VERIFY},stack="prod"}`]: "1x100 stale",
            [`mesh_verify_info{${VERIFY.replace("verify-1", "verify-2")},stack="prod"}`]:
                "_x110 1x400",
        },
        at: { "1h": undefined, "1h30m": undefined, "2h": undefined },
    },
];

function rounds(unasked: string, held: string): Record<string, string> {
    return {
        [`mesh_verify_rounds_total{${VERIFY},result="unasked"}`]: unasked,
        [`mesh_verify_rounds_total{${VERIFY},result="held"}`]: held,
        [`mesh_verify_rounds_total{${VERIFY},result="broken"}`]: "0x200",
    };
}

/** For every alert series that raise it, and series that nearly do. */
export const ALERT_CASES: readonly AlertCase[] = [
    ...CONTROL_PLANE,
    ...PROXIES,
    ...AUTHORIZATION,
    ...CANARY,
    ...VERIFY_CASES,
];
