import { setTimeout as sleep } from "node:timers/promises";
import type { KubeConfig } from "@kubernetes/client-node";
import { reasonOf } from "#live/kubernetes/errors.ts";
import { ProbeSession } from "#live/probes/session.ts";
import { workloadsOf } from "#model/catalog.ts";
import { UnansweredError } from "#network/exchange.ts";
import type { DeclaredMesh } from "#stack/declared-mesh.ts";
import { askUntil } from "#wait.ts";
import type { Check, Outcome } from "./check.ts";
import { failed } from "./check.ts";
import { LiveMesh } from "./live-mesh.ts";
import { CALLERS_AT_A_TIME, ProbePods } from "./probe-pods.ts";

/** Pods become ready, and programs end in them, within a minute each. */
const PODS_SECONDS = 120;
/** For making and removing the pods around the checks. */
const AROUND_SECONDS = 30;
const PAUSE_MILLISECONDS = 2000;

/** A check and how it ended. */
export interface CheckResult {
    readonly check: Check;
    readonly outcome: Outcome;
    readonly milliseconds: number;
}

/** A check that has not ended by then has failed: the callers' pods take turns. */
function checkSeconds({ catalog }: Pick<DeclaredMesh, "catalog">): number {
    return PODS_SECONDS * Math.ceil(workloadsOf(catalog).length / CALLERS_AT_A_TIME);
}

/** How far a run has come. */
export interface Progress {
    /** From 1. */
    readonly round: number;
    readonly ended: number;
    readonly failed: number;
    readonly total: number;
}

/** What a run of the checks is about: the mesh, its cluster and which checks. */
export interface VerifyOptions {
    /** What should hold. */
    readonly mesh: DeclaredMesh;
    /** Its current context is the cluster that is asked. */
    readonly kubeConfig: KubeConfig;
    /** Any image with `node` on its PATH. */
    readonly probeImage: string;
    /** In the order in which they are reported. */
    readonly checks: readonly Check[];
    /** Aborted on Ctrl-C. */
    readonly signal: AbortSignal;
    /** How long to try again until all checks hold. Default 0: once. */
    readonly waitSeconds?: number;
    /** Told of the beginning of each round, and of the end of each check. Default: nobody is told. */
    readonly onProgress?: (progress: Progress) => void;
}

/** The last round of a run. */
export interface VerifyRun {
    /** In the order of the checks. */
    readonly results: readonly CheckResult[];
    readonly rounds: number;
    /** Of all rounds, pods included. */
    readonly milliseconds: number;
    /** Why probe pods could not be removed, where that failed; the cluster itself removes them later. */
    readonly leftover?: string;
}

/**
 * Runs checks against a live mesh from probe pods of their own, which are gone when it returns or throws.
 *
 * @throws what the signal was aborted with, and UnansweredError where the API server answers no more
 */
export async function verify(options: VerifyOptions): Promise<VerifyRun> {
    const { kubeConfig, probeImage, mesh, signal, waitSeconds = 0 } = options;
    const begun = performance.now();
    const session = new ProbeSession({
        kubeConfig,
        image: probeImage,
        lifetimeSeconds: waitSeconds + checkSeconds(mesh) + AROUND_SECONDS,
        signal,
    });
    const probePods = new ProbePods(session, mesh);
    // No round begins after the time that was given.
    const patience = waitSeconds * 1000 - PAUSE_MILLISECONDS;
    let leftover: string | undefined;
    let rounds = 0;
    let results: readonly CheckResult[];
    try {
        results = await askUntil(
            () => runRound(++rounds, probePods, options),
            (round) => round.every(holds),
            { milliseconds: patience, pause: PAUSE_MILLISECONDS, signal },
        );
    } finally {
        leftover = await session.close().then(() => undefined, reasonOf);
    }
    return {
        results,
        rounds,
        milliseconds: performance.now() - begun,
        ...(leftover !== undefined && { leftover }),
    };
}

/** Whether a result is no reason to try again. */
function holds({ outcome }: CheckResult): boolean {
    return outcome.status !== "failed";
}

/** What one round saw must not answer for the next; its pods may. */
async function runRound(
    round: number,
    probePods: ProbePods,
    { mesh, kubeConfig, signal, checks, onProgress }: VerifyOptions,
): Promise<readonly CheckResult[]> {
    const live = new LiveMesh({ mesh, kubeConfig, probePods, signal });
    let progress: Progress = { round, ended: 0, failed: 0, total: checks.length };
    onProgress?.(progress);
    return runChecks(checks, live, (result) => {
        progress = {
            ...progress,
            ended: progress.ended + 1,
            failed: progress.failed + (holds(result) ? 0 : 1),
        };
        onProgress?.(progress);
    });
}

/**
 * Runs all checks at the same time: what they ask of one pod goes out together, so the whole takes as long as the
 * slowest chain of questions and not as long as there are checks.
 *
 * @param show takes each result as it comes
 * @returns the results in the order of the checks
 * @throws what the run's signal was aborted with, at once, and UnansweredError where the API server answers no more
 */
export async function runChecks(
    checks: readonly Check[],
    live: LiveMesh,
    show: (result: CheckResult) => void = () => undefined,
): Promise<readonly CheckResult[]> {
    const { signal, mesh } = live;
    const seconds = checkSeconds(mesh);
    const ended = new AbortController();
    const limit = sleep(seconds * 1000, undefined, {
        signal: AbortSignal.any([signal, ended.signal]),
    }).then(() => {
        throw new Error(`no answer in ${seconds} s`);
    });
    limit.catch(() => undefined);
    try {
        return await Promise.all(
            checks.map(async (check) => {
                const begun = performance.now();
                const outcome = await outcomeOf(check, live, limit);
                const result = { check, outcome, milliseconds: performance.now() - begun };
                show(result);
                return result;
            }),
        );
    } finally {
        ended.abort();
    }
}

async function outcomeOf(check: Check, live: LiveMesh, limit: Promise<never>): Promise<Outcome> {
    try {
        live.signal.throwIfAborted();
        return await Promise.race([check.run(live), limit]);
    } catch (error) {
        live.signal.throwIfAborted();
        if (error instanceof UnansweredError) {
            // Nothing that is asked from here on says anything about the mesh.
            throw error;
        }
        return failed(
            check.title,
            `the mesh could not be asked: ${reasonOf(error)}`,
            "Mend what stopped the question first.",
        );
    }
}
