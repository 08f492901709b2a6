import assert from "node:assert/strict";
import { adviceFor, ejectableHosts } from "#model/advice.ts";
import { order } from "#services/order.ts";
import { payment } from "#services/payment.ts";

describe("advice", () => {
    it("counts the hosts that a breaker may eject at the same time", () => {
        for (const [hosts, share, ejectable] of [
            [1, 50, 0],
            [2, 50, 1],
            [3, 30, 0],
            [4, 30, 1],
            [4, 50, 2],
            [10, 100, 10],
        ] as const) {
            assert.equal(ejectableHosts(hosts, share), ejectable, `${share} % of ${hosts}`);
        }
    });

    it("tells how many replicas a breaker needs", () => {
        const tries =
            "payment-service: route /payments: 6 tries of 3s do not fit in its timeout of 15s, so the last ones never finish";
        assert.deepEqual(adviceFor(payment, 3), [
            "payment-service: its breaker can never eject: 30 % of 3 replica(s) is less than one; it needs 4 replicas of the service, or a larger maxEjectionPercent",
            tries,
        ]);
        assert.deepEqual(adviceFor(payment, 4), [tries]);
        assert.deepEqual(adviceFor(order, 2), []);
    });

    it("tells where one ejection already counts as too many", () => {
        const outlierDetection = { ...order.outlierDetection, minHealthPercent: 60 };
        assert.deepEqual(adviceFor({ ...order, outlierDetection }, 2), [
            "order-service: one ejection leaves less than minHealthPercent 60 of its 2 replicas, and Envoy then sends traffic to the ejected one again",
        ]);
    });
});
