import { tooFewToEject } from "../arithmetic.ts";
import { acts, callerCounted, control, failures, requestsOf, statusesOf } from "../judging.ts";
import { noSingleTry, singleTryOf } from "../requests.ts";
import type { Claim, Evidence, Scenario } from "../scenario.ts";
import { Stage } from "../stage.ts";

const [RATE, SECONDS] = [15, 10];

/** Judges what was seen in the phase `failing` with this many replicas, one of which fails. */
export function judgeLimit(evidence: Evidence, replicas: number): readonly Claim[] {
    const requests = requestsOf(evidence, "failing");
    const phase = evidence.phases[0];
    const middle = phase === undefined ? 0 : (phase.from + phase.to) / 2;
    const late = requests.filter(({ at }) => at > middle);
    const errors = failures(late).length;
    const { ejections, ejectionsDenied } = callerCounted(evidence, "failing");
    return [
        acts(
            "the failing replica is detected but not allowed to be ejected",
            ejectionsDenied > 0 && ejections === 0,
            "ejections_overflow grows, ejections_enforced_total does not",
            `ejections_overflow grew by ${ejectionsDenied}, ejections_enforced_total by ${ejections}`,
        ),
        control(
            "so callers go on seeing its errors: this is not protection",
            late.length > 0 && errors >= (0.5 * late.length) / replicas,
            `about ${(100 / replicas).toFixed(0)} % errors in the second half as well`,
            `${errors} of ${late.length} (${statusesOf(late)})`,
        ),
    ];
}

/** Too few replicas for the percentage: what looks like a breaker cannot act. */
export const ejectionLimit: Scenario = {
    name: "ejection-limit",
    title: "with too few replicas for maxEjectionPercent a failing one is detected but not ejected",
    inapplicable: (service, caller) =>
        tooFewToEject(service.outlierDetection.maxEjectionPercent) === 0
            ? "with maxEjectionPercent 100 even a single replica is ejected"
            : noSingleTry(service, caller),
    run: async (load, protection) => {
        const { service } = load;
        const { maxEjectionPercent } = service.outlierDetection;
        const replicas = tooFewToEject(maxEjectionPercent);
        const groups = [
            { name: "healthy", replicas: replicas - 1 },
            { name: "failing", replicas: 1, env: { DEMO_FAULT: "status=503" } },
        ].filter((group) => group.replicas > 0);
        const evidence = await Stage.with(
            load,
            { scenario: "ejection-limit", service, groups, breaker: protection },
            async (stage) => {
                await stage.phase({
                    name: "failing",
                    what: `${RATE}/s, 1 of ${replicas} answers 503, one is ${(100 / replicas).toFixed(0)} % and ${maxEjectionPercent} % are allowed`,
                    request: singleTryOf(service, load.caller),
                    rate: RATE,
                    seconds: SECONDS,
                });
            },
        );
        return { evidence, claims: judgeLimit(evidence, replicas) };
    },
};
