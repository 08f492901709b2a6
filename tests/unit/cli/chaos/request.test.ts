import assert from "node:assert/strict";
import type { ChaosRequest } from "#cli/chaos/request.ts";
import { hiddenByRetries, readChaosRequest, whyNot } from "#cli/chaos/request.ts";
import type { ChaosIntent } from "#model/chaos.ts";
import { CHAOS_KINDS } from "#model/chaos.ts";
import type { ServiceIntent } from "#model/intents.ts";
import { catalog } from "#services/catalog.ts";
import { inventory } from "#services/inventory.ts";
import { order } from "#services/order.ts";
import { payment } from "#services/payment.ts";
import { intentOf } from "./intents.ts";

const AROUND = { environment: "dev", pods: 1 };

/** A service that may only be read, retried on every error. */
const READ_ONLY: ServiceIntent = {
    ...inventory,
    callers: { "payment-service": [{ methods: ["GET", "HEAD"], paths: ["/inventory/*"] }] },
};

describe("a request for an experiment", () => {
    const mistakes: readonly (readonly [string, ChaosRequest, RegExp])[] = [
        [
            "an unknown service",
            { kind: "vanish", service: "x" },
            /no service "x"; there are order-/,
        ],
        [
            "somebody who is no caller",
            { kind: "isolate", service: "payment-service", caller: "inventory-service" },
            /inventory-service is no caller of payment-service; declared are order-service/,
        ],
        [
            "a delay of nobody",
            { kind: "delay", service: "payment-service" },
            /--share which percent/,
        ],
        [
            "an abort of nobody",
            { kind: "abort", service: "payment-service" },
            /--share which percent/,
        ],
        [
            "a share that Envoy cannot count",
            { kind: "delay", service: "payment-service", share: 0.00001 },
            /--share 0.00001 is not allowed; allowed are 0.0001 to 100/,
        ],
        ["more than all", { kind: "abort", service: "payment-service", share: 101 }, /--share 101/],
        [
            "no number",
            { kind: "abort", service: "payment-service", share: Number.NaN },
            /--share NaN is not allowed/,
        ],
        [
            "a delay that is none",
            { kind: "delay", service: "payment-service", share: 1, delay: "soon" },
            /--delay "soon" is no duration/,
        ],
        [
            "a status that is no error",
            { kind: "abort", service: "payment-service", share: 1, status: 200 },
            /--status 200 is not allowed/,
        ],
        [
            "a share of a partition",
            { kind: "partition", service: "payment-service", share: 50 },
            /--share means nothing for partition/,
        ],
        [
            "a pod that hangs and answers",
            { kind: "failing", service: "payment-service", delay: "5s", status: 500 },
            /either hangs .* or answers/,
        ],
    ];
    for (const [what, request, sentence] of mistakes) {
        it(`is refused for ${what}`, () => {
            const problem = readChaosRequest(request, catalog);
            assert.ok(typeof problem === "string");
            assert.match(problem, sentence);
        });
    }

    it("needs the caller's name where there are several", () => {
        const busy = { ...payment, callers: { a: [], b: [] } };
        const several = { services: [busy], backing: [] };
        const request = { kind: "isolate", service: "payment-service" } as const;
        assert.match(
            JSON.stringify(readChaosRequest(request, several)),
            /2 callers; name one .*: a, b/,
        );
        assert.ok(typeof readChaosRequest({ ...request, caller: "b" }, several) !== "string");
    });
});

describe("an experiment is refused", () => {
    it("in prod, whatever it is", () => {
        for (const kind of CHAOS_KINDS) {
            const intent = intentOf(kind);
            assert.match(String(whyNot(intent, { ...AROUND, environment: "prod" })), /is prod/);
            assert.equal(whyNot(intent, AROUND), undefined);
        }
    });

    const failing = (service: ServiceIntent, fault: ChaosIntent["fault"]): ChaosIntent => ({
        kind: "failing",
        service,
        caller: "payment-service",
        ...(fault && { fault }),
    });
    const abort = (httpStatus: number, percent = 100): NonNullable<ChaosIntent["fault"]> => ({
        abort: { httpStatus, percent },
    });
    const delay = (fixedDelay: "500ms" | "5s"): NonNullable<ChaosIntent["fault"]> => ({
        delay: { fixedDelay, percent: 100 },
    });
    const gateway = (
        on: readonly ["gateway-error"] | readonly ["connect-failure"],
    ): ServiceIntent => ({
        ...READ_ONLY,
        routes: [
            {
                prefix: "/inventory",
                timeout: "5s",
                retries: {
                    attempts: 3,
                    perTryTimeout: "1s",
                    on,
                    idempotencyHeader: "Idempotency-Key",
                },
            },
        ],
    });
    const cases: readonly (readonly [string, boolean, ChaosIntent, number])[] = [
        [
            "a GET-only service, retried on 503, with two pods",
            true,
            failing(READ_ONLY, abort(503)),
            2,
        ],
        ["the same with one pod: every try meets it", false, failing(READ_ONLY, abort(503)), 1],
        ["one pod that fails sometimes", true, failing(READ_ONLY, abort(503, 50)), 1],
        ["a status that is not retried", false, failing(READ_ONLY, abort(404)), 2],
        ["500 under gateway-error", false, failing(gateway(["gateway-error"]), abort(500)), 2],
        ["502 under gateway-error", true, failing(gateway(["gateway-error"]), abort(502)), 2],
        ["503 under connect-failure", false, failing(gateway(["connect-failure"]), abort(503)), 2],
        ["a pod that hangs longer than a try", true, failing(READ_ONLY, delay("5s")), 2],
        ["a pod that is slow within a try", false, failing(READ_ONLY, delay("500ms")), 2],
        ["a service that is posted to as well", false, failing(inventory, abort(503)), 2],
        [
            "a service that is only posted to",
            false,
            { ...failing(payment, abort(503)), caller: "order-service" },
            4,
        ],
        [
            "a route without retries",
            false,
            failing(
                { ...READ_ONLY, routes: [{ prefix: "/inventory", timeout: "5s" }] },
                abort(503),
            ),
            2,
        ],
    ];
    for (const [what, hidden, intent, pods] of cases) {
        it(`${hidden ? "because nobody would see it" : "not"}: ${what}`, () => {
            assert.equal(hiddenByRetries(intent, pods), hidden);
            const reason = whyNot(intent, { ...AROUND, pods });
            assert.equal(reason !== undefined, hidden);
            if (reason !== undefined) {
                assert.match(reason, /is retried on this error/);
            }
        });
    }

    it("not for an abort in the caller's own proxy, which is never retried", () => {
        const intent: ChaosIntent = { ...failing(READ_ONLY, abort(503)), kind: "abort" };
        assert.equal(whyNot(intent, { ...AROUND, pods: 2 }), undefined);
    });

    it("an order of the gateway is no secret either: it may post", () => {
        const intent = intentOf("failing", { service: order.name });
        assert.equal(whyNot(intent, { ...AROUND, pods: 2 }), undefined);
    });
});
