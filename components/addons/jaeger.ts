import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ADDON_PORTS } from "#stack/addon-endpoints.ts";
import { addonInputs, installAddon } from "./addon.ts";
import type { AddonArgs } from "./addon.ts";
import { jaegerValues } from "./jaeger-values.ts";

/** Traces: Jaeger with OTLP on `jaeger:4317`, where the mesh's tracing provider sends them. */
export class Jaeger extends pulumi.ComponentResource {
    readonly release: k8s.helm.v3.Release;

    /** @param args the platform's settings, its namespace and what the release waits for */
    constructor(name: string, args: AddonArgs, opts?: pulumi.ComponentResourceOptions) {
        super("mesh:index:Jaeger", name, addonInputs(args), opts);
        this.release = installAddon(this, name, "jaeger", args, jaegerValues(args.settings), [
            { ports: [ADDON_PORTS.otlpGrpc], from: "anyone" },
            { ports: [ADDON_PORTS.jaegerGrpc, ADDON_PORTS.jaeger], from: ["grafana", "kiali"] },
            { ports: [ADDON_PORTS.jaegerMetrics], from: ["prometheus"] },
        ]);
        this.registerOutputs({ releaseName: this.release.name });
    }
}
