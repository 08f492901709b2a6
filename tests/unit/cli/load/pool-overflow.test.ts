import { deepStrictEqual, ok, strictEqual } from "node:assert";
import { capacity, connections } from "#cli/load/arithmetic.ts";
import { tripped } from "#cli/load/judging.ts";
import type { Evidence } from "#cli/load/scenario.ts";
import { judgePool, poolOverflow, poolPlan } from "#cli/load/scenarios/pool-overflow.ts";
import { milliseconds } from "#model/duration.ts";
import { catalog } from "#services/catalog.ts";
import { payment } from "#services/payment.ts";
import { broken, evidence } from "./evidence.ts";

const plan = poolPlan(payment.connectionPool, milliseconds(payment.routes[0].timeout));
const slow = plan.milliseconds;

interface Run {
    readonly refused?: number;
    readonly marked?: boolean;
    readonly lines?: number;
    readonly counted?: number;
    readonly atServer?: number;
    readonly below?: number;
    readonly after?: number;
    readonly took?: number;
}

/** A run with 150 refusals, and whatever is otherwise. */
function run(otherwise: Run = {}): Evidence {
    const { refused = 150, marked = true, below = 0, after = 0, took = 1 } = otherwise;
    const served = { count: 118, milliseconds: slow };
    return evidence([
        { name: "below", requests: [served, { count: below, status: 503 }] },
        {
            name: "beyond",
            requests: [
                { count: 150, milliseconds: slow },
                { count: refused, status: 503, overloaded: marked, milliseconds: took },
            ],
            counted: { overflow: otherwise.counted ?? refused },
            atServer: otherwise.atServer ?? 0,
            flags: [{ flag: "UO", by: "caller", lines: otherwise.lines ?? refused }],
        },
        { name: "after", requests: [served, { count: after, status: 503 }] },
    ]);
}

describe("load: pool overflow", () => {
    for (const service of catalog.services) {
        it(`chooses rates for ${service.name} on both sides of its limits`, () => {
            const timeout = milliseconds(service.routes[0].timeout);
            const chosen = poolPlan(service.connectionPool, timeout);
            const inFlight = (rate: number): number => (rate * chosen.milliseconds) / 1000;
            strictEqual(chosen.capacity, capacity(service.connectionPool));
            ok(inFlight(chosen.below) <= 0.8 * connections(service.connectionPool));
            ok(inFlight(chosen.beyond) >= 2 * chosen.capacity);
            ok(chosen.milliseconds < timeout, "an answer must not meet the route's timeout");
            ok(chosen.beyond <= 75, `${chosen.beyond}/s would measure the machine`);
            ok(chosen.refused > 0);
            ok(chosen.seconds <= 10);
        });
    }

    it("holds where what is too much is refused, marked, logged and counted", () => {
        deepStrictEqual(broken(judgePool(run(), plan)), []);
    });

    it("adds what the servers' proxies refused", () => {
        deepStrictEqual(broken(judgePool(run({ counted: 90, atServer: 60 }), plan)), []);
    });

    it("does not trip where nothing is refused", () => {
        strictEqual(tripped(judgePool(run({ refused: 0 }), plan)), false);
    });

    const wrong: readonly (readonly [string, Run, string])[] = [
        ["a refusal below the limits", { below: 1 }, "below the limits nobody is refused"],
        ["a refusal afterwards", { after: 1 }, "when the load is gone nobody is refused"],
        ["few refusals", { refused: 10 }, "beyond the limits requests are refused"],
        ["503s of another origin", { marked: false }, "a refusal is at once and says why"],
        ["other flags", { lines: 20 }, "a refusal is at once and says why"],
        ["slow refusals", { took: slow }, "a refusal is at once and says why"],
        ["a counter that stood still", { counted: 0 }, "the proxies count them"],
        ["a counter that counts otherwise", { counted: 300 }, "the proxies count them"],
    ];
    for (const [what, otherwise, claim] of wrong) {
        it(`sees ${what}`, () => {
            ok(broken(judgePool(run(otherwise), plan)).includes(claim));
        });
    }

    it("does not hold without any request", () => {
        const claims = judgePool(evidence([]), plan);
        strictEqual(
            claims.every(({ holds }) => !holds),
            true,
        );
    });

    it("says why it cannot ask for paths with wildcards alone", () => {
        const callers = {
            "order-service": [{ methods: ["GET"], paths: ["/payments/*"] }],
        } as const;
        ok(poolOverflow.inapplicable({ ...payment, callers }, "order-service"));
        strictEqual(poolOverflow.inapplicable(payment, "order-service"), undefined);
    });
});
