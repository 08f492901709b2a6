import { setTimeout as sleep } from "node:timers/promises";
import type { CheckResult } from "#checks/engine.ts";
import { runChecks } from "#checks/engine.ts";
import { LiveMesh } from "#checks/live-mesh.ts";
import { ProbePods } from "#checks/probe-pods.ts";
import { sections } from "#checks/sections/index.ts";
import type { Objects } from "#live/kubernetes/objects.ts";
import { ClusterObjects } from "#live/kubernetes/objects.ts";
import { ProbeSession } from "#live/probes/session.ts";
import type { TargetLook } from "#live/stack-record.ts";
import { holdsNoOther, holdsStack } from "#live/stack-record.ts";
import { withClusterLock } from "#local/node/owner.ts";
import { askUntil } from "#wait.ts";
import { isExact, compareRed } from "./judge.ts";
import { assertLocal } from "./local.ts";
import type { Mutation, Proof, ProveOptions, ProveResult } from "./mutation.ts";
import { mutationsOf } from "./mutations/index.ts";
import { apply, forget, putBack, recover, remember, undoOf } from "./recovery.ts";

const ON_PRODUCTION = "--prove makes no mesh of real users weaker";

/** The probe pods outlive the longest proof, and end by themselves where this process is killed. */
const LIFETIME_SECONDS = 1800;
/** How long a weakness may take to be seen, and its end: spans take their time to where they are searched. */
const PATIENCE_MILLISECONDS = 30_000;
/** istiod gathers changes for a tenth of a second, and proxies take what they are given in less than another. */
const PUSH_MILLISECONDS = 500;

/**
 * Weakens each control of the local mesh in turn, sees that the checks meant for it go red and no others, puts it
 * back and sees all green again. What is weak at any moment is written down first, so that the next call puts it back
 * should this one be killed.
 *
 * @throws EnvironmentError where the kubeconfig does not lead to the local cluster, or another command changes it
 */
export async function prove(options: ProveOptions): Promise<ProveResult> {
    const { kubeConfig, stack, mesh, image, checkout, signal } = options;
    const wanted = { stack, config: mesh.config };
    await assertLocal(kubeConfig);
    // What a killed proof left weak may be what says more.
    await holdsNoOther(kubeConfig, wanted)();
    return withClusterLock("verify --prove", checkout, async () => {
        const session = new ProbeSession({
            kubeConfig,
            image,
            lifetimeSeconds: LIFETIME_SECONDS,
            signal,
        });
        const probePods = new ProbePods(session, mesh);
        const checks = Object.values(sections).flatMap((section) => section(mesh));
        try {
            return await proveAll(options.mutations ?? mutationsOf(mesh), {
                objects: new ClusterObjects(kubeConfig),
                assertTarget: holdsStack(kubeConfig, wanted, ON_PRODUCTION),
                ids: checks.map(({ id }) => id),
                // Equal questions of one live mesh are asked once, so every run takes a new one.
                look: (ids) =>
                    runChecks(
                        checks.filter(({ id }) => ids?.has(id) ?? true),
                        new LiveMesh({ mesh, kubeConfig, probePods, signal }),
                    ),
                signal,
                ...(options.report && { report: options.report }),
            });
        } finally {
            await session.close();
        }
    });
}

/** What a proof needs, so that it can be tried without one. */
export interface ProofContext {
    readonly objects: Objects;
    /** Asked before each mutation. */
    readonly assertTarget: TargetLook;
    /** Ids of all checks. */
    readonly ids: readonly string[];
    /** Runs the checks with these ids. Default: all. */
    readonly look: (ids?: ReadonlySet<string>) => Promise<readonly CheckResult[]>;
    readonly signal: AbortSignal;
    readonly report?: (proof: Proof) => void;
    /** Default: {@link PATIENCE_MILLISECONDS}. */
    readonly patience?: number;
    /** Default: below the local cluster's state. */
    readonly recoveryFile?: string;
}

/** Tries the mutations one after the other: two at a time could hide behind each other. */
export async function proveAll(
    mutations: readonly Mutation[],
    context: ProofContext,
): Promise<ProveResult> {
    const { objects, recoveryFile, report } = context;
    const begun = performance.now();
    const recovered = await recover(objects, recoveryFile);
    const proofs: Proof[] = [];
    const redBefore = [...(await lookUntil(context, isGreen)).red.values()];
    const left = redBefore.length === 0 ? [...mutations] : [];
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const proof = await proveOne(next, context);
        proofs.push(proof);
        report?.(proof);
        if (proof.stillRed.length > 0) {
            break;
        }
    }
    const notTried = redBefore.length === 0 ? left : mutations;
    const end = proofs.length === 0 ? undefined : await lookUntil(context, isGreen);
    const redAfter = [...(end?.red.values() ?? [])];
    return {
        proofs,
        notTried: notTried.map(({ name }) => name),
        redBefore,
        redAfter,
        recovered,
        seconds: secondsSince(begun),
        holds:
            notTried.length === 0 && redAfter.length === 0 && proofs.every(({ caught }) => caught),
    };
}

async function proveOne(mutation: Mutation, context: ProofContext): Promise<Proof> {
    const { objects, ids, recoveryFile } = context;
    await context.assertTarget();
    const undos = await undoOf(mutation.changes, objects);
    await remember(undos, recoveryFile);
    let seen: Look;
    try {
        await apply(mutation.changes, objects);
        seen = await lookUntil(context, (red) =>
            isExact(compareRed(mutation, ids, new Set(red.keys()))),
        );
    } finally {
        await putBack(undos, objects);
        await forget(recoveryFile);
    }
    // The others are looked at again with the next mutation, and all of them in the end.
    const after = await lookUntil(context, isGreen, new Set(seen.red.keys()));
    const { missing, unexpected } = compareRed(mutation, ids, new Set(seen.red.keys()));
    const stillRed = [...after.red.values()];
    return {
        mutation: mutation.name,
        weakens: mutation.weakens,
        red: [...seen.red.keys()],
        missing,
        unexpected: unexpected.map((id) => seen.red.get(id) ?? id),
        stillRed,
        secondsToRed: seen.seconds,
        secondsToGreen: after.seconds,
        caught: isExact({ missing, unexpected }) && stillRed.length === 0,
    };
}

/** What the last of several runs saw. */
interface Look {
    /** The red checks by id, each as one phrase with what it saw. */
    readonly red: ReadonlyMap<string, string>;
    readonly seconds: number;
}

/** Runs all checks until they are as they should be, or for as long as patience lasts. */
async function lookUntil(
    { look, signal, patience = PATIENCE_MILLISECONDS }: ProofContext,
    asExpected: (red: ReadonlyMap<string, string>) => boolean,
    ids?: ReadonlySet<string>,
): Promise<Look> {
    const begun = performance.now();
    const pause = Math.min(PUSH_MILLISECONDS, patience);
    await sleep(pause, undefined, { signal });
    const red = await askUntil(
        async () => {
            const seen = redOf(await look(ids));
            signal.throwIfAborted();
            return seen;
        },
        asExpected,
        { milliseconds: patience, pause, signal },
    );
    return { red, seconds: secondsSince(begun) };
}

function isGreen(red: ReadonlyMap<string, string>): boolean {
    return red.size === 0;
}

function redOf(results: readonly CheckResult[]): ReadonlyMap<string, string> {
    return new Map(
        results.flatMap(({ check: { id }, outcome }) =>
            outcome.status === "failed" ? [[id, `${id}: ${outcome.seen}`]] : [],
        ),
    );
}

function secondsSince(begun: number): number {
    return Math.round((performance.now() - begun) / 100) / 10;
}
