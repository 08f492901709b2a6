import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert";
import { healthyAtWorst, spentAfter, tooFewToEject } from "#cli/load/arithmetic.ts";
import { choose } from "#cli/load/choose.ts";
import { breakerArithmetic, explain } from "#cli/load/explain.ts";
import { ejectedIn } from "#cli/load/hosts.ts";
import { acts } from "#cli/load/judging.ts";
import { requestOf } from "#cli/load/k6.ts";
import { loggedRequests } from "#cli/load/logs.ts";
import { asItShould } from "#cli/load/run.ts";
import type { ScenarioResult } from "#cli/load/scenario.ts";
import { SCENARIOS } from "#cli/load/scenarios/index.ts";
import { progressLine, resultAsText, resultsAsJson, summaries } from "#cli/load/summary.ts";
import { EnvironmentError } from "#errors.ts";
import { accessLogLines } from "#live/access-logs.ts";
import { countersIn } from "#live/proxies/counters.ts";
import { ejectableHosts } from "#model/advice.ts";
import { catalog } from "#services/catalog.ts";
import { order } from "#services/order.ts";
import { payment } from "#services/payment.ts";
import { evidence } from "./evidence.ts";

function result(protection: boolean, holds: boolean): ScenarioResult {
    return {
        scenario: "pool-overflow",
        title: "what it shows",
        service: "payment-service",
        caller: "order-service",
        protection,
        claims: [acts("it acts", holds, "503s", "none")],
        ...evidence([{ name: "beyond", requests: [{ count: 4, milliseconds: 7 }] }]),
    };
}

describe("load: what is chosen", () => {
    const named = (service: string, scenarios: readonly string[] = [], caller?: string) =>
        choose(catalog, SCENARIOS, { service, scenarios, ...(caller !== undefined && { caller }) });

    it("takes every scenario that says something about a service, and names the others", () => {
        const { caller, scenarios, leftOut } = named("payment-service");
        strictEqual(caller, "order-service");
        deepStrictEqual(
            leftOut.map(({ scenario }) => scenario),
            ["panic"],
        );
        strictEqual(scenarios.length, SCENARIOS.length - 1);
        deepStrictEqual(named("order-service").leftOut, []);
    });

    const wrong: readonly (readonly [string, () => unknown, RegExp])[] = [
        ["a service", () => named("nobody"), /no service "nobody"; there are order-service/],
        ["a scenario", () => named("payment-service", ["x"]), /no scenario "x"; there are pool/],
        ["a caller", () => named("payment-service", [], "x"), /no declared caller/],
        ["nothing left", () => named("payment-service", ["panic"]), /minHealthPercent/],
        [
            "a service that would act on made-up requests",
            () =>
                choose(
                    { ...catalog, services: [{ ...payment, honoursProbeHeader: false }] },
                    SCENARIOS,
                    {
                        service: payment.name,
                        scenarios: [],
                    },
                ),
            /honoursProbeHeader/,
        ],
    ];
    for (const [what, run, message] of wrong) {
        it(`refuses ${what} with one sentence`, () => {
            throws(
                run,
                (error) => error instanceof EnvironmentError && message.test(error.message),
            );
        });
    }
});

describe("load: the breakers' arithmetic", () => {
    it("ejects only whole replicas", () => {
        deepStrictEqual(
            [
                ejectableHosts(3, 33),
                ejectableHosts(3, 34),
                ejectableHosts(4, 30),
                ejectableHosts(2, 50),
                ejectableHosts(1, 100),
            ],
            [0, 1, 1, 1, 1],
        );
        deepStrictEqual(
            [tooFewToEject(30), tooFewToEject(50), tooFewToEject(34), tooFewToEject(100)],
            [3, 1, 2, 0],
        );
        for (const percent of [1, 10, 30, 33, 34, 50, 99]) {
            strictEqual(ejectableHosts(tooFewToEject(percent), percent), 0);
            strictEqual(ejectableHosts(tooFewToEject(percent) + 1, percent), 1);
        }
        strictEqual(healthyAtWorst(4, 30), 75);
    });

    it("ends a request with its tries or with the route", () => {
        deepStrictEqual(
            [spentAfter(order.routes[0]), spentAfter(payment.routes[0])],
            [8000, 15_000],
        );
    });

    it("has a row for each declared caller, and says what callers together may do to servers", () => {
        const rows = breakerArithmetic(catalog);
        deepStrictEqual(
            rows.map(({ service, caller, allCallers, allServers }) => [
                service,
                caller,
                allCallers,
                allServers,
            ]),
            [
                ["order-service", "ingress-gateway", 300, 300],
                ["payment-service", "order-service", 140, 280],
                ["inventory-service", "payment-service", 600, 300],
            ],
        );
        const text = explain(catalog, "local", {
            "order-service": 1,
            "payment-service": 4,
            "inventory-service": 2,
        });
        match(text, /payment-service's pods together may send inventory-service 600/);
        match(
            text,
            /Stack local runs fewer pods than are declared, and ejects at most: order-service 0 of 1\./,
        );
    });
});

describe("load: what is read", () => {
    it("reads a request from k6's sample and nothing from other lines", () => {
        const line = `{"metric":"answer","type":"Point","data":{"time":"2026-11-23T21:00:00Z","value":12.5,"tags":{"status":"503","overloaded":"true"}}}`;
        deepStrictEqual(requestOf(line), [
            {
                at: Date.parse("2026-11-23T21:00:00Z"),
                milliseconds: 12.5,
                status: 503,
                overloaded: true,
            },
        ]);
        deepStrictEqual(requestOf(`{"type":"Metric","metric":"answer"}`), []);
        deepStrictEqual(requestOf(`{"metric":"http_reqs","type":"Point","data":{}}`), []);
    });

    it("adds both overflows and takes an ending with or without a semicolon", () => {
        const { overflow, ejectionsDenied, ejected } = countersIn(
            [
                "cluster.outbound|3006|v1|a.b;.upstream_rq_active_overflow: 2",
                "cluster.outbound|3006|v1|a.b.upstream_rq_pending_overflow: 3",
                "cluster.outbound|3006|v1|a.b;.upstream_cx_overflow: 9",
                "cluster.outbound|3006|v1|a.b;.outlier_detection.ejections_overflow: 4",
                "cluster.outbound|3006|v1|a.b;.outlier_detection.ejections_active: 1",
            ].join("\n"),
        );
        deepStrictEqual([overflow, ejectionsDenied, ejected], [5, 4, 1]);
    });

    it("finds ejected hosts of one service only", () => {
        const text = [
            "outbound|3006|v1|pay.a4co::10.0.0.1:3006::health_flags::healthy",
            "outbound|3006|v1|pay.a4co::10.0.0.2:3006::health_flags::/failed_outlier_check",
            "outbound|3006||pay.a4co::10.0.0.2:3006::health_flags::/failed_outlier_check",
            "outbound|3006|v1|pay.a4co::10.0.0.3:3006::health_flags::/failed_eds_health",
            "outbound|3006|v1|other.a4co::10.0.0.4:3006::health_flags::/failed_outlier_check",
        ].join("\n");
        deepStrictEqual(ejectedIn(text, "pay.a4co"), ["10.0.0.2"]);
    });

    it("counts in the logs its own requests, by phase", () => {
        const line = (probe: string, cluster: string, flags = "-"): string =>
            JSON.stringify({ probe, upstream_cluster: cluster, response_flags: flags });
        const inbound = "inbound|3006||";
        const outbound = "outbound|3006|v1|pay";
        const { deliveries, flags } = loggedRequests(
            [
                {
                    by: "caller",
                    lines: accessLogLines(
                        [line("load-a-0-1", outbound, "UO"), line("load-a-1-1", outbound)].join(
                            "\n",
                        ),
                    ),
                },
                {
                    by: "servers",
                    lines: accessLogLines(
                        [
                            line("load-a-0-1", inbound),
                            line("load-a-0-1", inbound),
                            // The service's own calls carry the header on, and another run has another tag.
                            line("load-a-0-1", outbound),
                            line("load-b-0-1", inbound),
                            "warning envoy: something else",
                        ].join("\n"),
                    ),
                },
            ],
            { first: "load-a-0", second: "load-a-1" },
        );
        deepStrictEqual(deliveries, [{ phase: "first", copies: 2 }]);
        deepStrictEqual(
            flags.map(({ phase, by, flag, lines }) => `${phase} ${by} ${flag} ${lines}`),
            ["first caller UO 1", "second caller - 1", "first servers - 2"],
        );
    });
});

describe("load: what is told", () => {
    it("wants every claim with the protection, and none without", () => {
        deepStrictEqual(
            [
                result(true, true),
                result(true, false),
                result(false, true),
                result(false, false),
            ].map(asItShould),
            [true, false, false, true],
        );
    });

    it("says what was expected and seen where a claim does not hold", () => {
        match(resultAsText(result(true, false)), /NO {3}it acts: expected 503s; seen none/);
        match(
            resultAsText(result(false, false)),
            /without its protection: did not trip, as it must/,
        );
        match(resultAsText(result(true, true)), /beyond +4 +200: 4 +7 +7 +7 +7/);
    });

    it("says of each phase which flags were written, by whom and what they mean", () => {
        const seen = evidence([
            {
                name: "once",
                requests: [{ count: 20 }],
                flags: [
                    { flag: "-", by: "caller", lines: 20 },
                    { flag: "UC", by: "servers", lines: 3 },
                    { flag: "URX,UF", by: "caller", lines: 1 },
                    { flag: "XX", by: "caller", lines: 2 },
                ],
            },
            { name: "later", requests: [{ count: 20 }] },
        ]);
        const [once, later] = summaries(seen);
        deepStrictEqual(once?.flags, [
            "UC in 3 lines of the servers' proxies: the connection to the server was closed before the answer, as when an application ends an idle one",
            "URX,UF in 1 line of the caller's proxy: all tries were made; no connection to the server came about",
            "XX in 2 lines of the caller's proxy",
        ]);
        deepStrictEqual(later?.flags, []);
        match(
            resultAsText({ ...result(true, true), ...seen }),
            /once: what once is\n {4}UC in 3 lines of the servers' proxies: /,
        );
    });

    it("is one JSON object with claims and phases", () => {
        const report = JSON.parse(
            resultsAsJson([result(true, false)], [], breakerArithmetic(catalog)),
        ) as {
            holds: boolean;
            scenarios: { phases: { latency: object }[] }[];
        };
        strictEqual(report.holds, false);
        ok(report.scenarios[0]?.phases[0]?.latency);
    });

    it("shows progress in one line", () => {
        const line = progressLine(
            {
                scenario: "pool-overflow",
                phase: "beyond",
                statuses: { "200": 4, "503": 2 },
                rate: 20,
                overflow: 2,
                ejected: 0,
                ended: false,
            },
            Date.now(),
        );
        match(line, /pool-overflow, beyond {2}200: 4, 503: 2 {2}20\/s {2}overflow 2 {2}ejected 0$/);
    });
});
