import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ADDON_PORTS } from "#stack/addon-endpoints.ts";
import { ADDON_CHARTS } from "#stack/chart-versions.ts";
import { meshRelease } from "../platform/release.ts";
import { addonInputs } from "./args.ts";
import type { AddonArgs } from "./args.ts";
import { jaegerValues } from "./jaeger-values.ts";
import { addonNetworkPolicy } from "./network-policy.ts";

/** Traces: Jaeger with OTLP on `jaeger:4317`, where the mesh's tracing provider sends them. */
export class Jaeger extends pulumi.ComponentResource {
    readonly release: k8s.helm.v3.Release;

    /** @param args the platform's settings, its namespace and what the release waits for */
    constructor(name: string, args: AddonArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mesh:index:Jaeger", name, addonInputs(args), opts);
        const { settings, namespace } = args;
        this.release = meshRelease(
            `${name}-release`,
            {
                charts: settings.charts,
                chart: ADDON_CHARTS.jaeger,
                releaseName: "jaeger",
                namespace,
                values: jaegerValues(settings),
            },
            { parent: this, dependsOn: [...args.after] },
        );
        if (settings.size === "large") {
            addonNetworkPolicy(
                `${name}-network-policy`,
                {
                    namespace,
                    pods: "jaeger",
                    allow: [
                        { ports: [ADDON_PORTS.otlpGrpc], from: "anyone" },
                        {
                            ports: [ADDON_PORTS.jaegerGrpc, ADDON_PORTS.jaeger],
                            from: ["grafana", "kiali"],
                        },
                        { ports: [ADDON_PORTS.jaegerMetrics], from: ["prometheus"] },
                    ],
                },
                { parent: this },
            );
        }
        this.registerOutputs({ releaseName: this.release.name });
    }
}
