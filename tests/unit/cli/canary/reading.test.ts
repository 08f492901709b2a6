import assert from "node:assert/strict";
import { readingIn } from "#cli/canary/prometheus.ts";
import { countersIn } from "#cli/canary/proxies.ts";
import { grownBetween, numbersOf } from "#cli/canary/reading.ts";
import type { Reading } from "#cli/canary/reading.ts";

function one(requests: number, errors = 0, quick = requests): Reading {
    const latency = new Map([
        [10, quick],
        [100, requests],
    ]);
    return new Map([["pod/canary", { version: "canary", requests, errors, latency }]]);
}

describe("counters between two readings", () => {
    it("are what was added", () => {
        const { canary } = numbersOf(grownBetween(one(30, 3, 20), one(10, 1, 10)));
        assert.deepEqual([canary.requests, canary.errors], [20, 2]);
        assert.equal(canary.p95, 91);
    });

    it("are all of those of a proxy that started in between", () => {
        assert.equal(numbersOf(grownBetween(one(5), one(30))).canary.requests, 5);
        assert.equal(numbersOf(grownBetween(one(5), new Map())).canary.requests, 5);
    });

    it("are all of those of a proxy whose histogram alone was set back", () => {
        assert.equal(numbersOf(grownBetween(one(30, 0, 5), one(10))).canary.requests, 30);
    });

    it("are summed over the proxies, and over all versions but the canary", () => {
        const latency = new Map([[10, 5]]);
        const of = (
            version: string,
        ): { version: string; requests: number; errors: number; latency: typeof latency } => ({
            version,
            requests: 5,
            errors: 1,
            latency,
        });
        const { canary, stable } = numbersOf(
            new Map([
                ["a/v1", of("v1")],
                ["b/v1", of("v1")],
                ["a/v2", of("v2")],
                ["a/canary", of("canary")],
            ]),
        );
        assert.deepEqual([canary.requests, stable.requests, stable.errors], [5, 15, 3]);
    });
});

describe("a proxy's statistics", () => {
    const cluster = "cluster.outbound|3005|canary|inventory-service.a4co.svc.cluster.local;";
    const text = JSON.stringify({
        stats: [
            { name: `${cluster}.upstream_rq_completed`, value: 20 },
            { name: `${cluster}.upstream_rq_5xx`, value: 2 },
            { name: `${cluster}.upstream_rq_retry`, value: 3 },
            {
                histograms: [
                    {
                        name: `${cluster}.upstream_rq_time`,
                        buckets: [{ upper_bound: 25, interval: 1, cumulative: 20 }],
                    },
                ],
            },
        ],
    });

    it("count each retry as one more request that failed", () => {
        assert.deepEqual(countersIn(text), [
            { version: "canary", requests: 23, errors: 5, latency: new Map([[25, 20]]) },
        ]);
    });

    it("are nothing where no request was made yet", () => {
        assert.deepEqual(countersIn('{"stats":[]}'), []);
    });
});

describe("Prometheus' answers", () => {
    const answer = (result: readonly object[]): string =>
        JSON.stringify({ status: "success", data: { resultType: "vector", result } });
    const metric = (rest: object): object => ({
        metric: { instance: "10.0.0.1:15020", destination_version: "canary", ...rest },
    });

    it("are counters by instance and version, failed where the code is 5xx or none", () => {
        const requests = answer([
            { ...metric({ response_code: "200" }), value: [1, "90"] },
            { ...metric({ response_code: "503" }), value: [1, "4"] },
            { ...metric({ response_code: "0" }), value: [1, "1"] },
            { ...metric({ response_code: "404" }), value: [1, "5"] },
        ]);
        const durations = answer([
            { ...metric({ le: "10" }), value: [1, "50"] },
            { ...metric({ le: "+Inf" }), value: [1, "100"] },
        ]);
        const [read] = [...readingIn(requests, durations).values()];
        assert.deepEqual(read, {
            version: "canary",
            requests: 100,
            errors: 5,
            latency: new Map([
                [10, 50],
                [Infinity, 100],
            ]),
        });
    });

    it("are refused where they are an error", () => {
        assert.throws(() => readingIn('{"status":"error"}', answer([])));
    });
});
