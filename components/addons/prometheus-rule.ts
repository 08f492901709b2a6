import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { PlatformSettings } from "#stack/platform-settings.ts";
import { alertGroups } from "./alerts.ts";

/** Name of the object with the alerts. */
const NAME = "mesh-alerts";

export interface PrometheusRuleArgs {
    readonly settings: Pick<PlatformSettings, "size">;
    /** Name of an existing namespace. */
    readonly namespace: pulumi.Input<string>;
    /** By which the operator's Prometheus chooses its rules, such as `release: kube-prometheus-stack`. */
    readonly labels: Readonly<Record<string, string>>;
}

/**
 * The alerts as an object of the Prometheus operator, where one evaluates them instead of the chart's rule file.
 * Source: https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule
 */
export function prometheusRule(
    name: string,
    { settings, namespace, labels }: PrometheusRuleArgs,
    opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
    return new k8s.apiextensions.CustomResource(
        name,
        {
            apiVersion: "monitoring.coreos.com/v1",
            kind: "PrometheusRule",
            metadata: { name: NAME, namespace, labels },
            spec: { groups: alertGroups(settings) },
        },
        opts,
    );
}
