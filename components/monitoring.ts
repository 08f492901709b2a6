import type { IComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoringV1RelabelConfig as OperatorRelabelConfig } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/RelabelConfig";
import { PodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import { PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import { ServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { MERGED_METRICS } from "#model/platform-names.ts";
import type { MonitoredBy } from "#stack/config.ts";
import type { PlatformSettings } from "#stack/platform-settings.ts";
import { alertGroups } from "./addons/alerts.ts";
import { JOBS, PROXY_PODS, TARGET_LABELS } from "./addons/prometheus-jobs.ts";
import type { RelabelConfig } from "./addons/relabel-config.ts";
import type { ObjectName } from "./validated.ts";
import { assertValid } from "./validated.ts";

const MODELS = { PodMonitor, PrometheusRule, ServiceMonitor } as const;

type MonitoringKind = keyof typeof MODELS;

/** The spec of each kind, as its schema has it. */
interface Specs extends Record<MonitoringKind, object> {
    PodMonitor: PodMonitor["spec"];
    PrometheusRule: NonNullable<PrometheusRule["spec"]>;
    ServiceMonitor: ServiceMonitor["spec"];
}

interface ModelClass<Spec> {
    readonly apiVersion: string;
    new (data: { metadata: object; spec: Spec }): { validate(): void };
}

/** A custom resource of the Prometheus operator's: its kind, its name, and who is to find it. */
export interface MonitoringResourceArgs<Kind extends MonitoringKind> extends ObjectName {
    readonly kind: Kind;
    readonly operator: MonitoredBy;
    readonly spec: Specs[Kind];
}

/** The one way in which this program makes what the Prometheus operator reads; the kinds must be served already. */
export class MonitoringResource<Kind extends MonitoringKind>
    extends k8s.apiextensions.CustomResource
{
    /**
     * @param pulumiName Pulumi's name of the resource, which need not be the object's
     * @throws InputPropertyError for a spec that the kind's schema refuses
     */
    constructor(
        pulumiName: string,
        { kind, name, namespace, operator, spec }: MonitoringResourceArgs<Kind>,
        options: pulumi.CustomResourceOptions,
    ) {
        const metadata = { name, namespace, labels: { ...operator.labels } };
        const model: ModelClass<Specs[Kind]> = (
            MODELS as unknown as { readonly [Each in MonitoringKind]: ModelClass<Specs[Each]> }
        )[kind];
        assertValid(new model({ metadata, spec }), kind, { name, namespace });
        super(pulumiName, { apiVersion: model.apiVersion, kind, metadata, spec }, options);
    }
}

/** The pods behind a Service of the mesh, each at its proxy: an application alone answers no stranger. */
export function proxiedServiceMonitor(app: string): Specs["ServiceMonitor"] {
    return {
        selector: { matchLabels: { app } },
        endpoints: [
            {
                port: "http",
                path: MERGED_METRICS.path,
                relabelings: relabelings(TARGET_LABELS.proxy, JOBS.proxy),
            },
        ],
    };
}

/** Pods with a proxy that no Service of this program leads to. */
export function proxyPodMonitor(labels: Readonly<Record<string, string>>): Specs["PodMonitor"] {
    return {
        selector: { matchLabels: { ...labels } },
        podMetricsEndpoints: [
            {
                path: MERGED_METRICS.path,
                relabelings: relabelings([...PROXY_PODS, ...TARGET_LABELS.proxy], JOBS.proxy),
            },
        ],
    };
}

/** What shows its own metrics at a port of its Service, under the job's name that dashboards and alerts ask for. */
export function platformServiceMonitor(
    labels: Readonly<Record<string, string>>,
    port: string,
    job: string,
): Specs["ServiceMonitor"] {
    return {
        selector: { matchLabels: { ...labels } },
        endpoints: [{ port, relabelings: relabelings(TARGET_LABELS.service, job) }],
    };
}

/** The alerts, which the chart's rule file has where there is no operator. */
export function alertRules(settings: Pick<PlatformSettings, "size">): Specs["PrometheusRule"] {
    return {
        groups: alertGroups(settings).map(({ name, rules }) => ({
            name,
            rules: rules.map((rule) => ({
                ...rule,
                labels: { ...rule.labels },
                annotations: { ...rule.annotations },
            })),
        })),
    };
}

/** The same steps in the operator's field names. It names jobs after its own objects, so the job's name is set last. */
function relabelings(steps: readonly RelabelConfig[], job: string): OperatorRelabelConfig[] {
    return [
        ...steps.map(({ source_labels: from, target_label: targetLabel, ...others }) => ({
            ...(from !== undefined && { sourceLabels: [...from] }),
            ...others,
            ...(targetLabel !== undefined && { targetLabel }),
        })),
        { targetLabel: "job", replacement: job },
    ];
}
