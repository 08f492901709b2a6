import { ejectableHosts } from "#model/advice.ts";
import { milliseconds } from "#model/duration.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { acts, callerCounted, control, failures, requestsOf, statusesOf } from "../judging.ts";
import { noSingleTry, singleTryOf } from "../requests.ts";
import type { Claim, Evidence, Scenario } from "../scenario.ts";
import { CALLER } from "../scenario.ts";
import { Stage } from "../stage.ts";

/** Requests a second, and for how long. */
const [RATE, SECONDS] = [15, 12];
/** Few, but enough to see who answers. */
const WAITING_RATE = 2;
/** A return that takes longer is not waited for. */
const LONGEST_RETURN_SECONDS = 90;
/** Until the proxies have heard of an ejection, requests still go to the ejected host. Envoy merges updates for 1 s. */
const LEAK_SECONDS = 1;
/** Counters are read once a second, on a machine that has other things to do. */
const READING_SECONDS = 4;

/** What a service's outlier detection must do when one of its replicas fails. */
export interface EjectionPlan {
    readonly replicas: number;
    /** Errors in a row that eject. */
    readonly consecutive: number;
    /** Most errors that callers may see: the first ones, and what leaks while the news spreads. */
    readonly mostErrors: number;
    /** When an ejected host may be back, in seconds after its ejection. */
    readonly back: { readonly earliest: number; readonly latest: number };
    /** Whether it takes so long that only the ejection itself is looked at. */
    readonly tooLong: boolean;
}

/** The declared numbers as what can be seen from outside. */
export function ejectionPlan(service: ServiceIntent): EjectionPlan {
    const { consecutive5xxErrors, interval, baseEjectionTime } = service.outlierDetection;
    const replicas = service.replicas;
    const [base, tick] = [milliseconds(baseEjectionTime) / 1000, milliseconds(interval) / 1000];
    return {
        replicas,
        consecutive: consecutive5xxErrors,
        // A proxy has a worker a processor, and each may have sent its next request already.
        mostErrors: consecutive5xxErrors + RATE * LEAK_SECONDS,
        back: { earliest: base, latest: base + tick },
        tooLong: base + tick > LONGEST_RETURN_SECONDS,
    };
}

/** Judges what was seen in the phase `failing`, and in `waiting` where the return was waited for. */
export function judgeEjection(evidence: Evidence, plan: EjectionPlan): readonly Claim[] {
    const failing = requestsOf(evidence, "failing");
    const phase = evidence.phases.find(({ name }) => name === "failing");
    const middle = phase === undefined ? 0 : (phase.from + phase.to) / 2;
    const [first, late] = [
        failing.filter(({ at }) => at <= middle),
        failing.filter(({ at }) => at > middle),
    ];
    const errors = failures(failing).length;
    const { ejections } = callerCounted(evidence, "failing");
    const seen = evidence.hosts[0];
    const ejected = seen?.ejected ?? [];
    return [
        control(
            "the failing replica does fail",
            failures(first).length >= plan.consecutive,
            `at least ${plan.consecutive} errors in the first half`,
            statusesOf(first),
        ),
        acts(
            `it is ejected after ${plan.consecutive} errors in a row`,
            ejections > 0 &&
                ejected.length > 0 &&
                ejected.every((host) => seen?.failing.includes(host)),
            "ejections_enforced_total grows, and health_flags of this replica alone say failed_outlier_check",
            `it grew by ${ejections}; ejected: ${ejected.join(", ") || "nobody"}; failing: ${seen?.failing.join(", ") ?? ""}`,
        ),
        acts(
            "callers see its first errors and no more",
            errors <= plan.mostErrors && failures(late).length === 0 && late.length > 0,
            `at most ${plan.mostErrors} errors, none in the second half`,
            `${errors} errors, of them ${failures(late).length} of ${late.length} in the second half`,
        ),
        ...(plan.tooLong || evidence.phases.length < 2 ? [] : [judgeReturn(evidence, plan)]),
    ];
}

function judgeReturn({ counters }: Evidence, { back }: EjectionPlan): Claim {
    const own = counters.filter(({ proxy }) => proxy === CALLER);
    const out = own.findIndex(({ counters: { ejected } }) => ejected > 0);
    const again = own.findIndex(({ counters: { ejected, ejections } }, index) => {
        const before = own[index - 1]?.counters;
        return (
            index > out && before !== undefined && (ejected === 0 || ejections > before.ejections)
        );
    });
    const seconds = ((own[again]?.at ?? 0) - (own[out]?.at ?? 0)) / 1000;
    return acts(
        "it comes back after its ejection time and is tried again",
        out >= 0 &&
            again > out &&
            seconds >= back.earliest - READING_SECONDS &&
            seconds <= back.latest + READING_SECONDS,
        `no longer ejected after ${back.earliest} to ${back.latest} s`,
        out < 0 || again < 0 ? "it did not come back" : `after ${seconds.toFixed(0)} s`,
    );
}

/** One replica that fails is left alone for a time. */
export const outlierEjection: Scenario = {
    name: "outlier-ejection",
    title: "a replica that answers with errors is ejected, and comes back when its time is up",
    inapplicable: (service, caller) => noEjection(service) ?? noSingleTry(service, caller),
    run: async (load, protection) => {
        const { service } = load;
        const plan = ejectionPlan(service);
        const request = singleTryOf(service, load.caller);
        const groups = [
            { name: "healthy", replicas: plan.replicas - 1 },
            { name: "failing", replicas: 1, env: { DEMO_FAULT: "status=503" } },
        ];
        const evidence = await Stage.with(
            load,
            { scenario: "outlier-ejection", service, groups, breaker: protection },
            async (stage) => {
                const begun = Date.now();
                await stage.phase({
                    name: "failing",
                    what: `${RATE}/s, 1 of ${plan.replicas} replicas answers 503`,
                    request,
                    rate: RATE,
                    seconds: SECONDS,
                });
                const { ejected } = await stage.lookAtHosts("failing");
                if (ejected.length > 0 && !plan.tooLong) {
                    const past = (Date.now() - begun) / 1000;
                    await stage.phase({
                        name: "waiting",
                        what: `${WAITING_RATE}/s until the replica is tried again after ${plan.back.earliest} to ${plan.back.latest} s`,
                        request,
                        rate: WAITING_RATE,
                        seconds: Math.max(1, Math.ceil(plan.back.latest + READING_SECONDS - past)),
                    });
                }
            },
        );
        return { evidence, claims: judgeEjection(evidence, plan) };
    },
};

/** Why a service with its declared replicas ejects nobody, if so. */
export function noEjection(service: ServiceIntent): string | undefined {
    const replicas = service.replicas;
    const { maxEjectionPercent } = service.outlierDetection;
    return ejectableHosts(replicas, maxEjectionPercent) > 0
        ? undefined
        : `of ${replicas} ${replicas === 1 ? "replica" : "replicas"} ${maxEjectionPercent} % is less than one: nobody can be ejected`;
}
