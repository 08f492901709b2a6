import type { HttpConnectionPool, ServiceIntent } from "#model/intents.ts";
import {
    aboutEqual,
    acts,
    callerCounted,
    control,
    failures,
    linesWith,
    requestsOf,
    statusesOf,
} from "../judging.ts";
import { attemptsOf, requestKinds, required } from "../requests.ts";
import type { Claim, Evidence, Scenario } from "../scenario.ts";
import { Stage } from "../stage.ts";
import { noRetries, retryPlan, withoutRetries } from "./retries.ts";

/** Requests a second: with pauses that are longer than the servers leave a connection open. */
const RATE = 10;
const KEEP_ALIVE_MILLISECONDS = 50;
/** Connections that are to be closed in a phase on average; that it is none is then out of the question. */
const CLOSED = 12;

/** How often a server closes a connection under a request, and for how long requests are made. */
export interface IdlePlan {
    readonly attempts: number;
    /** Percent of the requests on a connection that has been idle. */
    readonly percent: number;
    readonly seconds: number;
}

/** Often enough to be seen, and so seldom that the declared attempts hide it. */
export function idlePlan(pool: HttpConnectionPool, attempts: number): IdlePlan {
    const { percent } = retryPlan(attempts);
    const seconds = (100 * CLOSED) / (RATE * percent * usedAgain(pool));
    return { attempts, percent, seconds: Math.ceil(seconds) };
}

/** Share of the requests that come on a connection which had one before, 0 to 1. */
function usedAgain({ maxRequestsPerConnection = Infinity }: HttpConnectionPool): number {
    return 1 - 1 / maxRequestsPerConnection;
}

/** Judges what was seen in the phase `repeatable`, and in `once` where the caller makes such requests. */
export function judgeIdle(evidence: Evidence, { attempts }: IdlePlan): readonly Claim[] {
    const phases = evidence.phases.map(({ name }) => name);
    const lines = (flag: string, by?: "servers"): number =>
        phases.reduce((sum, phase) => sum + linesWith(evidence, phase, flag, by), 0);
    const [closed, overflown, unconnected] = [lines("UC", "servers"), lines("UO"), lines("UF")];
    const repeatable = requestsOf(evidence, "repeatable");
    const failed = failures(repeatable).length;
    const allowed = Math.max(1, Math.floor(repeatable.length / 50));
    const { retries } = callerCounted(evidence, "repeatable");
    return [
        ...(phases.includes("once") ? [judgeOnce(evidence)] : []),
        control(
            "the servers' proxies name it UC, apart from a full pool and a failed connection",
            closed > 0 && overflown === 0 && unconnected === 0,
            "flag UC in some lines of their access logs, UO and UF in nobody's",
            `UC in ${closed}, UO in ${overflown}, UF in ${unconnected}`,
        ),
        acts(
            "retries hide it from requests that may be repeated",
            repeatable.length > 0 && failed <= allowed && retries > 0,
            `at most ${allowed} of ${repeatable.length} fail with up to ${attempts} retries, and the proxy counts retries`,
            `${failed} failed (${statusesOf(repeatable)}), ${retries} retries`,
        ),
    ];
}

function judgeOnce(evidence: Evidence): Claim {
    const once = requestsOf(evidence, "once");
    const failed = failures(once).length;
    const closed = linesWith(evidence, "once", "UC", "servers");
    return control(
        "a request that may not be repeated fails where its connection was just closed",
        failed > 0 && closed > 0 && aboutEqual(failed, closed),
        "some errors, and flag UC at a server for each",
        `${failed} of ${once.length} failed (${statusesOf(once)}), UC in ${closed} lines of the servers' proxies`,
    );
}

/** Servers that close connections which their proxies would use again. */
export const idleConnections: Scenario = {
    name: "idle-connections",
    title: "a connection that the application closes after a pause is no error for requests that may be repeated",
    inapplicable: (service, caller) =>
        usedAgain(service.connectionPool) === 0
            ? "with maxRequestsPerConnection 1 no connection is used again"
            : noRetries(service, caller),
    run: async (load, protection) => {
        const { service } = load;
        const { once, ...kinds } = requestKinds(service, load.caller);
        const repeatable = required(kinds.repeatable);
        const plan = idlePlan(service.connectionPool, attemptsOf(service, repeatable));
        const declared: ServiceIntent = protection ? service : withoutRetries(service);
        const groups = [
            {
                name: "closing",
                replicas: service.replicas,
                env: { DEMO_FAULT: `idle=${KEEP_ALIVE_MILLISECONDS}ms,share=${plan.percent}` },
            },
        ];
        const evidence = await Stage.with(
            load,
            { scenario: "idle-connections", service: declared, groups, breaker: true },
            async (stage) => {
                const common = { rate: RATE, seconds: plan.seconds };
                const closing = `${RATE}/s, on a connection that was idle for ${KEEP_ALIVE_MILLISECONDS} ms ${plan.percent} % of the tries find it closed`;
                if (once !== undefined) {
                    await stage.phase({ name: "once", what: closing, request: once, ...common });
                }
                await stage.phase({
                    name: "repeatable",
                    what: `${closing}, up to ${plan.attempts} retries`,
                    request: repeatable,
                    ...common,
                });
            },
        );
        return { evidence, claims: judgeIdle(evidence, plan) };
    },
};
