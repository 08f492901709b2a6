import { ejectableHosts } from "#model/advice.ts";
import { milliseconds } from "#model/duration.ts";
import type { ServiceIntent } from "#model/intents.ts";
import {
    acts,
    callerCounted,
    control,
    ejectedInWords,
    failures,
    onlyFailingEjected,
    requestsOf,
    statusesOf,
} from "../judging.ts";
import { noSingleTry, singleTryOf } from "../requests.ts";
import type { Claim, Evidence, Scenario } from "../scenario.ts";
import { CALLER } from "../scenario.ts";
import { Stage } from "../stage.ts";

/** Requests a second, and for how long. */
const [RATE, SECONDS] = [15, 12];
/** The phases in which it was ejected once already. */
const AFTERWARDS = ["waiting", "again"] as const;
/** Few, but enough to see who answers. */
const WAITING_RATE = 2;
/** A return that takes longer is not waited for. */
const LONGEST_RETURN_SECONDS = 90;
/**
 * Until a proxy's workers have heard of an ejection, requests still go to the ejected host. Envoy tells them at once,
 * unless it has told them of another change less than a second ago, such as the host's return: then a second later.
 */
const LEAK_SECONDS = 1;
/** Envoy lengthens ejections up to this, where nothing else is said. */
const LONGEST_EJECTION_SECONDS = 300;
/** Counters are read once a second, on a machine that has other things to do. */
const READING_SECONDS = 4;

/** What a service's outlier detection must do when one of its replicas fails. */
export interface EjectionPlan {
    readonly replicas: number;
    /** Errors in a row that eject. */
    readonly consecutive: number;
    /** Most errors that callers may see each time: the first ones, and what leaks while the news spreads. */
    readonly mostErrors: number;
    /** When an ejected host may be back, in seconds after its ejection. */
    readonly back: { readonly earliest: number; readonly latest: number };
    /** Seconds after its return in which it must be ejected again. */
    readonly again: number;
    /** Seconds for which it stays ejected at most the second time, but for the wait for the next interval. */
    readonly secondTime: number;
    /** Whether it takes so long that only the first ejection is looked at. */
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
        again: Math.ceil((consecutive5xxErrors * replicas) / RATE) + LEAK_SECONDS + READING_SECONDS,
        // The time is multiplied by the number of ejections, and each whole interval without one takes one off.
        secondTime: Math.min(2 * base, Math.max(LONGEST_EJECTION_SECONDS, base)),
        tooLong: base + tick > LONGEST_RETURN_SECONDS,
    };
}

/** Judges what was seen in the phase `failing`, and in `waiting` and `again` where the return was waited for. */
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
    const [seen] = evidence.hosts;
    return [
        control(
            "the failing replica does fail",
            failures(first).length >= plan.consecutive,
            `at least ${plan.consecutive} errors in the first half`,
            statusesOf(first),
        ),
        acts(
            `it is ejected after ${plan.consecutive} errors in a row`,
            ejections > 0 && onlyFailingEjected(seen),
            "ejections_enforced_total grows, and health_flags of this replica alone say failed_outlier_check",
            `it grew by ${ejections}; ${ejectedInWords(seen)}`,
        ),
        acts(
            "callers see its first errors and no more",
            errors <= plan.mostErrors && failures(late).length === 0 && late.length > 0,
            `at most ${plan.mostErrors} errors, none in the second half`,
            `${errors} errors, of them ${failures(late).length} of ${late.length} in the second half`,
        ),
        ...(evidence.phases.some(({ name }) => name === "again")
            ? [judgeReturn(evidence, plan), ...judgeAgain(evidence, plan, errors)]
            : []),
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

/** It still fails when it is back. */
function judgeAgain(evidence: Evidence, plan: EjectionPlan, first: number): readonly Claim[] {
    const ejections = AFTERWARDS.reduce(
        (sum, phase) => sum + callerCounted(evidence, phase).ejections,
        0,
    );
    const seen = evidence.hosts[1];
    const errors = AFTERWARDS.flatMap((phase) => failures(requestsOf(evidence, phase))).length;
    return [
        acts(
            `it still fails, and is ejected a second time, for up to ${plan.secondTime} s`,
            ejections > 0 && onlyFailingEjected(seen),
            "ejections_enforced_total grows again, and health_flags of this replica alone say failed_outlier_check",
            `it grew by ${ejections}; ${ejectedInWords(seen)}`,
        ),
        acts(
            "the second time as well callers see its first errors and no more",
            ejections > 0 && errors >= plan.consecutive && errors <= ejections * plan.mostErrors,
            `${plan.consecutive} to ${plan.mostErrors} errors an ejection`,
            `${errors} errors in ${ejections} ${ejections === 1 ? "ejection" : "ejections"}, the first time ${first}`,
        ),
    ];
}

/** One replica that fails is left alone for a time. */
export const outlierEjection: Scenario = {
    name: "outlier-ejection",
    title: "a replica that answers with errors is ejected, comes back when its time is up, and is ejected again",
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
                    const until = (seconds: number): number =>
                        Math.max(1, Math.floor(seconds - (Date.now() - begun) / 1000));
                    const { earliest, latest } = plan.back;
                    await stage.phase({
                        name: "waiting",
                        what: `${WAITING_RATE}/s while the replica is ejected, ${earliest} s or more`,
                        request,
                        rate: WAITING_RATE,
                        seconds: until(earliest - READING_SECONDS),
                    });
                    await stage.phase({
                        name: "again",
                        what: `${RATE}/s until the replica is tried again after ${earliest} to ${latest} s, and ${plan.again} s more`,
                        request,
                        rate: RATE,
                        seconds: until(latest + READING_SECONDS + plan.again),
                    });
                    await stage.lookAtHosts("failing");
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
