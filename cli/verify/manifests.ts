import type { PodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import type {
    KubernetesObject,
    V1CronJob,
    V1Deployment,
    V1PodTemplateSpec,
} from "@kubernetes/client-node";
import { stringify } from "yaml";
import { permissionsOf, roleObjects } from "#checks/permissions.ts";
import { DEFAULT_USER } from "#model/intents.ts";
import type { Duration } from "#model/intents.ts";
import type { MonitoredBy } from "#stack/config.ts";
import { operatorFrom } from "#stack/config.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";

/** Name of everything that runs it in a cluster. */
const NAME = "mesh-verify";
/** Stands for an image with a checkout in `/mesh`; whoever applies the objects puts theirs in its place. */
const IMAGE = "a4co-mesh";
const METRICS_PORT = 9188;
const METRICS_PORT_NAME = "http-metrics";
const SCHEDULE = "0 * * * *";

interface PodMonitorObject extends KubernetesObject {
    readonly spec: PodMonitor["spec"];
}

/** What shall run in the cluster. */
export interface ManifestOptions {
    readonly stack: string;
    readonly mesh: Pick<DeclaredMesh, "config" | "context">;
    /** A Deployment that watches; without it a CronJob that runs once an hour. */
    readonly every?: Duration | undefined;
    /** Default: the command's own. */
    readonly probeImage?: string | undefined;
}

/** The objects that let `mesh verify` run in the cluster that it judges, as YAML. */
export function manifestsText(options: ManifestOptions): string {
    return manifests(options)
        .map((object) => stringify(object, { indent: 4, lineWidth: 0 }))
        .join("---\n");
}

/** The objects that let `mesh verify` run in the cluster that it judges, with no more rights than it uses. */
export function manifests(options: ManifestOptions): readonly KubernetesObject[] {
    const { mesh, every } = options;
    return [
        ...roleObjects(NAME, permissionsOf(mesh.config), mesh.context),
        ...(every === undefined ? [cronJob(options)] : watching(options)),
    ];
}

/** An operator's Prometheus reads no annotations, so it gets an object of its own that says what is scraped. */
function watching(options: ManifestOptions): readonly KubernetesObject[] {
    const operator = operatorFrom(options.mesh.config);
    return [
        ...(operator === undefined ? [] : [podMonitor(options, operator)]),
        deployment(options),
    ];
}

function podMonitor(options: ManifestOptions, { labels }: MonitoredBy): PodMonitorObject {
    return {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "PodMonitor",
        metadata: { ...metadata(options), labels: { ...labels } },
        spec: {
            selector: { matchLabels: { app: NAME } },
            podMetricsEndpoints: [{ port: METRICS_PORT_NAME }],
        },
    };
}

function deployment(options: ManifestOptions): V1Deployment {
    const labels = { app: NAME };
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: metadata(options),
        spec: {
            replicas: 1,
            // Two at a time would only ask everything twice.
            strategy: { type: "Recreate" },
            selector: { matchLabels: labels },
            template: podTemplate(options, labels),
        },
    };
}

function cronJob(options: ManifestOptions): V1CronJob {
    return {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: metadata(options),
        spec: {
            schedule: SCHEDULE,
            concurrencyPolicy: "Forbid",
            jobTemplate: {
                spec: {
                    // What does not hold is no reason to ask again at once.
                    backoffLimit: 0,
                    template: podTemplate(options, { app: NAME }),
                },
            },
        },
    };
}

function metadata({ mesh }: ManifestOptions): { name: string; namespace: string } {
    return { name: NAME, namespace: mesh.context.controlPlaneNamespace };
}

function podTemplate(
    { stack, mesh, every, probeImage }: ManifestOptions,
    labels: Readonly<Record<string, string>>,
): V1PodTemplateSpec {
    const watched = every !== undefined;
    const args = [
        ...["verify", "--stack", stack],
        ...(watched ? ["--every", every, "--metrics-address", `0.0.0.0:${METRICS_PORT}`] : []),
        ...(probeImage === undefined ? [] : ["--probe-image", probeImage]),
    ];
    return {
        metadata: {
            labels: {
                ...labels,
                // It judges the mesh from outside: its own proxy would be one more thing that can fail.
                "sidecar.istio.io/inject": "false",
            },
            ...(watched &&
                operatorFrom(mesh.config) === undefined && {
                    annotations: {
                        "prometheus.io/scrape": "true",
                        "prometheus.io/port": String(METRICS_PORT),
                    },
                }),
        },
        spec: {
            serviceAccountName: NAME,
            enableServiceLinks: false,
            ...(!watched && { restartPolicy: "Never" }),
            securityContext: {
                runAsNonRoot: true,
                runAsUser: DEFAULT_USER,
                seccompProfile: { type: "RuntimeDefault" },
            },
            containers: [
                {
                    name: NAME,
                    image: IMAGE,
                    command: ["node", "/mesh/bin/mesh.js"],
                    args,
                    ...(watched && {
                        ports: [{ name: METRICS_PORT_NAME, containerPort: METRICS_PORT }],
                        // tsx compiles the program first.
                        livenessProbe: {
                            httpGet: { path: "/metrics", port: METRICS_PORT_NAME },
                            initialDelaySeconds: 30,
                        },
                    }),
                    resources: {
                        requests: { cpu: "100m", memory: "256Mi" },
                        limits: { cpu: "2", memory: "1Gi" },
                    },
                    securityContext: {
                        allowPrivilegeEscalation: false,
                        readOnlyRootFilesystem: true,
                        capabilities: { drop: ["ALL"] },
                    },
                    // Where tsx keeps what it has compiled.
                    volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
                },
            ],
            volumes: [{ name: "tmp", emptyDir: {} }],
        },
    };
}
