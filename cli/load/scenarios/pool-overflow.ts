import type { ServiceIntent } from "#model/intents.ts";
import { capacity, connections } from "../arithmetic.ts";
import {
    aboutEqual,
    acts,
    control,
    linesWith,
    latencyAt,
    refusedByPools,
    requestsOf,
    statusesOf,
    withStatus,
} from "../judging.ts";
import { noRequest, requestKinds, required, timeoutOf } from "../requests.ts";
import type { Claim, Evidence, Scenario } from "../scenario.ts";
import { Stage } from "../stage.ts";

/** More would measure the machine, not the mesh. */
const FASTEST = 45;
/** Share of the route's timeout that an answer may take, so that none is cut off. */
const OF_TIMEOUT = 0.85;
/** Beyond the time that it takes until the pool is full. */
const REFUSING_SECONDS = 3;

/** Rates below and beyond the limits, and how slow the servers must be for them. */
export interface PoolPlan {
    /** Requests that are under way at a time, and the same with those that wait. */
    readonly connections: number;
    readonly capacity: number;
    /** Of each answer. */
    readonly milliseconds: number;
    /** Requests a second that leave a fifth of the connections free, so that none waits for one. */
    readonly below: number;
    /** Requests a second of which at least every second one finds the pool full. */
    readonly beyond: number;
    readonly seconds: number;
    /** Requests that must be refused at least, for there is nowhere they could be. */
    readonly refused: number;
}

/**
 * In flight is rate times latency. The latency is chosen so that twice the capacity needs few requests a second.
 *
 * @param timeout of the route, in milliseconds
 */
export function poolPlan(pool: ServiceIntent["connectionPool"], timeout: number): PoolPlan {
    const room = capacity(pool);
    const slow = Math.min((2 * room) / FASTEST, (OF_TIMEOUT * timeout) / 1000);
    const latency = Math.max(0.2, Math.round(slow * 10) / 10);
    const beyond = Math.ceil((2 * room) / latency);
    const seconds = Math.ceil(latency + REFUSING_SECONDS);
    return {
        connections: connections(pool),
        capacity: room,
        milliseconds: latency * 1000,
        below: Math.max(1, Math.floor((0.8 * connections(pool)) / latency)),
        beyond,
        seconds,
        refused: Math.floor(beyond * seconds - room * (1 + seconds / latency)),
    };
}

/** Judges what was seen in the phases `below`, `beyond` and `after`. */
export function judgePool(evidence: Evidence, plan: PoolPlan): readonly Claim[] {
    const beyond = requestsOf(evidence, "beyond");
    const refused = withStatus(beyond, 503);
    const marked = beyond.filter(({ status, overloaded }) => status === 503 && overloaded);
    const lines = linesWith(evidence, "beyond", "UO");
    const counted = refusedByPools(evidence, "beyond");
    const none = (phase: string): Claim => {
        const requests = requestsOf(evidence, phase);
        return control(
            `${phase} the limits nobody is refused`,
            requests.length > 0 && withStatus(requests, 200) === requests.length,
            "200 for every request",
            statusesOf(requests),
        );
    };
    return [
        none("below"),
        acts(
            "beyond the limits requests are refused",
            refused >= Math.max(1, plan.refused / 2),
            `503 for at least ${Math.ceil(plan.refused / 2)} of ${beyond.length}`,
            statusesOf(beyond),
        ),
        acts(
            "a refusal is at once and says why",
            refused > 0 &&
                aboutEqual(marked.length, refused) &&
                aboutEqual(lines, refused) &&
                latencyAt(marked, 50) < plan.milliseconds / 2,
            `x-envoy-overloaded and flag UO for each 503, long before ${plan.milliseconds} ms`,
            `${marked.length} with x-envoy-overloaded, ${lines} lines with UO, half within ${latencyAt(marked, 50).toFixed(0)} ms`,
        ),
        acts(
            "the proxies count them",
            refused > 0 && aboutEqual(counted, refused),
            `overflow of the caller's and the servers' proxies grew by about ${refused}`,
            `it grew by ${counted}`,
        ),
        control(
            "those for whom there is a connection are served",
            withStatus(beyond, 200) >= plan.connections,
            `200 for at least ${plan.connections}`,
            statusesOf(beyond),
        ),
        { ...none("after"), claim: "when the load is gone nobody is refused" },
    ];
}

/** The pool's limits turn away what is too much, and nothing else. */
export const poolOverflow: Scenario = {
    name: "pool-overflow",
    title: "beyond the declared limits requests are refused at once, below and after none is",
    inapplicable: noRequest,
    run: async (load, protection) => {
        const { service } = load;
        // A request that is not tried again, so that what is counted is what was asked.
        const { once, repeatable } = requestKinds(service, load.caller);
        const shape = required(once ?? repeatable);
        const plan = poolPlan(service.connectionPool, timeoutOf(service, shape));
        const inFlight = (rate: number): string =>
            `${rate}/s x ${plan.milliseconds / 1000} s = ${((rate * plan.milliseconds) / 1000).toFixed(0)} at a time; ${plan.connections} connections, and ${plan.capacity} with those that wait`;
        const groups = [
            {
                name: "slow",
                replicas: service.replicas,
                env: { DEMO_FAULT: `delay=${plan.milliseconds}ms` },
            },
        ];
        const evidence = await Stage.with(
            load,
            { scenario: "pool-overflow", service, groups, breaker: protection, servers: true },
            async (stage) => {
                for (const [name, rate] of [
                    ["below", plan.below],
                    ["beyond", plan.beyond],
                    ["after", plan.below],
                ] as const) {
                    await stage.phase({
                        name,
                        what: inFlight(rate),
                        request: shape,
                        rate,
                        seconds: plan.seconds,
                    });
                }
            },
        );
        return { evidence, claims: judgePool(evidence, plan) };
    },
};
