import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ADDON_PORTS } from "#stack/addon-endpoints.ts";
import { ADDON_CHARTS } from "#stack/chart-versions.ts";
import { meshRelease } from "../platform/release.ts";
import { addonInputs } from "./args.ts";
import type { AddonArgs } from "./args.ts";
import { addonNetworkPolicy } from "./network-policy.ts";
import { prometheusValues } from "./prometheus-values.ts";

/** Metrics: Prometheus as Service `prometheus:9090`, scraping istiod, the gateway and every sidecar. */
export class Prometheus extends pulumi.ComponentResource {
    readonly release: k8s.helm.v3.Release;

    /** @param args the platform's settings, its namespace and what the release waits for */
    constructor(name: string, args: AddonArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mesh:index:Prometheus", name, addonInputs(args), opts);
        const { settings, namespace } = args;
        this.release = meshRelease(
            `${name}-release`,
            {
                charts: settings.charts,
                chart: ADDON_CHARTS.prometheus,
                releaseName: "prometheus",
                namespace,
                values: prometheusValues(settings),
            },
            { parent: this, dependsOn: [...args.after] },
        );
        if (settings.size === "large") {
            addonNetworkPolicy(
                `${name}-network-policy`,
                {
                    namespace,
                    pods: "prometheus",
                    allow: [{ ports: [ADDON_PORTS.prometheus], from: ["grafana", "kiali"] }],
                },
                { parent: this },
            );
        }
        this.registerOutputs({ releaseName: this.release.name });
    }
}
