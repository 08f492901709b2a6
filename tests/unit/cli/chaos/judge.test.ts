import assert from "node:assert/strict";
import type { ChaosFacts, Finding } from "#cli/chaos/facts.ts";
import { findingsOf } from "#cli/chaos/judge.ts";
import type { LoggedRequest } from "#cli/chaos/observe.ts";
import type { PhaseStatistics } from "#cli/chaos/phases.ts";
import { holds, resultAsJson, resultAsText } from "#cli/chaos/report.ts";
import type { ChaosRequest } from "#cli/chaos/request.ts";
import { countersIn } from "#live/proxies/counters.ts";
import type { ChaosKind } from "#model/chaos.ts";
import { order } from "#services/order.ts";
import { intentOf } from "./intents.ts";

const NONE = countersIn("");

function phase(requests: number, succeeded: number, max = 10): PhaseStatistics {
    return { requests, succeeded, p50: 5, p95: max, max, statuses: {} };
}

function calls(count: number, like: Partial<LoggedRequest>): LoggedRequest[] {
    return Array.from({ length: count }, () => ({
        at: 0,
        milliseconds: 5,
        status: 200,
        flags: "-",
        ...like,
    }));
}

function facts(
    kind: ChaosKind,
    seen: Partial<ChaosFacts>,
    request: Partial<ChaosRequest> = {},
): ChaosFacts {
    return {
        intent: intentOf(kind, request),
        request: { from: "outside", entry: order, method: "POST", path: "/orders" },
        pods: 1,
        chosen: { pods: [], gone: true },
        phases: { before: phase(25, 25), during: phase(30, 30), after: phase(40, 40) },
        calls: [],
        counters: NONE,
        ...seen,
    };
}

function outcomes(of: ChaosFacts): readonly Finding["outcome"][] {
    return findingsOf(of).map(({ outcome }) => outcome);
}

describe("what is said of an experiment", () => {
    const all = { share: 100 };
    const healthy = { before: phase(25, 25), after: phase(40, 40) };
    const cases: readonly (readonly [string, ChaosFacts, readonly Finding["outcome"][]])[] = [
        [
            "a delay that was seen, shorter than every timeout",
            facts("delay", { calls: calls(30, { flags: "DI" }) }, all),
            ["acted", "not judged", "acted"],
        ],
        [
            "a delay that nobody met",
            facts("delay", { calls: calls(30, {}) }, all),
            ["did not act", "not judged", "acted"],
        ],
        [
            "a delay of so few that none proves nothing",
            facts("delay", { calls: calls(30, {}) }, { share: 1 }),
            ["not judged", "not judged", "acted"],
        ],
        [
            "a delay beyond the timeout of those who wait",
            facts(
                "delay",
                {
                    calls: calls(30, { flags: "DI" }),
                    phases: { ...healthy, during: phase(30, 0, 10_020) },
                },
                { share: 100, delay: "12s" },
            ),
            ["acted", "acted", "acted"],
        ],
        [
            "the same, waited for to its end",
            facts(
                "delay",
                {
                    calls: calls(30, { flags: "DI" }),
                    phases: { ...healthy, during: phase(30, 30, 12_020) },
                },
                { share: 100, delay: "12s" },
            ),
            ["acted", "did not act", "acted"],
        ],
        [
            "an abort that goes on after its end",
            facts(
                "abort",
                {
                    calls: calls(30, { flags: "FI", status: 503 }),
                    phases: { ...healthy, during: phase(30, 0), after: phase(40, 20) },
                },
                all,
            ),
            ["acted", "not judged", "did not act"],
        ],
        [
            "the only pod fails: ejecting it is not allowed",
            facts("failing", { calls: calls(30, { status: 503 }) }),
            ["acted", "not judged", "acted"],
        ],
        [
            "one of four pods fails and is ejected",
            facts("failing", {
                pods: 4,
                calls: calls(12, { status: 503 }),
                counters: { ...NONE, ejections: 1 },
            }),
            ["acted", "acted", "acted"],
        ],
        [
            "one of four pods fails and nothing is ejected",
            facts("failing", { pods: 4, calls: calls(12, { status: 503 }) }),
            ["acted", "did not act", "acted"],
        ],
        [
            "too few errors to eject for",
            facts("failing", { pods: 4, calls: calls(2, { status: 503 }) }),
            ["acted", "not judged", "acted"],
        ],
        [
            "a hung pod is cut off by the timeout",
            facts(
                "failing",
                { calls: calls(30, { status: 504, milliseconds: 15_004, flags: "UT" }) },
                { delay: "20s" },
            ),
            ["acted", "acted", "acted"],
        ],
        [
            "the only pod vanishes",
            facts("vanish", {
                chosen: { pods: ["p"], gone: true },
                phases: { ...healthy, during: phase(30, 5) },
            }),
            ["acted", "not judged", "acted"],
        ],
        [
            "one of two vanishes and callers notice",
            facts("vanish", {
                pods: 2,
                chosen: { pods: ["p"], gone: true },
                phases: { ...healthy, during: phase(30, 15) },
            }),
            ["acted", "did not act", "acted"],
        ],
        [
            "istiod is away and nobody notices",
            facts("kill-istiod", { chosen: { pods: ["i"], gone: true } }),
            ["acted", "acted", "acted"],
        ],
        [
            "istiod was not to be killed",
            facts("kill-istiod", { chosen: { pods: ["i"], gone: false } }),
            ["did not act", "acted", "acted"],
        ],
        [
            "a partition that ends in time",
            facts("partition", {
                calls: calls(30, { status: 503, flags: "UF,URX", milliseconds: 15_010 }),
                phases: { ...healthy, during: phase(30, 0, 9000) },
            }),
            ["acted", "acted", "acted"],
        ],
        [
            "a partition that hangs its callers",
            facts("partition", {
                calls: calls(30, { status: 0, milliseconds: 29_000 }),
                phases: { ...healthy, during: phase(30, 0, 29_000) },
            }),
            ["acted", "did not act", "acted"],
        ],
        [
            "an isolation",
            facts("isolate", { calls: calls(30, { status: 403 }) }),
            ["acted", "not judged", "acted"],
        ],
    ];
    for (const [what, seen, expected] of cases) {
        it(what, () => {
            assert.deepEqual(outcomes(seen), expected);
            assert.equal(holds(findingsOf(seen)), !expected.includes("did not act"));
        });
    }

    it("is told to people and to programs alike", () => {
        const seen = facts("isolate", { calls: calls(3, { status: 403, flags: "UF,URX" }) });
        const verdicts = findingsOf(seen);
        assert.match(resultAsText(seen, verdicts), /during\s+30\s+100.0 %\s+5 ms/);
        assert.match(resultAsText(seen, verdicts), /flags UF 3, URX 3/);
        const json = JSON.parse(resultAsJson(seen, verdicts)) as { holds: boolean; kind: string };
        assert.equal(json.holds, true);
        assert.equal(json.kind, "isolate");
    });
});
