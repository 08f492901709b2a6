import type { ServiceIntent } from "#model/intents.ts";
import { routeOf } from "#model/requests.ts";
import { patience } from "../arithmetic.ts";
import {
    acts,
    callerCounted,
    control,
    ejectedInWords,
    latencyAt,
    onlyFailingEjected,
    requestsOf,
} from "../judging.ts";
import type { RequestShape } from "../requests.ts";
import { noRequest, requestKinds, required } from "../requests.ts";
import type { Claim, Evidence, Scenario } from "../scenario.ts";
import { Stage } from "../stage.ts";
import { noEjection } from "./outlier-ejection.ts";

const [RATE, SECONDS] = [10, 10];
/** Longest time for which a caller's proxy may wait for a replica that does not answer. */
const LONGEST_PATIENCE_SECONDS = 20;

/** Judges what was seen in the phases `hanging` and `later`. */
export function judgeHung(evidence: Evidence, patienceMilliseconds: number): readonly Claim[] {
    const [hanging, later] = [requestsOf(evidence, "hanging"), requestsOf(evidence, "later")];
    const slow = (requests: typeof later): number =>
        requests.filter(({ milliseconds }) => milliseconds >= 0.9 * patienceMilliseconds).length;
    const { ejections } = callerCounted(evidence, "hanging");
    const [seen] = evidence.hosts;
    return [
        control(
            "the hung replica does keep callers waiting",
            slow(hanging) > 0,
            `some requests take ${patienceMilliseconds} ms or more`,
            `${slow(hanging)} of ${hanging.length}`,
        ),
        acts(
            "it is ejected, because waiting for it ends",
            ejections > 0 && onlyFailingEjected(seen),
            "ejections_enforced_total grows, and health_flags of this replica alone say failed_outlier_check",
            `it grew by ${ejections}; ${ejectedInWords(seen)}`,
        ),
        acts(
            "from then on nobody waits for it",
            later.length > 0 && slow(later) === 0,
            `every request takes less than ${patienceMilliseconds} ms`,
            `${slow(later)} of ${later.length} took longer, the slowest ${latencyAt(later, 100).toFixed(0)} ms`,
        ),
    ];
}

/** One replica that never answers is left alone as well. */
export const hungReplica: Scenario = {
    name: "hung-replica",
    title: "a replica that never answers is ejected, because the route has a time limit",
    inapplicable: (service, caller) => {
        const missing = noRequest(service, caller);
        if (missing !== undefined) {
            return missing;
        }
        const { wait } = planOf(service, caller);
        return wait > LONGEST_PATIENCE_SECONDS * 1000
            ? `a proxy waits ${wait / 1000} s for an answer, which is longer than this can take`
            : noEjection(service);
    },
    run: async (load, protection) => {
        const { service } = load;
        const { request, wait } = planOf(service, load.caller);
        const replicas = service.replicas;
        const groups = [
            { name: "healthy", replicas: replicas - 1 },
            { name: "hung", replicas: 1, env: { DEMO_FAULT: "hang" } },
        ];
        const evidence = await Stage.with(
            load,
            { scenario: "hung-replica", service, groups, breaker: protection },
            async (stage) => {
                await stage.phase({
                    name: "hanging",
                    what: `${RATE}/s, 1 of ${replicas} replicas never answers, proxies wait ${wait} ms`,
                    request,
                    rate: RATE,
                    seconds: SECONDS,
                });
                await stage.lookAtHosts("hung");
                await stage.phase({
                    name: "later",
                    what: `${RATE}/s, after requests to it have run out of time`,
                    request,
                    rate: RATE,
                    seconds: SECONDS / 2,
                });
            },
        );
        return { evidence, claims: judgeHung(evidence, wait) };
    },
};

/** A request that waits as short as one can, and for how many milliseconds. */
function planOf(
    service: ServiceIntent,
    caller: string,
): { readonly request: RequestShape; readonly wait: number } {
    const request = required(requestKinds(service, caller).repeatable);
    return { request, wait: patience(routeOf(service, request.path) ?? service.routes[0]) };
}
