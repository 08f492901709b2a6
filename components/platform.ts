import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { GATEWAY_NAME, GATEWAY_SELECTOR } from "#model/mesh.ts";
import { ISTIOD, JAEGER } from "#model/platform-names.ts";
import { ownAddons } from "#stack/addon-endpoints.ts";
import { istioChart } from "#stack/chart-versions.ts";
import type { IstioChartName } from "#stack/chart-versions.ts";
import { operatorFrom } from "#stack/config.ts";
import type { PlatformInput } from "#stack/platform-keys.ts";
import { platformSettings } from "#stack/platform-settings.ts";
import type { PlatformSettings } from "#stack/platform-settings.ts";
import type { AddonArgs } from "./addons/addon.ts";
import { addonLabels } from "./addons/addon.ts";
import { Grafana } from "./addons/grafana.ts";
import { Jaeger } from "./addons/jaeger.ts";
import { Kiali } from "./addons/kiali.ts";
import { JOBS, METRICS_PORTS } from "./addons/prometheus-jobs.ts";
import { Prometheus } from "./addons/prometheus.ts";
import {
    alertRules,
    MonitoringResource,
    platformServiceMonitor,
    proxyPodMonitor,
} from "./monitoring.ts";
import { gatewayValues } from "./platform/gateway-values.ts";
import { InjectionGuard } from "./platform/injection-guard.ts";
import { baseValues, istiodValues } from "./platform/istiod-values.ts";
import { meshRelease } from "./platform/release.ts";
import { recordedInputs } from "./recorded-inputs.ts";
import type { WebhookGate } from "./webhooks.ts";
import { webhooksReady } from "./webhooks.ts";

/** What a platform is made from: keys of the stack's configuration, each with a default, and a gate for webhooks. */
export interface MeshPlatformArgs extends PlatformInput {
    /** Asked in an update, never in a preview, before anything that needs Istio's webhooks. */
    readonly webhooks: WebhookGate;
}

/**
 * What a mesh stands on: its namespaces, Istio's control plane and gateway, and the addons that watch it.
 *
 * Everything that only makes sense with working webhooks, custom resources of Istio and injected pods alike, names
 * {@link MeshPlatform.ready} in `dependsOn`: it is there once injector, validator and guard have answered.
 */
export class MeshPlatform extends pulumi.ComponentResource {
    /** Namespace of the application, injected. */
    readonly applicationNamespace: k8s.core.v1.Namespace;
    /** Namespace of istiod, the gateway and the addons. */
    readonly controlPlaneNamespace: k8s.core.v1.Namespace;
    readonly istiod: k8s.helm.v3.Release;
    readonly gateway: k8s.helm.v3.Release;
    /** For `dependsOn`. Rejects, and so fails the update, when a webhook does not answer in time. */
    readonly ready: pulumi.Output<pulumi.Resource>;

    /** @throws InputPropertyError where settings contradict one another or weaken prod */
    constructor(name: string, args: MeshPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mesh:index:MeshPlatform", name, recordedInputs(args, "webhooks"), opts);
        const settings = platformSettings(args);

        this.applicationNamespace = new k8s.core.v1.Namespace(
            `${name}-application-namespace`,
            {
                metadata: {
                    name: settings.namespace,
                    labels: { "istio-injection": "enabled", name: settings.namespace },
                },
            },
            { parent: this },
        );
        // No injection label here, not even `disabled`: injection is off without one, and with one the injector would also
        // pass by the gateway, which asks for it by a label of its own.
        this.controlPlaneNamespace = new k8s.core.v1.Namespace(
            `${name}-control-plane-namespace`,
            {
                metadata: {
                    name: settings.controlPlaneNamespace,
                    labels: { name: settings.controlPlaneNamespace },
                },
            },
            { parent: this },
        );

        const guard = new InjectionGuard(
            `${name}-injection-guard`,
            {
                namespace: settings.namespace,
                controlPlaneNamespace: settings.controlPlaneNamespace,
            },
            { parent: this },
        );
        const base = this.#istio(name, "base", "istio-base", settings, baseValues(settings), []);
        this.istiod = this.#istio(name, "istiod", ISTIOD, settings, istiodValues(settings), [base]);
        this.ready = webhooksReady({
            webhooks: args.webhooks,
            istiod: this.istiod,
            others: [...guard.bindings, this.applicationNamespace],
        });
        this.gateway = this.#istio(
            name,
            "gateway",
            GATEWAY_NAME,
            settings,
            gatewayValues(settings),
            this.ready,
        );
        this.#addons(name, settings);
        this.#monitors(name, settings);

        this.registerOutputs({
            applicationNamespace: this.applicationNamespace.metadata.name,
            controlPlaneNamespace: this.controlPlaneNamespace.metadata.name,
            istioVersion: settings.istioVersion,
        });
    }

    #istio(
        name: string,
        chart: IstioChartName,
        releaseName: string,
        settings: PlatformSettings,
        values: object,
        dependsOn: NonNullable<pulumi.ResourceOptions["dependsOn"]>,
    ): k8s.helm.v3.Release {
        return meshRelease(
            `${name}-${chart}`,
            {
                charts: settings.charts,
                chart: istioChart(chart, settings.istioVersion),
                releaseName,
                namespace: this.controlPlaneNamespace.metadata.name,
                values,
            },
            { parent: this, dependsOn },
        );
    }

    /** What the Prometheus operator scrapes of the platform, and its alerts; without one, annotations, jobs and a rule file say so. */
    #monitors(name: string, settings: PlatformSettings): void {
        const operator = operatorFrom(settings);
        if (operator === undefined) {
            return;
        }
        const namespace = settings.controlPlaneNamespace;
        const options = { parent: this, dependsOn: [this.controlPlaneNamespace] };
        new MonitoringResource(
            `${name}-gateway-monitor`,
            {
                kind: "PodMonitor",
                name: GATEWAY_NAME,
                namespace,
                operator,
                spec: proxyPodMonitor(GATEWAY_SELECTOR),
            },
            options,
        );
        new MonitoringResource(
            `${name}-alerts`,
            {
                kind: "PrometheusRule",
                name: "mesh-alerts",
                namespace,
                operator,
                spec: alertRules(settings),
            },
            options,
        );
        const services = [
            {
                name: ISTIOD,
                spec: platformServiceMonitor({ app: ISTIOD }, METRICS_PORTS.istiod, JOBS.istiod),
            },
            ...(ownAddons(settings).jaeger
                ? [
                      {
                          name: JAEGER,
                          spec: platformServiceMonitor(
                              addonLabels("jaeger"),
                              METRICS_PORTS.jaeger,
                              JOBS.jaeger,
                          ),
                      },
                  ]
                : []),
        ];
        for (const { name: service, spec } of services) {
            new MonitoringResource(
                `${name}-${service}-monitor`,
                { kind: "ServiceMonitor", name: service, namespace, operator, spec },
                options,
            );
        }
    }

    /** Prometheus and Jaeger first: Grafana and Kiali are configured to ask them. */
    #addons(name: string, settings: PlatformSettings): void {
        const addons = ownAddons(settings);
        const opts = { parent: this };
        const args = (after: readonly pulumi.Resource[]): AddonArgs => ({
            settings,
            namespace: this.controlPlaneNamespace.metadata.name,
            after,
        });
        const sources: pulumi.Resource[] = [this.istiod];
        if (addons.prometheus) {
            sources.push(new Prometheus(`${name}-prometheus`, args([this.istiod]), opts).release);
        }
        if (addons.jaeger) {
            sources.push(new Jaeger(`${name}-jaeger`, args([this.istiod]), opts).release);
        }
        const grafana = addons.grafana
            ? new Grafana(`${name}-grafana`, args(sources), opts)
            : undefined;
        if (addons.kiali) {
            // Kiali mounts Grafana's Secret; of Grafana itself it needs only the address.
            const secrets = grafana === undefined ? [] : [grafana.adminSecret];
            new Kiali(`${name}-kiali`, args([...sources, ...secrets]), opts);
        }
    }
}
