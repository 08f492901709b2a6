import { deepStrictEqual, match, ok, strictEqual } from "node:assert";
import { tripped } from "#cli/load/judging.ts";
import { requestKinds } from "#cli/load/requests.ts";
import type { Evidence } from "#cli/load/scenario.ts";
import { idempotency, judgeIdempotency } from "#cli/load/scenarios/idempotency.ts";
import { idleConnections, idlePlan, judgeIdle } from "#cli/load/scenarios/idle-connections.ts";
import { judgeRetries, retries, retryPlan } from "#cli/load/scenarios/retries.ts";
import { judgeTimeout, timeout } from "#cli/load/scenarios/timeout.ts";
import { inventory } from "#services/inventory.ts";
import { payment } from "#services/payment.ts";
import { broken, evidence } from "./evidence.ts";

const GETS = { "order-service": [{ methods: ["GET"], paths: ["/payments"] }] } as const;

describe("load: requests of both kinds", () => {
    it("repeats what is idempotent by itself, and the rest with a key", () => {
        deepStrictEqual(requestKinds(payment, "order-service"), {
            once: { method: "POST", path: "/payments/process", headers: {} },
            repeatable: {
                method: "POST",
                path: "/payments/process",
                headers: { "idempotency-key": "{n}" },
            },
        });
        deepStrictEqual(requestKinds({ ...payment, callers: GETS }, "order-service"), {
            repeatable: { method: "GET", path: "/payments", headers: {} },
        });
        deepStrictEqual(requestKinds(payment, "inventory-service"), {});
    });

    it("never asks for a path with a wildcard", () => {
        const callers = {
            "order-service": [{ methods: ["POST"], paths: ["/payments/*", "/payments/process"] }],
        } as const;
        strictEqual(
            requestKinds({ ...payment, callers }, "order-service").once?.path,
            "/payments/process",
        );
    });
});

describe("load: retries", () => {
    const plan = retryPlan(5);
    const run = (once: number, repeatable: number, counted: number): Evidence =>
        evidence([
            { name: "once", requests: [{ count: 120 - once }, { count: once, status: 503 }] },
            {
                name: "repeatable",
                requests: [{ count: 120 - repeatable }, { count: repeatable, status: 503 }],
                counted: { retries: counted },
            },
        ]);

    it("makes the backend as flaky as the attempts can hide", () => {
        strictEqual(retryPlan(5).percent, 30);
        for (const attempts of [1, 2, 3, 5, 9]) {
            const { percent } = retryPlan(attempts);
            ok(percent > 0 && (percent / 100) ** (attempts + 1) <= 0.0011);
        }
    });

    it("holds where one kind fails and the other does not", () => {
        deepStrictEqual(broken(judgeRetries(run(36, 0, 50), plan)), []);
    });

    it("does not trip where both fail", () => {
        strictEqual(tripped(judgeRetries(run(36, 36, 0), plan)), false);
    });

    it("is not taken in by a backend that does not fail", () => {
        strictEqual(broken(judgeRetries(run(0, 0, 0), plan)).length, 2);
    });

    it("says that there are none", () => {
        const routes = [{ prefix: "/payments", timeout: "5s" }] as const;
        match(retries.inapplicable({ ...payment, routes }, "order-service") ?? "", /no retries/);
        strictEqual(retries.inapplicable(inventory, "payment-service"), undefined);
    });
});

/** What is counted and logged in each phase beside the failures. */
interface Otherwise {
    readonly retries?: number;
    readonly uc?: number;
    readonly uo?: number;
    readonly uf?: number;
}

describe("load: connections that the application closes", () => {
    const plan = idlePlan(payment.connectionPool, 5);
    const run = (once: number, repeatable: number, otherwise: Otherwise = {}): Evidence => {
        const { retries: counted = 12, uc = 12, uo = 0, uf = 0 } = otherwise;
        const flags = [
            { flag: "UC", by: "servers", lines: uc },
            { flag: "UO", by: "caller", lines: uo },
            { flag: "UF", by: "servers", lines: uf },
        ] as const;
        return evidence([
            { name: "once", requests: [{ count: 40 - once }, { count: once, status: 503 }], flags },
            {
                name: "repeatable",
                requests: [{ count: 40 - repeatable }, { count: repeatable, status: 503 }],
                counted: { retries: counted },
                flags,
            },
        ]);
    };
    const fails = "a request that may not be repeated fails where its connection was just closed";
    const named = "the servers' proxies name it UC, apart from a full pool and a failed connection";
    const hidden = "retries hide it from requests that may be repeated";

    it("closes some a phase, and no more than the attempts can hide", () => {
        deepStrictEqual(plan, { attempts: 5, percent: 30, seconds: 4 });
        for (const attempts of [1, 2, 3, 5, 9]) {
            const { percent, seconds } = idlePlan(payment.connectionPool, attempts);
            ok((percent / 100) * 10 * seconds >= 12);
            ok(seconds <= 40);
        }
        // Every second request comes on a new connection.
        const pool = { ...payment.connectionPool, maxRequestsPerConnection: 2 };
        strictEqual(idlePlan(pool, 5).seconds, 8);
    });

    it("holds where one kind of request sees it and the other does not", () => {
        deepStrictEqual(broken(judgeIdle(run(12, 0), plan)), []);
    });

    it("does not trip where both see it, or where nothing was closed", () => {
        strictEqual(tripped(judgeIdle(run(12, 12, { retries: 0 }), plan)), false);
        strictEqual(tripped(judgeIdle(run(0, 0, { retries: 0, uc: 0 }), plan)), false);
    });

    it("sees errors that have another reason, and an application that closes nothing", () => {
        deepStrictEqual(broken(judgeIdle(run(12, 0, { uc: 0 }), plan)), [fails, named]);
        deepStrictEqual(broken(judgeIdle(run(30, 0), plan)), [fails]);
        deepStrictEqual(broken(judgeIdle(run(12, 0, { uo: 1 }), plan)), [named]);
        deepStrictEqual(broken(judgeIdle(run(12, 0, { uf: 1 }), plan)), [named]);
        deepStrictEqual(broken(judgeIdle(run(12, 9), plan)), [hidden]);
    });

    it("judges by the logs alone where every request may be repeated", () => {
        const { phases, ...seen } = run(0, 0);
        const alone = { ...seen, phases: phases.filter(({ name }) => name === "repeatable") };
        deepStrictEqual(broken(judgeIdle(alone, plan)), []);
    });

    it("says that there are no retries, or no connection is used again", () => {
        const routes = [{ prefix: "/payments", timeout: "5s" }] as const;
        match(
            idleConnections.inapplicable({ ...payment, routes }, "order-service") ?? "",
            /no retries/,
        );
        const connectionPool = { ...payment.connectionPool, maxRequestsPerConnection: 1 };
        match(
            idleConnections.inapplicable({ ...payment, connectionPool }, "order-service") ?? "",
            /maxRequestsPerConnection 1/,
        );
        strictEqual(idleConnections.inapplicable(payment, "order-service"), undefined);
    });
});

describe("load: idempotency", () => {
    const run = (without: readonly number[], keyed: readonly number[]): Evidence =>
        evidence([
            { name: "without a key", requests: [{ count: 3, status: 503 }], copies: without },
            { name: "with a key", requests: [{ count: 3, status: 503 }], copies: keyed },
        ]);

    it("holds where one arrives once and the other more often", () => {
        deepStrictEqual(broken(judgeIdempotency(run([1, 1, 1], [6, 6, 1]), 5)), []);
    });

    it("does not trip where a single request arrived twice, or none was seen at all", () => {
        strictEqual(tripped(judgeIdempotency(run([1, 2, 1], [6, 6, 6]), 5)), false);
        strictEqual(tripped(judgeIdempotency(run([], []), 5)), false);
    });

    it("sees that keys make no difference, or more tries than are declared", () => {
        strictEqual(broken(judgeIdempotency(run([1, 1, 1], [1, 1, 1]), 5)).length, 1);
        strictEqual(broken(judgeIdempotency(run([1, 1, 1], [7, 1, 1]), 5)).length, 1);
    });

    it("says that there is nothing that must not be repeated", () => {
        match(
            idempotency.inapplicable({ ...payment, callers: GETS }, "order-service") ?? "",
            /must not be repeated/,
        );
    });
});

describe("load: timeouts", () => {
    const run = (status: number, milliseconds: number, lines: number): Evidence =>
        evidence([
            {
                name: "slow",
                requests: [{ count: 9, status, milliseconds }],
                flags: [{ flag: "UT", by: "caller", lines }],
            },
        ]);

    it("holds where every request ends with 504 at the route's timeout", () => {
        deepStrictEqual(broken(judgeTimeout(run(504, 15_004, 9), 15_000)), []);
    });

    it("does not trip where the answer is waited for", () => {
        strictEqual(tripped(judgeTimeout(run(500, 17_000, 0), 15_000)), false);
    });

    it("sees a late end, an early one, and another reason", () => {
        const ends = "a slow request ends at the route's timeout";
        deepStrictEqual(broken(judgeTimeout(run(504, 17_000, 9), 15_000)), [ends]);
        strictEqual(broken(judgeTimeout(run(504, 2000, 9), 15_000)).length, 1);
        strictEqual(broken(judgeTimeout(run(504, 15_004, 0), 15_000)).length, 1);
    });

    it("does not hold without any request", () => {
        const claims = judgeTimeout(evidence([{ name: "slow", requests: [] }]), 15_000);
        strictEqual(broken(claims).length, claims.length);
    });

    it("says that a timeout is too long to wait for", () => {
        const routes = [{ prefix: "/payments", timeout: "60s" }] as const;
        match(timeout.inapplicable({ ...payment, routes }, "order-service") ?? "", /60 s/);
    });
});
