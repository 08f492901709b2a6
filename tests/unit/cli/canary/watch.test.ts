import assert from "node:assert/strict";
import type { CounterSource, Reading } from "#cli/canary/reading.ts";
import { watchGate } from "#cli/canary/watch.ts";
import { EnvironmentError } from "#errors.ts";
import { UnansweredError } from "#network/exchange.ts";

const OPTIONS = {
    maxErrorRate: 1,
    maxLatencyRatio: 2,
    minRequests: 10,
    forSeconds: 0.05,
    waitSeconds: 0,
};

/** A source whose readings come one after the other, the last one again and again. */
function source(...readings: readonly (Reading | Error)[]): CounterSource & { reads: number } {
    return {
        name: "a test",
        reads: 0,
        read() {
            const next = readings[Math.min(this.reads, readings.length - 1)] ?? new Map();
            this.reads += 1;
            return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
        },
    };
}

function canary(requests: number, errors = 0): Reading {
    const latency = new Map([[10, requests]]);
    return new Map([["pod/canary", { version: "canary", requests, errors, latency }]]);
}

const own = (): Promise<void> => Promise.resolve();

describe("watching a canary", () => {
    const never = new AbortController().signal;

    it("passes it when the window is over", async () => {
        const verdict = await watchGate(source(canary(5), canary(20)), OPTIONS, never, own);
        assert.equal(verdict.status, "passed");
        assert.equal(verdict.canary.requests, 15);
    });

    it("says that it was not judged when the wait is over", async () => {
        const verdict = await watchGate(source(canary(5), canary(6)), OPTIONS, never, own);
        assert.equal(verdict.status, "unjudged");
    });

    it("tries a reading again that failed", async () => {
        const broken = source(canary(0), new Error("the pod is gone"), canary(20));
        assert.equal((await watchGate(broken, OPTIONS, never, own)).status, "passed");
    });

    it("gives up where nothing can be read", async () => {
        await assert.rejects(watchGate(source(new Error("no")), OPTIONS, never, own), /no/);
    });

    it("ends at once where the numbers are no longer those of what was declared", async () => {
        let asked = 0;
        const changed = (): Promise<void> => {
            asked += 1;
            return asked === 1 ? own() : Promise.reject(new EnvironmentError("changed"));
        };
        const options = { ...OPTIONS, minRequests: 1000, waitSeconds: 60 };
        const watching = watchGate(source(canary(0), canary(1)), options, never, changed);
        await assert.rejects(watching, { name: "EnvironmentError", message: "changed" });
        assert.equal(asked, 2);
    });

    it("asks again where it could not be told whether they are", async () => {
        for (const error of [new Error("no connection"), new UnansweredError("a:1", "silence")]) {
            const answers = [Promise.reject(error), own()];
            const passing = source(canary(0), canary(20));
            const verdict = watchGate(passing, OPTIONS, never, () => answers.shift() ?? own());
            assert.equal((await verdict).status, "passed");
        }
    });

    it("ends when it is interrupted", async () => {
        const stop = new AbortController();
        const watching = watchGate(
            source(canary(0)),
            { ...OPTIONS, forSeconds: 60 },
            stop.signal,
            own,
        );
        stop.abort();
        await assert.rejects(watching, { name: "AbortError" });
    });
});
