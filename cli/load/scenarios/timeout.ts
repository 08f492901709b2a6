import { acts, control, linesWith, requestsOf, statusesOf, withStatus } from "../judging.ts";
import { noSingleTry, singleTryOf, timeoutOf } from "../requests.ts";
import type { Claim, Evidence, Scenario } from "../scenario.ts";
import { Stage } from "../stage.ts";
import type { StageOptions } from "../stage.ts";

const [RATE, SECONDS] = [3, 3];
/** The servers answer this much later than the route lets them. */
const LATER = 2000;
/** A route that takes longer is not waited for; k6 itself gives up after 30 s. */
const LONGEST_SECONDS = 25;
/** What a busy machine may add. */
const TOLERANCE = 1500;

/** Judges what was seen in the phase `slow` on a route with this timeout. */
export function judgeTimeout(evidence: Evidence, timeout: number): readonly Claim[] {
    const requests = requestsOf(evidence, "slow");
    const times = requests.map((request) => request.milliseconds);
    const [fastest, slowest] = [Math.min(...times), Math.max(...times)];
    const lines = linesWith(evidence, "slow", "UT", "caller");
    return [
        control(
            "every request waits for the servers at least that long",
            requests.length > 0 && fastest >= timeout - TOLERANCE,
            `none ends before ${timeout} ms`,
            `the fastest took ${fastest.toFixed(0)} ms`,
        ),
        acts(
            "a slow request ends at the route's timeout",
            requests.length > 0 &&
                withStatus(requests, 504) === requests.length &&
                slowest <= timeout + TOLERANCE,
            `504 after ${timeout} ms for each`,
            `${statusesOf(requests)}; the slowest took ${slowest.toFixed(0)} ms`,
        ),
        acts(
            "the caller's proxy says why",
            lines > 0 && lines === requests.length,
            `flag UT in ${requests.length} lines of its access log`,
            `${lines} lines`,
        ),
    ];
}

/** Nobody waits for ever. */
export const timeout: Scenario = {
    name: "timeout",
    title: "a request to a slow backend ends at the route's timeout",
    inapplicable: (service, caller) =>
        noSingleTry(service, caller) ?? tooLong(timeoutOf(service, singleTryOf(service, caller))),
    run: async (load, protection) => {
        const { service } = load;
        const request = singleTryOf(service, load.caller);
        const limit = timeoutOf(service, request);
        const groups = [
            {
                name: "slow",
                replicas: 1,
                env: { DEMO_FAULT: `delay=${limit + LATER}ms,status=500` },
            },
        ];
        const evidence = await Stage.with(
            load,
            {
                scenario: "timeout",
                service,
                groups,
                breaker: true,
                ...(!protection && { alterRoutes: withoutTimeouts }),
            },
            async (stage) => {
                await stage.phase({
                    name: "slow",
                    what: `${RATE}/s, answers take ${limit + LATER} ms, the route's timeout is ${limit} ms`,
                    request,
                    rate: RATE,
                    seconds: SECONDS,
                });
            },
        );
        return { evidence, claims: judgeTimeout(evidence, limit) };
    },
};

function tooLong(limit: number): string | undefined {
    return limit > LONGEST_SECONDS * 1000
        ? `the route's timeout is ${limit / 1000} s, which is longer than this can take`
        : undefined;
}

/** Without one a route waits for as long as the answer takes. */
const withoutTimeouts: NonNullable<StageOptions["alterRoutes"]> = (spec) => ({
    ...spec,
    http: (spec.http ?? []).map((declared) => {
        const route = { ...declared };
        delete route.timeout;
        return route;
    }),
});
