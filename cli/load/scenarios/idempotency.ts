import { acts, control } from "../judging.ts";
import { attemptsOf, requestKinds, required } from "../requests.ts";
import type { Claim, Delivery, Evidence, Scenario } from "../scenario.ts";
import { Stage } from "../stage.ts";
import type { StageOptions } from "../stage.ts";

/** Few: with each of them a backend that always fails gets all tries. */
const [RATE, SECONDS] = [4, 6];

/** Judges how often requests of the phases `without a key` and `with a key` arrived at the servers. */
export function judgeIdempotency(evidence: Evidence, attempts: number): readonly Claim[] {
    const of = (phase: string): readonly Delivery[] =>
        evidence.deliveries.filter((delivery) => delivery.phase === phase);
    const most = (deliveries: readonly Delivery[]): number =>
        Math.max(0, ...deliveries.map(({ copies }) => copies));
    const told = (deliveries: readonly Delivery[]): string =>
        `${deliveries.length} requests arrived, at most ${most(deliveries)} times each`;
    const [without, keyed] = [of("without a key"), of("with a key")];
    return [
        acts(
            "a request that must not be repeated arrives once, although it fails",
            without.length > 0 && most(without) === 1,
            "1 line in the servers' access logs for each",
            told(without),
        ),
        control(
            "with an idempotency key it is tried again",
            keyed.length > 0 && most(keyed) > 1 && most(keyed) <= attempts + 1,
            `2 to ${attempts + 1} lines for some`,
            told(keyed),
        ),
    ];
}

/** No payment is made twice. */
export const idempotency: Scenario = {
    name: "idempotency",
    title: "what must not be repeated reaches the servers once, whatever they answer",
    inapplicable: (service, caller) => {
        const { once } = requestKinds(service, caller);
        if (once === undefined) {
            return `${caller} makes no request of ${service.name} that must not be repeated`;
        }
        return attemptsOf(service, once) === 0
            ? `the route of ${once.path} declares no retries`
            : undefined;
    },
    run: async (load, protection) => {
        const { service } = load;
        const { once, repeatable } = requestKinds(service, load.caller);
        const [unkeyed, keyed] = [required(once), required(repeatable)];
        const groups = [{ name: "failing", replicas: 1, env: { DEMO_FAULT: "status=503" } }];
        const evidence = await Stage.with(
            load,
            {
                scenario: "idempotency",
                service,
                groups,
                breaker: true,
                ...(!protection && { alterRoutes: withoutDistinction }),
            },
            async (stage) => {
                const common = { rate: RATE, seconds: SECONDS };
                await stage.phase({
                    name: "without a key",
                    what: `${RATE}/s ${unkeyed.method}, every answer is 503`,
                    request: unkeyed,
                    ...common,
                });
                await stage.phase({
                    name: "with a key",
                    what: `${RATE}/s ${keyed.method} with an idempotency key, every answer is 503`,
                    request: keyed,
                    ...common,
                });
            },
        );
        return { evidence, claims: judgeIdempotency(evidence, attemptsOf(service, unkeyed)) };
    },
};

/** Takes away what tells requests with a key from others: every one is tried again. */
const withoutDistinction: NonNullable<StageOptions["alterRoutes"]> = (spec) => ({
    ...spec,
    http: (spec.http ?? []).map((route) =>
        route.name?.endsWith("-idempotent") === true
            ? { ...route, match: (route.match ?? []).map(({ uri = {} }) => ({ uri })) }
            : route,
    ),
});
