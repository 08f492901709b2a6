import { ejectableHosts } from "#model/advice.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { healthyAtWorst } from "../arithmetic.ts";
import { acts, callerCounted, control, failures, requestsOf, statusesOf } from "../judging.ts";
import { noSingleTry, singleTryOf } from "../requests.ts";
import type { Claim, Evidence, Scenario } from "../scenario.ts";
import { Stage } from "../stage.ts";
import { noEjection } from "./outlier-ejection.ts";

const [RATE, SECONDS] = [15, 10];

/** What becomes of a service of which every replica fails. */
export interface PanicPlan {
    readonly replicas: number;
    /** Replicas that are ejected at most. */
    readonly ejected: number;
    /** Percent that are healthy then. */
    readonly healthy: number;
    readonly minHealthPercent: number;
    /** Whether that is too few, so that the proxies use ejected ones again. */
    readonly panics: boolean;
}

/** The declared numbers at their worst. */
export function panicPlan(service: ServiceIntent): PanicPlan {
    const { maxEjectionPercent, minHealthPercent } = service.outlierDetection;
    const replicas = service.replicas;
    const healthy = healthyAtWorst(replicas, maxEjectionPercent);
    return {
        replicas,
        ejected: ejectableHosts(replicas, maxEjectionPercent),
        healthy,
        minHealthPercent,
        panics: healthy < minHealthPercent,
    };
}

/** Judges what was seen in the phase `failing`. */
export function judgePanic(evidence: Evidence, plan: PanicPlan): readonly Claim[] {
    const requests = requestsOf(evidence, "failing");
    const { panic, ejections } = callerCounted(evidence, "failing");
    const ejected = evidence.hosts[0]?.ejected ?? [];
    const seen = `lb_healthy_panic grew by ${panic}, ejections_enforced_total by ${ejections}; ${ejected.length} are ejected`;
    return [
        control(
            "every replica does fail",
            requests.length > 0 && failures(requests).length === requests.length,
            "no success",
            statusesOf(requests),
        ),
        plan.panics
            ? acts(
                  "too few are healthy, so ejected replicas get requests again: ejection does not protect here",
                  panic > 0,
                  `lb_healthy_panic grows: ${plan.healthy.toFixed(0)} % are healthy at worst, minHealthPercent is ${plan.minHealthPercent}`,
                  seen,
              )
            : acts(
                  "as many are ejected as may be, and stay so: minHealthPercent does not undo it",
                  panic === 0 && ejected.length > 0 && ejected.length <= plan.ejected,
                  `lb_healthy_panic does not grow, at most ${plan.ejected} of ${plan.replicas} are ejected: ${plan.healthy.toFixed(0)} % stay healthy, minHealthPercent is ${plan.minHealthPercent}`,
                  seen,
              ),
    ];
}

/** The share below which proxies distrust their own verdicts. */
export const panic: Scenario = {
    name: "panic",
    title: "when every replica fails, minHealthPercent does what its number says",
    inapplicable: (service, caller) =>
        service.outlierDetection.minHealthPercent === 0
            ? "it declares no minHealthPercent, so ejections are never undone"
            : (noEjection(service) ?? noSingleTry(service, caller)),
    run: async (load, protection) => {
        const { service } = load;
        const plan = panicPlan(service);
        const groups = [
            { name: "failing", replicas: plan.replicas, env: { DEMO_FAULT: "status=503" } },
        ];
        const evidence = await Stage.with(
            load,
            { scenario: "panic", service, groups, breaker: protection },
            async (stage) => {
                await stage.phase({
                    name: "failing",
                    what: `${RATE}/s, all ${plan.replicas} replicas answer 503`,
                    request: singleTryOf(service, load.caller),
                    rate: RATE,
                    seconds: SECONDS,
                });
                await stage.lookAtHosts("failing");
            },
        );
        return { evidence, claims: judgePanic(evidence, plan) };
    },
};
