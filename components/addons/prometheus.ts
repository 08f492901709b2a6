import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ADDON_PORTS } from "#stack/addon-endpoints.ts";
import { addonInputs, installAddon } from "./addon.ts";
import type { AddonArgs } from "./addon.ts";
import { prometheusValues } from "./prometheus-values.ts";

/** Metrics: Prometheus as Service `prometheus:9090`, scraping istiod, the gateway and every sidecar. */
export class Prometheus extends pulumi.ComponentResource {
    readonly release: k8s.helm.v3.Release;

    /** @param args the platform's settings, its namespace and what the release waits for */
    constructor(name: string, args: AddonArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mesh:index:Prometheus", name, addonInputs(args), opts);
        this.release = installAddon(
            this,
            name,
            "prometheus",
            args,
            prometheusValues(args.settings),
            [{ ports: [ADDON_PORTS.prometheus], from: ["grafana", "kiali"] }],
        );
        this.registerOutputs({ releaseName: this.release.name });
    }
}
