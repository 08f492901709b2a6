import { EnvironmentError } from "#errors.ts";
import { holdsNoOther, holdsStack } from "#live/stack-record.ts";
import type { Access } from "#live/target.ts";
import { assertAnswers } from "#live/target.ts";
import { withClusterLock } from "#local/node/owner.ts";
import { CANARY_THRESHOLDS } from "#model/canary.ts";
import type { HeaderMatch } from "#model/intents.ts";
import type { MeshConfig } from "#stack/config.ts";
import { stackConfig } from "#stack/read-stack.ts";
import { clusterOf, deploymentRoute } from "../deployment-route.ts";
import { onInterrupt } from "../interrupt.ts";
import { jsonText } from "../output.ts";
import { progressOf } from "../progress.ts";
import { CanarySession, releasableService, runningState, releaseState } from "./session.ts";
import { canaryStatus, statusLines } from "./status.ts";
import { abort, promote, run, start, step } from "./steps.ts";
import type { ExitCode } from "./steps.ts";
import type { GateOptions } from "./watch.ts";

export type CanaryVerb = "start" | "step" | "run" | "status" | "promote" | "abort";

/** What the command line gives; each verb has some of it. */
export interface CanaryCommandOptions {
    readonly stack: string;
    readonly context?: string;
    readonly image?: string;
    readonly header?: HeaderMatch;
    readonly weight?: number;
    readonly steps?: readonly number[];
    readonly to?: number;
    readonly json?: true;
    readonly maxErrorRate?: number;
    readonly maxLatencyRatio?: number;
    readonly minRequests?: number;
    /** In seconds. */
    readonly for?: number;
    /** In seconds. */
    readonly wait?: number;
}

/**
 * Runs `mesh canary`.
 *
 * @returns the exit code
 * @throws EnvironmentError for everything the user or the machine must mend
 */
export async function runCanary(
    verb: CanaryVerb,
    service: string | undefined,
    options: CanaryCommandOptions,
    checkout: string,
): Promise<ExitCode> {
    if (verb === "status") {
        return status(service, options);
    }
    const { stack } = options;
    const name = service ?? "";
    const config = await assertPossible(verb, name, stack);
    const progress = progressOf(false);
    const interruption = onInterrupt(
        `Interrupted. "mesh canary status ${name}" shows where it is; step, promote and abort go on from there.`,
    );
    const work = async (): Promise<ExitCode> => {
        const { kubeConfig } = await answeringCluster(stack, options.context);
        // A canary is given up whatever somebody changed in the stack's own objects.
        const look = verb === "abort" ? holdsNoOther : holdsStack;
        const assertTarget = look(kubeConfig, { stack, config });
        await assertTarget();
        const route = await deploymentRoute(stack, checkout, progress.line, {
            context: options.context,
            // The same for the engine.
            overwrite: verb === "abort",
        });
        const session = await CanarySession.open({
            stack,
            service: name,
            route,
            assertTarget,
            interruption,
            progress,
        });
        return perform(verb, session, options);
    };
    try {
        // Two at once would each write what the other does not know.
        return await withClusterLock(`canary ${verb}`, checkout, work, `canary-${stack}`);
    } finally {
        progress.clear();
        interruption.release();
    }
}

async function answeringCluster(stack: string, context: string | undefined): Promise<Access> {
    const access = await clusterOf(stack, context);
    await assertAnswers(access);
    return access;
}

/** What can be said without a cluster is said before one is asked for. */
async function assertPossible(
    verb: CanaryVerb,
    service: string,
    stack: string,
): Promise<MeshConfig> {
    const config = await stackConfig(stack);
    await releasableService(service);
    if (verb !== "start" && verb !== "run") {
        runningState(releaseState(config, service), service, stack);
    }
    return config;
}

async function perform(
    verb: Exclude<CanaryVerb, "status">,
    session: CanarySession,
    options: CanaryCommandOptions,
): Promise<ExitCode> {
    const gate = gateOf(options);
    const { image, header, weight = 0, steps = [] } = options;
    if (header !== undefined && image === undefined) {
        throw new EnvironmentError(
            "--header is for a canary that starts: give its --image as well.",
        );
    }
    switch (verb) {
        case "start":
            await start(session, { image: image ?? "", weight, ...(header && { header }) });
            return 0;
        case "step":
            return step(session, gate, options.to);
        case "run":
            return run(session, gate, {
                steps,
                ...(image !== undefined && { image }),
                ...(header && { header }),
            });
        case "promote":
            return promote(session, gate);
        case "abort":
            await abort(session);
            return 0;
    }
}

function gateOf(options: CanaryCommandOptions): GateOptions {
    return {
        maxErrorRate: options.maxErrorRate ?? CANARY_THRESHOLDS.maxErrorRate,
        maxLatencyRatio: options.maxLatencyRatio ?? CANARY_THRESHOLDS.maxLatencyRatio,
        minRequests: options.minRequests ?? CANARY_THRESHOLDS.minRequests,
        forSeconds: options.for ?? 0,
        waitSeconds: options.wait ?? 0,
    };
}

async function status(
    service: string | undefined,
    { stack, context, json }: CanaryCommandOptions,
): Promise<0> {
    const config = await stackConfig(stack);
    const { kubeConfig } = await answeringCluster(stack, context);
    const all = await canaryStatus(kubeConfig, config, service);
    if (all.length === 0) {
        throw new EnvironmentError(`There is no service ${service ?? ""}.`);
    }
    const text =
        json === true
            ? jsonText({ stack, services: all })
            : `${all.flatMap((each) => statusLines(each, stack)).join("\n")}\n`;
    process.stdout.write(text);
    return 0;
}
