import { EnvironmentError } from "#errors.ts";
import type { HeaderMatch } from "#model/intents.ts";
import { reasonOf } from "#live/kubernetes/errors.ts";
import { describeNumbers } from "./gate.ts";
import { assertOwn, goOnFromInterruption, sayFound } from "./guard.ts";
import type { Tally, TallySource } from "./losses.ts";
import { describeTally, lostTooMany, sumOfTallies } from "./losses.ts";
import type { Stage } from "./plan.ts";
import {
    abortStages,
    DEFAULT_STEPS,
    isBeingPromoted,
    promoteStages,
    startStages,
    stepStages,
} from "./plan.ts";
import type { Release } from "./session.ts";
import type { GateOptions } from "./watch.ts";
import { watchGate } from "./watch.ts";

/** How a canary begins. */
export interface StartOptions {
    readonly image: string;
    /** Percent. */
    readonly weight: number;
    readonly header?: HeaderMatch;
}

/** 1 where the canary was rolled back, could not be judged, or was promoted with too many requests lost. */
export type ExitCode = 0 | 1;

/** @throws EnvironmentError where a canary runs already, or would be what the service is */
export async function start(session: Release, options: StartOptions): Promise<void> {
    const { state, service, stack } = session;
    if (state.canary !== undefined) {
        throw new EnvironmentError(
            `A canary of ${service.name} is running in stack ${stack} (${state.canary.image}, ${state.canary.weight} %); promote or abort it first.`,
        );
    }
    if (options.image === session.image) {
        throw new EnvironmentError(
            `${service.name} itself already has the image ${options.image}.`,
        );
    }
    await goOnFromInterruption(session);
    await deploy(session, startStages(state, options));
}

/**
 * Judges the canary as it is and gives it more of the traffic.
 *
 * @param to percent. Default: the next of 5, 25, 50 and 100
 * @throws EnvironmentError where the weight would not grow
 */
export async function step(session: Release, gate: GateOptions, to?: number): Promise<ExitCode> {
    const { running, service } = session;
    assertNotPromoting(session);
    const { weight } = running.canary;
    const next = to ?? DEFAULT_STEPS.find((each) => each > weight);
    if (next === undefined) {
        throw new EnvironmentError(
            `The canary of ${service.name} has all the traffic; "mesh canary promote" ends it.`,
        );
    }
    if (next <= weight) {
        throw new EnvironmentError(
            `The canary of ${service.name} has ${weight} % already; a step must give it more.`,
        );
    }
    const code = await judge(session, gate);
    if (code === 0) {
        await deploy(session, stepStages(running, next));
    }
    return code;
}

/**
 * Judges the canary as it is and makes it the service's own version, and counts what callers lose meanwhile. A
 * promotion under way goes on.
 */
export async function promote(session: Release, gate: GateOptions): Promise<ExitCode> {
    const { running, service, progress } = session;
    const stages = promoteStages(running, session.image);
    if (isBeingPromoted(running)) {
        await goOnFromInterruption(session);
    } else {
        const code = await judge(session, gate);
        if (code !== 0) {
            return code;
        }
    }
    const { tally, complete } = await deployCounting(session, stages);
    const rest = complete ? "" : ", and some that could not be counted";
    progress.line(
        `${service.name}: promoted, it is ${session.image} now; ${describeTally(tally)}${rest}`,
    );
    if (lostTooMany(tally, gate)) {
        progress.line(
            `  failed: a promotion may lose no request for want of a version, and ${gate.maxErrorRate} % of all`,
        );
        return 1;
    }
    return 0;
}

/** Deploys stages, and says of each what callers lost in the meantime. */
async function deployCounting(
    session: Release,
    stages: readonly Stage[],
): Promise<{ readonly tally: Tally; readonly complete: boolean }> {
    const source = session.losses();
    try {
        const begun = await readTally(source, session);
        const tallies: Tally[] = [];
        await deploy(session, stages, async () => {
            const tally = await readTally(source, session);
            if (tally !== undefined) {
                session.progress.line(`  ${describeTally(tally)}`);
                tallies.push(tally);
            }
        });
        const complete = begun !== undefined && tallies.length === stages.length;
        return { tally: sumOfTallies(tallies), complete };
    } finally {
        source.close();
    }
}

/** What ended lately; a release is not held up by a log that cannot be read. */
async function readTally(source: TallySource, session: Release): Promise<Tally | undefined> {
    try {
        return await source.read();
    } catch (error) {
        session.progress.line(`  requests cannot be counted: ${reasonOf(error)}`);
        return undefined;
    }
}

/** Gives the canary up, whatever the cluster has. */
export async function abort(session: Release): Promise<void> {
    await sayFound(session);
    for (const stage of abortStages(session.running, session.service.image)) {
        await session.apply(stage);
    }
    session.progress.line(`${session.service.name}: rolled back, it is ${session.image}`);
}

/**
 * Starts a canary, or goes on with the one that runs, and gives it more and more of the traffic until it is promoted
 * or rolled back.
 *
 * @param steps percents, growing; 100 is always the last one
 * @throws EnvironmentError as the single commands do
 */
export async function run(
    session: Release,
    gate: GateOptions,
    { steps, ...options }: Partial<StartOptions> & { readonly steps: readonly number[] },
): Promise<ExitCode> {
    const { image, header } = options;
    const all = steps.at(-1) === 100 ? steps : [...steps, 100];
    if (image !== undefined) {
        await start(session, { image, weight: all[0] ?? 100, ...(header && { header }) });
    }
    const rest = isBeingPromoted(session.running)
        ? []
        : all.filter((weight) => weight > session.running.canary.weight);
    for (const weight of rest) {
        const code = await step(session, gate, weight);
        if (code !== 0) {
            return code;
        }
    }
    return promote(session, gate);
}

function assertNotPromoting({ running, service }: Release): void {
    if (isBeingPromoted(running)) {
        throw new EnvironmentError(
            `The canary of ${service.name} is being promoted; "mesh canary promote" goes on, "mesh canary abort" goes back.`,
        );
    }
}

/** Deploys one stage after the other, as long as the cluster has what the one before made of it. */
async function deploy(
    session: Release,
    stages: readonly Stage[],
    after: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
    for (const stage of stages) {
        await assertOwn(session);
        await session.apply(stage);
        await after();
    }
}

/** Watches the canary as it is; one that fails is given up. */
async function judge(session: Release, gate: GateOptions): Promise<ExitCode> {
    await goOnFromInterruption(session);
    const { name } = session.service;
    const source = session.counters();
    const { weight } = session.running.canary;
    session.progress.line(
        `${name}: watching the canary at ${weight} % for ${gate.forSeconds} s, through ${source.name}`,
    );
    const verdict = await watchGate(
        source,
        gate,
        session.signal,
        () => assertOwn(session),
        (seen) => {
            session.progress.now(`  ${describeNumbers(seen)}`);
        },
    );
    session.progress.line(`  ${describeNumbers(verdict)}`);
    const why = verdict.reasons.join("; ");
    switch (verdict.status) {
        case "passed":
            session.progress.line(`  passed: ${why}`);
            return 0;
        case "failed":
            session.progress.line(`  failed: ${why}`);
            await abort(session);
            return 1;
        case "unjudged":
            session.progress.line(
                `  not judged, so it stays at ${weight} %: ${why}, in ${gate.forSeconds + gate.waitSeconds} s`,
            );
            return 1;
    }
}
