import type { KubeConfig } from "@kubernetes/client-node";
import { IDLE_COMMAND } from "#live/probes/pod.ts";
import { ProbeSession } from "#live/probes/session.ts";
import type { TargetLook } from "#live/stack-record.ts";
import { identityOf } from "#model/authorization.ts";
import { INGRESS_GATEWAY } from "#model/intents.ts";
import { tripped } from "./judging.ts";

import type { LoadContext, LoadProgress, Scenario, ScenarioResult } from "./scenario.ts";

/** Longest time that one run of a scenario may take, its pods included. */
const SCENARIO_SECONDS = 240;

/** A run of scenarios against one service, as one of its callers. */
export interface LoadOptions extends Pick<
    LoadContext,
    "catalog" | "context" | "service" | "caller" | "signal"
> {
    readonly kubeConfig: KubeConfig;
    /** Image with k6 and a shell. */
    readonly image: string;
    readonly scenarios: readonly Scenario[];
    /** Asked once more before each scenario. */
    readonly assertTarget: TargetLook;
    /** Runs each scenario a second time, without its protection. */
    readonly prove: boolean;
    /** A scenario without its protection is told apart by the argument. */
    readonly onProgress: (progress: LoadProgress, protection: boolean) => void;
    readonly onResult: (result: ScenarioResult) => void;
}

/**
 * Runs scenarios one after the other from one pod with the caller's identity, which is gone when it returns or throws.
 *
 * @throws what the signal was aborted with; Error where pods do not become ready
 */
export async function runScenarios(options: LoadOptions): Promise<readonly ScenarioResult[]> {
    const { kubeConfig, catalog, context, service, caller, signal, scenarios } = options;
    const protections = options.prove ? [true, false] : [true];
    const session = new ProbeSession({
        kubeConfig,
        image: options.image,
        lifetimeSeconds: SCENARIO_SECONDS * scenarios.length * protections.length,
        signal,
    });
    const results: ScenarioResult[] = [];
    try {
        await options.assertTarget();
        const pod = await session.startAs(identityOf(caller, context), {
            idle: { image: options.image, command: IDLE_COMMAND },
            // The gateway's namespace injects nobody who does not ask for it.
            inject: caller === INGRESS_GATEWAY,
        });
        for (const scenario of scenarios) {
            for (const protection of protections) {
                signal.throwIfAborted();
                await options.assertTarget();
                const run = await scenario.run(
                    {
                        kubeConfig,
                        catalog,
                        context,
                        service,
                        caller,
                        pod,
                        signal,
                        onProgress: (progress) => {
                            options.onProgress(progress, protection);
                        },
                    },
                    protection,
                );
                const result = {
                    scenario: scenario.name,
                    title: scenario.title,
                    service: service.name,
                    caller,
                    protection,
                    claims: run.claims,
                    ...run.evidence,
                };
                results.push(result);
                options.onResult(result);
            }
        }
    } finally {
        await session.close();
    }
    return results;
}

/** Whether a run came out as it should: all claims hold, or without its protection the scenario did not trip. */
export function asItShould({ protection, claims }: ScenarioResult): boolean {
    return protection ? claims.every(({ holds }) => holds) : !tripped(claims);
}
