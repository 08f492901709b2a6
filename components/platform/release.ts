import { resolve } from "node:path";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { PinnedChart } from "#stack/chart-versions.ts";

/** The part of a Release's arguments that says which chart it is. Plain strings: policies compare them. */
export interface ChartReference {
    readonly chart: string;
    readonly version?: string;
    readonly repositoryOpts?: { readonly repo: string };
}

/**
 * Where a pinned chart is taken from.
 *
 * @param charts `repository` for the chart's own, else what holds every chart under its own name: an `oci://` mirror or a
 *     folder, where a relative one lies below the checkout
 */
export function chartReference(charts: string, pinned: PinnedChart): ChartReference {
    const { chart, version, repository } = pinned;
    if (charts === "repository") {
        return { chart, version, repositoryOpts: { repo: repository } };
    }
    if (charts.startsWith("oci://")) {
        return { chart: `${charts.replace(/(?<!\/)\/+$/, "")}/${chart}`, version };
    }
    // A folder is one version of its own; naming another makes Helm look for a repository.
    return { chart: resolve(CHECKOUT, charts, chart) };
}

const CHECKOUT = resolve(import.meta.dirname, "../..");

/** Seconds Helm waits for a release's workloads; a cold node first pulls their images. */
const RELEASE_TIMEOUT = 600;

/** A chart of the platform, and what it is installed as. */
export interface MeshReleaseArgs {
    /** Where the platform's charts come from: `repository`, an `oci://` mirror or a folder. */
    readonly charts: string;
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
