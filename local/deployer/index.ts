import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

import { EnvironmentError } from "../errors.ts";
import { deployEmbedded, isRecorded, undeployEmbedded } from "./embedded/index.ts";
import { messageOf, stringAt } from "./embedded/json.ts";
import { KubeClient } from "./embedded/kube-client.ts";
import { kubeconfigTransport } from "./embedded/kube-transport.ts";
import { retry } from "./embedded/retry.ts";
import { defaultProgram, readProject } from "./project.ts";
import { findPulumi } from "./pulumi-cli.ts";
import { missingPlugin } from "./pulumi-plugins.ts";
import { deployWithPulumi, previewWithPulumi, undeployWithPulumi } from "./pulumi-route.ts";
import { hasPulumiState } from "./pulumi-state.ts";
import { formatSummary, summarize } from "./summary.ts";
import type { DeployOptions, DeploySummary, PlannedChange } from "./types.ts";

/** A cluster that was started a moment ago may need some seconds to answer. */
const REACH_LIMIT_MS = 20_000;

export { DeployError, SECRET_OUTPUT } from "./types.ts";
export type {
    Action,
    DeployOptions,
    DeployRoute,
    DeploySummary,
    ResourceOutcome,
} from "./types.ts";
export { formatSummary } from "./summary.ts";

/**
 * Makes the cluster what the program says, with the Pulumi CLI where one can be had and without it elsewhere, and
 * reports the summary. A stack stays with the way it was first deployed on a cluster.
 *
 * @throws EnvironmentError for faults of the machine or the project's files, DeployError when a resource fails.
 */
export async function deploy(options: DeployOptions): Promise<DeploySummary> {
    const cluster = await clusterIdentity(options.kubeconfig);
    const cli = await chooseRoute(options, cluster);
    options.signal?.throwIfAborted();
    const summary =
        cli === undefined
            ? await deployEmbedded(options)
            : await deployWithPulumi(options, cli, cluster);
    formatSummary(summary).forEach(options.report);
    return summary;
}

/**
 * What {@link deploy} would touch where it would use the Pulumi CLI; undefined where it would use the embedded deployer,
 * whose record tells it to whoever renders the program.
 */
export async function previewByPulumi(
    options: DeployOptions,
): Promise<readonly PlannedChange[] | undefined> {
    const cluster = await clusterIdentity(options.kubeconfig);
    const cli = await chooseRoute(options, cluster);
    return cli && previewWithPulumi(options, cli, cluster);
}

/** Removes what {@link deploy} made, whichever way it did, in reverse order of dependency. */
export async function undeploy(options: DeployOptions): Promise<DeploySummary> {
    const cluster = await clusterIdentity(options.kubeconfig);
    const project = await readProject(options.program ?? defaultProgram());
    const parts: DeploySummary[] = [];
    if (await hasPulumiState(project, options.stack, cluster)) {
        const cli = await findPulumi(options.report);
        if (cli.command === undefined) throw lostCli(options.stack, cli.why);
        parts.push(await undeployWithPulumi(options, cli.command, cluster));
    }
    if (await isRecorded(options)) parts.push(await undeployEmbedded(options));
    const summary = summarize(
        parts[0]?.via ?? "embedded",
        parts.flatMap((part) => part.resources),
        {},
        parts.reduce((sum, part) => sum + part.seconds, 0),
    );
    formatSummary(summary).forEach(options.report);
    return summary;
}

/** The CLI to deploy with, or undefined for the embedded deployer; one line says which and why. */
async function chooseRoute(
    options: DeployOptions,
    cluster: string,
): Promise<PulumiCommand | undefined> {
    const { report, stack, via = "auto" } = options;
    const embedded = (why: string): Promise<undefined> => {
        report(`deploying with the embedded deployer (${why})`);
        return Promise.resolve(undefined);
    };
    const project = await readProject(options.program ?? defaultProgram());
    const ownedByCli = await hasPulumiState(project, stack, cluster);
    if (!ownedByCli && via === "embedded") return embedded("as asked");
    if (!ownedByCli && via === "auto" && (await isRecorded(options))) {
        return embedded("which deployed this stack before");
    }
    const cli = await findPulumi(report);
    const why =
        cli.command === undefined ? cli.why : await missingPlugin(cli.command, options.signal);
    if (cli.command !== undefined && why === undefined) {
        report(`deploying with ${cli.from}`);
        return cli.command;
    }
    if (ownedByCli) throw lostCli(stack, why);
    if (via === "pulumi") {
        throw new EnvironmentError(`There is no usable Pulumi CLI: ${why ?? "unknown"}.`);
    }
    return embedded(why ?? "unknown");
}

function lostCli(stack: string, why = "unknown"): EnvironmentError {
    return new EnvironmentError(
        `Stack ${stack} was deployed with the Pulumi CLI, which cannot be used now: ${why}.`,
    );
}

/** What tells one cluster from another, also from one that had its address before: the uid of `kube-system`. */
async function clusterIdentity(kubeconfig: string): Promise<string> {
    let namespace: unknown;
    try {
        const client = new KubeClient(kubeconfigTransport(kubeconfig));
        namespace = await retry(
            () => client.get({ apiVersion: "v1", kind: "Namespace", name: "kube-system" }),
            { limitMs: REACH_LIMIT_MS },
        );
    } catch (error) {
        throw new EnvironmentError(
            `The cluster of ${kubeconfig} does not answer: ${messageOf(error)}`,
        );
    }
    const uid = stringAt(namespace, "metadata", "uid");
    if (uid === undefined)
        throw new EnvironmentError(`${kubeconfig}: there is no namespace kube-system`);
    return uid;
}
