import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { PinnedChart } from "#stack/chart-versions.ts";
import type { ChartSource } from "#stack/platform-settings.ts";

/** The part of a Release's arguments that says which chart it is. Plain strings: policies compare them. */
export interface ChartReference {
    readonly chart: string;
    readonly version?: string;
    readonly repositoryOpts?: { readonly repo: string };
}

/** Where a pinned chart is taken from: its own repository, an OCI mirror, or a folder. */
export function chartReference(source: ChartSource, pinned: PinnedChart): ChartReference {
    switch (source.kind) {
        case "repository":
            return {
                chart: pinned.chart,
                version: pinned.version,
                repositoryOpts: { repo: pinned.repository },
            };
        case "oci": {
            const registry = source.registry.replace(/^oci:\/\//, "").replace(/\/+$/, "");
            return { chart: `oci://${registry}/${pinned.chart}`, version: pinned.version };
        }
        case "folder":
            // A folder is one version of its own; naming another makes Helm look for a repository.
            return { chart: `${source.path.replace(/\/+$/, "")}/${pinned.chart}` };
    }
}

/** Seconds Helm waits for a release's workloads; a cold node first pulls their images. */
const RELEASE_TIMEOUT = 600;

/** A chart of the platform, and what it is installed as. */
export interface MeshReleaseArgs {
    /** Where the platform's charts come from. */
    readonly charts: ChartSource;
    /** Its name and its exact version. */
    readonly chart: PinnedChart;
    /** Name of the Helm release. Always explicit: Pulumi's random suffix would end up in labels and Service names. */
    readonly releaseName: string;
    /** Name of an existing namespace. */
    readonly namespace: pulumi.Input<string>;
    /** Values of the chart; what they leave out is the chart's own default. */
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
