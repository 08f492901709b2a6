import type { ServiceIntent } from "#model/intents.ts";
import { acts, callerCounted, control, failures, requestsOf, statusesOf } from "../judging.ts";
import { attemptsOf, noRequest, requestKinds, required } from "../requests.ts";
import type { Claim, Evidence, Scenario } from "../scenario.ts";
import { Stage } from "../stage.ts";

const [RATE, SECONDS] = [15, 8];
/** Share of failing tries, unless the retries are too few to hide it. */
const FLAKY = 0.3;
/** Share of requests all of whose tries may fail by chance. */
const UNLUCKY = 0.001;

/** What the retries of a service must hide. */
export interface RetryPlan {
    readonly attempts: number;
    /** Percent of the tries that fail. */
    readonly percent: number;
}

/** A share of failures that the declared attempts hide but for one request in a thousand. */
export function retryPlan(attempts: number): RetryPlan {
    return {
        attempts,
        percent: Math.floor(100 * Math.min(FLAKY, UNLUCKY ** (1 / (attempts + 1)))),
    };
}

/** Judges what was seen in the phase `repeatable`, and in `once` where the caller makes such requests. */
export function judgeRetries(evidence: Evidence, plan: RetryPlan): readonly Claim[] {
    const [repeatable, once] = [requestsOf(evidence, "repeatable"), requestsOf(evidence, "once")];
    const { retries } = callerCounted(evidence, "repeatable");
    const failed = failures(repeatable).length;
    const allowed = Math.max(1, Math.floor(repeatable.length / 50));
    return [
        ...(evidence.phases.some(({ name }) => name === "once")
            ? [
                  control(
                      "the backend is flaky: what may not be repeated fails",
                      failures(once).length >= (once.length * plan.percent) / 200,
                      `about ${plan.percent} % errors`,
                      statusesOf(once),
                  ),
              ]
            : []),
        acts(
            "retries hide it from requests that may be repeated",
            repeatable.length > 0 && failed <= allowed && retries > 0,
            `at most ${allowed} of ${repeatable.length} fail, and the proxy counts retries`,
            `${failed} failed (${statusesOf(repeatable)}), ${retries} retries`,
        ),
    ];
}

/** A backend that fails now and then. */
export const retries: Scenario = {
    name: "retries",
    title: "a flaky backend is hidden from requests that may be repeated",
    inapplicable: noRetries,
    run: async (load, protection) => {
        const { service } = load;
        const { once, ...kinds } = requestKinds(service, load.caller);
        const repeatable = required(kinds.repeatable);
        const plan = retryPlan(attemptsOf(service, repeatable));
        const groups = [
            {
                name: "flaky",
                replicas: service.replicas,
                env: { DEMO_FAULT: `status=503,share=${plan.percent}` },
            },
        ];
        const evidence = await Stage.with(
            load,
            {
                scenario: "retries",
                service: protection ? service : withoutRetries(service),
                groups,
                breaker: true,
            },
            async (stage) => {
                const common = { rate: RATE, seconds: SECONDS };
                const flaky = `${RATE}/s, ${plan.percent} % of the tries are answered with 503`;
                if (once !== undefined) {
                    await stage.phase({ name: "once", what: flaky, request: once, ...common });
                }
                await stage.phase({
                    name: "repeatable",
                    what: `${flaky}, up to ${plan.attempts} retries`,
                    request: repeatable,
                    ...common,
                });
            },
        );
        return { evidence, claims: judgeRetries(evidence, plan) };
    },
};

/** Why nothing that a caller may ask of a service is tried again, if so. */
export function noRetries(service: ServiceIntent, caller: string): string | undefined {
    const { repeatable } = requestKinds(service, caller);
    return repeatable !== undefined && attemptsOf(service, repeatable) === 0
        ? `the route of ${repeatable.path} declares no retries`
        : noRequest(service, caller);
}

/** A service whose routes declare no retries. */
export function withoutRetries(service: ServiceIntent): ServiceIntent {
    const [first, ...rest] = service.routes.map(({ prefix, timeout }) => ({ prefix, timeout }));
    return first === undefined ? service : { ...service, routes: [first, ...rest] };
}
