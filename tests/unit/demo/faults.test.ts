import assert from "node:assert/strict";
import { faultFor, faultsToPassOn, FaultSyntaxError, parseFaults } from "#demo/faults.ts";

describe("demo fault grammar", () => {
    it("reads effects and their combination", () => {
        assert.deepEqual(parseFaults("delay=800ms"), [
            { delayMs: 800, after: false, hang: false, share: 100 },
        ]);
        assert.deepEqual(parseFaults("delay=1.5s, status=503, share=50, after"), [
            { delayMs: 1500, status: 503, after: true, hang: false, share: 50 },
        ]);
        assert.deepEqual(parseFaults("idle=2s,share=30"), [
            { idleMs: 2000, after: false, hang: false, share: 30 },
        ]);
        assert.deepEqual(parseFaults("hang,share=0.5"), [{ after: false, hang: true, share: 0.5 }]);
    });

    it("gives a service its own clause before the one without a name", () => {
        const faults = parseFaults(
            "delay=1s;payment-service:status=503; inventory-service:delay=2s",
        );
        assert.equal(faultFor(faults, "order-service")?.delayMs, 1000);
        assert.equal(faultFor(faults, "payment-service")?.status, 503);
        assert.equal(faultFor(faults, "payment-service")?.delayMs, undefined);
        assert.equal(faultFor(faults, "inventory-service")?.delayMs, 2000);
        assert.equal(faultFor(parseFaults("payment-service:hang"), "order-service"), undefined);
    });

    it("passes on only what names a service", () => {
        assert.equal(
            faultsToPassOn("delay=1s; payment-service:status=503;inventory-service:hang"),
            "payment-service:status=503;inventory-service:hang",
        );
        assert.equal(faultsToPassOn("delay=1s"), undefined);
        assert.equal(faultsToPassOn(""), undefined);
    });

    const bad: readonly (readonly [string, RegExp])[] = [
        ["", /contains ""/],
        ["slow", /contains "slow"/],
        ["delay", /contains "delay"/],
        ["delay=5", /contains "delay=5"/],
        ["delay=-1s", /contains "delay=-1s"/],
        ["delay=6m", /contains "delay=6m"/],
        ["idle", /contains "idle"/],
        ["idle=soon", /contains "idle=soon"/],
        ["status=200", /contains "status=200"/],
        ["status=600", /contains "status=600"/],
        ["status=50x", /contains "status=50x"/],
        ["status=503,share=101", /contains "share=101"/],
        ["status=503,share=half", /contains "share=half"/],
        ["hang=yes", /contains "hang=yes"/],
        ["toString=1", /contains "toString=1"/],
        ["status=503,status=500", /says "status" twice/],
        ["share=50", /does nothing, it needs delay, status, hang or idle/],
        ["after,delay=1s", /after without a status/],
        ["hang,status=503", /hang and status/],
        ["status=503,", /contains ""/],
        ["paymnt-service:status=503", /the service "paymnt-service", known are order-service, /],
        ["delay=1s;status=503", /two clauses for no named service/],
        ["payment-service:hang;payment-service:delay=1s", /two clauses for payment-service/],
    ];
    for (const [text, message] of bad) {
        it(`refuses "${text}" with one sentence`, () => {
            assert.throws(
                () => parseFaults(text),
                (error) => {
                    assert.ok(error instanceof FaultSyntaxError);
                    assert.match(error.message, message);
                    assert.match(error.message, /^[^\n]*\.$/);
                    return true;
                },
            );
        });
    }
});
