import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { PinnedChart } from "#stack/chart-versions.ts";
import type { ChartSource } from "#stack/platform-settings.ts";
import { chartReference } from "./chart-source.ts";

/** Seconds Helm waits for a release's workloads; a cold node first pulls their images. */
const RELEASE_TIMEOUT = 600;

/** A chart of the platform, and what it is installed as. */
export interface MeshReleaseArgs {
    readonly charts: ChartSource;
    readonly chart: PinnedChart;
    /** Name of the Helm release. Always explicit: Pulumi's random suffix would end up in labels and Service names. */
    readonly releaseName: string;
    readonly namespace: pulumi.Input<string>;
    /** Typed values of the chart. */
    readonly values: object;
}

/** A Helm release as every chart of the platform is installed. */
export function meshRelease(
    name: string,
    args: MeshReleaseArgs,
    opts: pulumi.CustomResourceOptions,
): k8s.helm.v3.Release {
    return new k8s.helm.v3.Release(
        name,
        {
            ...chartReference(args.charts, args.chart),
            name: args.releaseName,
            namespace: args.namespace,
            values: args.values,
            createNamespace: false,
            skipCrds: false,
            // A failed first installation stays for inspection, and the next update repairs it.
            atomic: false,
            cleanupOnFail: true,
            maxHistory: 5,
            timeout: RELEASE_TIMEOUT,
        },
        opts,
    );
}
