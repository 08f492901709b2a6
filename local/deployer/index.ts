import { CoreV1Api } from "@kubernetes/client-node";
import type { PreviewOptions, UpOptions } from "@pulumi/pulumi/automation/index.js";
import { writeIfChanged } from "#files.ts";
import { ClusterObjects, describeObject } from "#live/kubernetes/objects.ts";
import { kubeConfigOf } from "#live/target.ts";
import { paths } from "../node/layout.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { assertRoom, keepCheckpoint } from "./checkpoint.ts";
import type { DeployOptions, DeploySummary, PlannedChange, StackOptions } from "./deployment.ts";
import type { Drift } from "./drift.ts";
import { findDrift, removeAdded } from "./drift.ts";
import { describeEngine } from "./engine.ts";
import { EventLog, plainOutputs } from "./events.ts";
import { explained } from "./explain.ts";
import { clearUnfinishedReleases } from "./helm-records.ts";
import { clusterIdentity } from "./identity.ts";
import { markForUpgrade, putBack } from "./release-repair.ts";
import { formatSummary, summarize } from "./summary.ts";
import type { LocalStack, OpenStack } from "./workspace.ts";
import { openLocalStack } from "./workspace.ts";

export type { DeployOptions, DeploySummary, PlannedChange } from "./deployment.ts";
/**
 * Makes the local cluster what the program says, whatever became of it since, and reports the summary. A preview goes
 * first: what a policy refuses, or what cannot be, is refused before anything is changed.
 *
 * @throws EnvironmentError for faults of the machine or the project's files, DeployError when a resource fails or a
 * policy refuses it
 */
export async function deploy(options: DeployOptions): Promise<DeploySummary> {
    const started = performance.now();
    await options.assertTarget?.();
    const opened = await open(options);
    const { core, objects, local } = opened;
    const { checkpoint } = local;
    options.report(`deploying with ${describeEngine(local.engine)}`);
    // Said once: by the update where there is one.
    const said: string[] = [];
    const [log, drift] = await Promise.all([
        preview(local, { ...options, report: (line) => said.push(line) }, true),
        checkpoint && findDrift(core, objects, checkpoint),
    ]);
    const changes = log.differs || checkpoint === undefined;
    const begun = (checkpoint?.pending.length ?? 0) > 0;
    const repairs = drift !== undefined && drift.releases.length > 0;
    await options.assertTarget?.();
    const done = changes || begun || repairs ? await update(opened, log, drift, options) : log;
    if (done === log) {
        said.forEach(options.report);
        await removeAdded(objects, drift?.added ?? [], options.report);
    }
    drift?.strangers.forEach((object) => {
        options.report(
            `${describeObject(object)} is in the cluster and nobody declared it; left alone`,
        );
    });
    await writeIfChanged(paths.engine, `${describeEngine(local.engine)}\n`, 0o644);
    const outputs = plainOutputs(await local.stack.outputs());
    const seconds = (performance.now() - started) / 1000;
    const summary = summarize(done.outcomes, outputs, seconds);
    formatSummary(summary).forEach(options.report);
    return summary;
}

/** What {@link deploy} would do, by the engine's own preview; the cluster is read and not changed. */
export async function previewLocal(options: DeployOptions): Promise<readonly PlannedChange[]> {
    const { local } = await open(options);
    return (await preview(local, options, true)).planned;
}

/** What a shell needs to use the engine on a stack of the local cluster. */
export interface LocalEnvironment {
    /** Folder to put first on PATH. */
    readonly bin: string;
    readonly variables: Readonly<Record<string, string>>;
}

/** How a shell uses the same engine, state and project as {@link deploy}. */
export async function localEnvironment(options: DeployOptions): Promise<LocalEnvironment> {
    const { local } = await open(options);
    return {
        bin: local.engine.bin,
        variables: {
            ...local.home.environment,
            PULUMI_STACK: options.stack,
            // As if every command were given --cwd: the project's copy lies there, with what the stack's file lacks.
            PULUMI_OPTION_CWD: local.home.workDirectory,
        },
    };
}

/** A stack's preview, with everything it says. A refresh asks the cluster first. */
export async function preview(
    { stack }: OpenStack,
    options: StackOptions,
    refresh: boolean,
): Promise<EventLog> {
    const log = new EventLog(options.report, true);
    await log.watch(options, () => stack.preview(runOptions(log, options, refresh)));
    return log;
}

/** Deploys a stack, with everything the engine says. */
export async function bringUp(
    { stack }: OpenStack,
    options: StackOptions,
    refresh: boolean,
): Promise<EventLog> {
    const log = new EventLog(options.report);
    await log.watch(options, () => stack.up(runOptions(log, options, refresh)));
    return log;
}

function runOptions(
    log: EventLog,
    { policyPacks = [], signal }: StackOptions,
    refresh: boolean,
): UpOptions & PreviewOptions {
    return {
        refresh,
        onEvent: log.see,
        color: "never",
        policyPacks: policyPacks.map(({ folder }) => folder),
        policyPackConfigs: policyPacks.flatMap(({ config }) => config ?? []),
        ...(signal && { signal }),
    };
}

interface Opened {
    readonly core: CoreV1Api;
    readonly objects: ClusterObjects;
    readonly local: LocalStack;
}

async function open(options: DeployOptions): Promise<Opened> {
    const kubeConfig = await kubeConfigOf(options.kubeconfig);
    const core = kubeConfig.makeApiClient(CoreV1Api);
    const objects = new ClusterObjects(kubeConfig);
    const cluster = await clusterIdentity(core, options.kubeconfig);
    options.signal?.throwIfAborted();
    return { core, objects, local: await openLocalStack(options, cluster) };
}

/** The state of a stack that was never deployed. */
const NOTHING: Checkpoint = { resources: [], pending: [] };

/** Mends what the engine does not see, and then has it deploy. */
async function update(
    { core, objects, local }: Opened,
    { plannedReleases }: EventLog,
    drift: Drift | undefined,
    options: DeployOptions,
): Promise<EventLog> {
    const { report } = options;
    const { checkpoint = NOTHING } = local;
    await assertRoom(local.file, local.home);
    await explained(() => keepCheckpoint(local.file, local.kept));
    await clearUnfinishedReleases(core, checkpoint, plannedReleases, report);
    if (drift !== undefined) {
        await removeAdded(objects, drift.added, report);
        await putBack(objects, drift.releases);
        await markForUpgrade(local.stack, drift.releases, report);
    }
    const log = await bringUp(local, options, true);
    // What a damaged state goes back to knows everything that this update made.
    await explained(() => keepCheckpoint(local.file, local.kept));
    return log;
}
