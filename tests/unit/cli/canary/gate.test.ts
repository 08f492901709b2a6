import assert from "node:assert/strict";
import { describeNumbers, gateResult } from "#cli/canary/gate.ts";
import type { Thresholds } from "#model/canary.ts";
import type { Reading, VersionCounters } from "#cli/canary/reading.ts";

const THRESHOLDS: Thresholds = { maxErrorRate: 1, maxLatencyRatio: 2, minRequests: 50 };
const NOTHING: Reading = new Map();

/** Counters of one proxy: all requests took at most `within` milliseconds, one of the bounds. */
function counters(
    version: string,
    {
        requests = 100,
        errors = 0,
        within = 25,
    }: { requests?: number; errors?: number; within?: number } = {},
): VersionCounters {
    const bounds = [10, 25, 50, 100, 250, Infinity];
    const latency = new Map(bounds.map((bound) => [bound, bound >= within ? requests : 0]));
    return { version, requests, errors, latency };
}

function reading(...all: readonly VersionCounters[]): Reading {
    return new Map(all.map((each) => [`pod/${each.version}`, each]));
}

describe("the gate of a canary", () => {
    it("passes one that answers as the stable version does", () => {
        const verdict = gateResult(
            NOTHING,
            reading(counters("v1"), counters("canary")),
            THRESHOLDS,
        );
        assert.equal(verdict.status, "passed");
        assert.equal(verdict.stableSinceStart, false);
        assert.match(
            describeNumbers(verdict),
            /^canary 100 requests, 0 failed, p95 24 ms; stable 100/,
        );
    });

    it("allows exactly the error rate, and not one more", () => {
        const at = (errors: number): string =>
            gateResult(NOTHING, reading(counters("v1"), counters("canary", { errors })), THRESHOLDS)
                .status;
        assert.deepEqual([at(1), at(2)], ["passed", "failed"]);
    });

    it("fails one whose latency is more than the allowed ratio of the stable version's", () => {
        const at = (within: number): string =>
            gateResult(NOTHING, reading(counters("v1"), counters("canary", { within })), THRESHOLDS)
                .status;
        assert.deepEqual([at(25), at(100)], ["passed", "failed"]);
    });

    it("does not judge too few requests, whatever they were", () => {
        const few = reading(counters("v1"), counters("canary", { requests: 49, within: 250 }));
        const verdict = gateResult(NOTHING, few, THRESHOLDS);
        assert.equal(verdict.status, "unjudged");
        assert.deepEqual(verdict.reasons, ["49 of the 50 requests that are needed"]);
    });

    it("fails on errors that the least number of requests could no longer hide", () => {
        const early = reading(counters("v1"), counters("canary", { requests: 3, errors: 3 }));
        assert.equal(gateResult(NOTHING, early, THRESHOLDS).status, "failed");
    });

    it("does not judge without any data", () => {
        const verdict = gateResult(NOTHING, NOTHING, THRESHOLDS);
        assert.equal(verdict.status, "unjudged");
        assert.equal(verdict.canary.p95, undefined);
    });

    it("passes one without requests only where none are asked for", () => {
        assert.equal(
            gateResult(NOTHING, NOTHING, { ...THRESHOLDS, minRequests: 0 }).status,
            "passed",
        );
    });

    it("takes a stable latency of nothing for the floor instead of dividing by it", () => {
        const stable = { ...counters("v1"), latency: new Map([[0, 100]]) };
        const at = (within: number): string =>
            gateResult(NOTHING, reading(stable, counters("canary", { within })), THRESHOLDS).status;
        assert.deepEqual([at(10), at(25)], ["passed", "failed"]);
    });

    it("compares with the stable version's whole life where it has no requests in the window", () => {
        const before = reading(counters("v1"));
        const after = reading(counters("v1"), counters("canary", { within: 250 }));
        const verdict = gateResult(before, after, THRESHOLDS);
        assert.equal(verdict.stableSinceStart, true);
        assert.equal(verdict.stable.requests, 100);
        assert.equal(verdict.status, "failed");
    });

    it("judges errors alone where the stable version never answered anything", () => {
        const verdict = gateResult(
            NOTHING,
            reading(counters("canary", { within: 250 })),
            THRESHOLDS,
        );
        assert.equal(verdict.status, "passed");
        assert.match(verdict.reasons.join(), /latency not compared/);
    });
});
