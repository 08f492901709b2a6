import { ABSENT, PRESENT } from "./intention.ts";
import type { Intention, Pair } from "./intention.ts";

const BADGER = {
    directories: { keys: "/badger/keys", values: "/badger/values" },
    ephemeral: false,
    ttl: { spans: "168h" },
};
const CLAIM = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { annotations: { "helm.sh/resource-policy": "keep" }, name: "jaeger-badger" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "20Gi" } } },
};

function ruleAt(group: string, index: number, field: "expr" | "for"): string {
    return `values.serverFiles.alerting_rules.yml.groups.${group}.rules.${index}.${field}`;
}

/** How long each alert of a group has to last. */
function alerts(group: string, waits: readonly Pair[]): Readonly<Record<string, Pair>> {
    return Object.fromEntries(waits.map((wait, index) => [ruleAt(group, index, "for"), wait]));
}

/** Those of them that look at a while, and not at now. */
function looksBack(group: string, ...indices: readonly number[]): Readonly<Record<string, Pair>> {
    return Object.fromEntries(
        indices.map((index) => [ruleAt(group, index, "expr"), [/\[1m\]/, /\[(?:5|30)m\]/]]),
    );
}

/** What differs for Prometheus, Grafana, Jaeger and Kiali. */
export const ADDONS: readonly Intention[] = [
    {
        intention: "people sign in to prod's consoles",
        changes: {
            "platform-kiali-release": {
                "values.auth.strategy": ["anonymous", "token"],
                "values.external_services.grafana.auth": [
                    ABSENT,
                    {
                        type: "basic",
                        username: "secret:grafana-admin:admin-user",
                        password: "secret:grafana-admin:admin-password",
                    },
                ],
            },
            "platform-grafana-release": {
                "values.grafana.ini.auth.anonymous.enabled": [true, false],
                "values.grafana.ini.auth.anonymous.org_role": ["Viewer", ABSENT],
            },
        },
    },
    {
        intention: "browsers reach prod's consoles by HTTPS, dev's by a port-forward",
        changes: {
            "platform-grafana-release": {
                "values.grafana.ini.server.domain": ["localhost", "grafana.a4co.example"],
                "values.grafana.ini.server.root_url": [
                    "http://localhost:3000/",
                    "https://grafana.a4co.example/",
                ],
                "values.grafana.ini.security": [
                    ABSENT,
                    {
                        cookie_samesite: "strict",
                        cookie_secure: true,
                        disable_gravatar: true,
                        strict_transport_security: true,
                    },
                ],
            },
            "platform-kiali-release": {
                "values.external_services.grafana.external_url": [
                    "http://localhost:3000",
                    "https://grafana.a4co.example",
                ],
                "values.external_services.tracing.external_url": [
                    "http://localhost:16686/jaeger",
                    "https://jaeger.a4co.example/jaeger",
                ],
                "values.server.web_fqdn": [ABSENT, "kiali.a4co.example"],
                "values.server.web_schema": [ABSENT, "https"],
            },
        },
    },
    {
        intention: "only who needs them reaches prod's addons",
        changes: {
            "platform-prometheus-network-policy": { "": [ABSENT, PRESENT] },
            "platform-grafana-network-policy": { "": [ABSENT, PRESENT] },
            "platform-jaeger-network-policy": { "": [ABSENT, PRESENT] },
        },
    },
    {
        intention: "prod keeps metrics for 15 days, traces for a week, and Grafana's settings",
        changes: {
            "platform-prometheus-release": {
                "values.server.retention": ["6h", "15d"],
                "values.server.retentionSize": [ABSENT, "45GB"],
                "values.server.persistentVolume.enabled": [false, true],
                "values.server.persistentVolume.size": [ABSENT, "50Gi"],
                "values.server.strategy": [ABSENT, { type: "Recreate" }],
            },
            "platform-grafana-release": {
                "values.persistence.enabled": [false, true],
                "values.persistence.type": [ABSENT, "pvc"],
                "values.persistence.size": [ABSENT, "10Gi"],
                "values.persistence.accessModes": [ABSENT, ["ReadWriteOnce"]],
                "values.deploymentStrategy": [ABSENT, { type: "Recreate" }],
            },
            "platform-jaeger-release": {
                "values.userconfig.extensions.jaeger_storage.backends.main.memory": [
                    { max_traces: 5000 },
                    ABSENT,
                ],
                "values.userconfig.extensions.jaeger_storage.backends.main.badger": [
                    ABSENT,
                    BADGER,
                ],
                "values.jaeger.extraVolumes": [
                    ABSENT,
                    [{ name: "badger", persistentVolumeClaim: { claimName: "jaeger-badger" } }],
                ],
                "values.jaeger.extraVolumeMounts": [
                    ABSENT,
                    [{ name: "badger", mountPath: "/badger" }],
                ],
                "values.extraObjects": [ABSENT, [CLAIM]],
                "values.jaeger.podLabels.config-hash": [/^[0-9a-f]{16}$/, /^[0-9a-f]{16}$/],
            },
        },
    },
    {
        intention:
            "prod's Prometheus reads less often, knows the cluster's objects, and restarts on a new configuration",
        changes: {
            "platform-prometheus-release": {
                "values.kube-state-metrics.enabled": [false, true],
                "values.server.global.scrape_interval": ["5s", "15s"],
                "values.server.global.scrape_timeout": ["5s", "10s"],
                "values.server.global.evaluation_interval": ["5s", "15s"],
                "values.server.podAnnotations": [ABSENT, PRESENT],
                "values.server.extraFlags": [ABSENT, []],
                "values.server.readinessProbeInitialDelay": [0, ABSENT],
                "values.configmapReload.prometheus.enabled": [true, false],
                "values.configmapReload.prometheus.resources": [
                    { limits: { memory: "64Mi" }, requests: { cpu: "10m", memory: "32Mi" } },
                    ABSENT,
                ],
            },
        },
    },
    {
        intention: "prod's alerts look further back and wait until it lasts, as they call somebody",
        changes: {
            "platform-prometheus-release": {
                ...alerts("mesh-control-plane", [
                    ["1m", "5m"],
                    ["1m", "10m"],
                    ["15s", "0s"],
                    ["15s", "10m"],
                    ["15s", "15m"],
                ]),
                ...looksBack("mesh-control-plane", 2, 3),
                ...alerts("mesh-proxies", [
                    ["1m", "10m"],
                    ["15s", "15m"],
                    ["15s", "5m"],
                    ["15s", "5m"],
                ]),
                ...looksBack("mesh-proxies", 2, 3),
                ...alerts("mesh-authorization", [["15s", "10m"]]),
                ...looksBack("mesh-authorization", 0),
                ...alerts("mesh-canary", [
                    ["15s", "5m"],
                    ["15s", "5m"],
                ]),
                ...looksBack("mesh-canary", 0, 1),
                ...alerts("mesh-verify", [["15s", "10m"]]),
                ...looksBack("mesh-verify", 1),
            },
        },
    },
    {
        intention: "prod's guard refuses Kiali the port-forward by which it would ask istiod",
        changes: {
            "platform-kiali-release": {
                "values.external_services.istio.istio_api_enabled": [ABSENT, false],
            },
        },
    },
    {
        intention: "prod runs two Kialis that log for machines",
        changes: {
            "platform-kiali-release": {
                "values.deployment.replicas": [1, 2],
                "values.deployment.pod_disruption_budget": [ABSENT, { spec: { minAvailable: 1 } }],
                "values.deployment.logger": [ABSENT, { log_format: "json" }],
            },
        },
    },
    {
        intention: "prod gives the addons the room of a real load",
        changes: {
            "platform-prometheus-release": {
                "values.server.resources.requests.cpu": ["50m", "500m"],
                "values.server.resources.requests.memory": ["256Mi", "2Gi"],
                "values.server.resources.limits.memory": ["1Gi", "4Gi"],
            },
            "platform-grafana-release": {
                "values.resources.requests.cpu": ["20m", "100m"],
                "values.resources.requests.memory": ["128Mi", "256Mi"],
                "values.resources.limits.memory": ["512Mi", "1Gi"],
            },
            "platform-jaeger-release": {
                "values.jaeger.resources.requests.cpu": ["20m", "200m"],
                "values.jaeger.resources.requests.memory": ["128Mi", "512Mi"],
                "values.jaeger.resources.limits.memory": ["512Mi", "2Gi"],
                "values.userconfig.processors.memory_limiter.limit_mib": [400, 1600],
                "values.userconfig.processors.memory_limiter.spike_limit_mib": [80, 300],
            },
            "platform-kiali-release": {
                "values.deployment.resources.requests.cpu": ["10m", "50m"],
                "values.deployment.resources.requests.memory": ["64Mi", "128Mi"],
                "values.deployment.resources.limits.memory": ["512Mi", "1Gi"],
            },
        },
    },
];
