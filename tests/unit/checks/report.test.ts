import { deepStrictEqual, match, ok, strictEqual } from "node:assert";
import { accepted, failed, passed, skipped } from "#checks/check.ts";
import type { VerifyRun } from "#checks/engine.ts";
import { reportAsJUnit } from "#checks/junit.ts";
import type { LeftOut } from "#checks/probing.ts";
import {
    allHolds,
    header,
    leftOutLine,
    listAsJson,
    listAsText,
    progressLine,
    reportAsJson,
    reportAsText,
} from "#checks/report.ts";
import type { ReportTarget } from "#checks/report.ts";
import { resultOf } from "./results.ts";

const target: ReportTarget = {
    stack: "dev",
    context: "kind-dev",
    server: "https://127.0.0.1:1",
    local: false,
    fallback: false,
    namespace: "a4co",
    controlPlaneNamespace: "istio-system",
    probeImage: "node:20",
};
const run: VerifyRun = {
    results: [
        resultOf("preflight/api", passed("v1.34.4")),
        resultOf("edge/tls/<b>", failed("TLS 1.2", 'TLS "1.0"\nand more', "Mend it.")),
        resultOf("telemetry/metrics/a", skipped("no Prometheus")),
        resultOf("telemetry/metrics/b", skipped("no Prometheus")),
    ],
    rounds: 2,
    milliseconds: 2345.6,
};
const onlySkips: VerifyRun = { ...run, rounds: 1, results: run.results.slice(2) };
const PLAIN = { symbols: false, colour: false };

describe("the report of mesh verify", () => {
    it("has words, one line a check, and everything known of a failure", () => {
        strictEqual(
            reportAsText(run, PLAIN),
            [
                "",
                "preflight",
                "  ok   preflight/api  title of preflight/api: v1.34.4",
                "",
                "edge",
                "  FAIL edge/tls/<b>  title of edge/tls/<b>",
                "      expected: TLS 1.2",
                '      seen: TLS "1.0"',
                "        and more",
                "      hint: Mend it.",
                "      documentation: https://istio.io/page",
                "",
                "telemetry",
                "  skip telemetry/metrics/a  title of telemetry/metrics/a: no Prometheus",
                "  skip telemetry/metrics/b  title of telemetry/metrics/b: no Prometheus",
                "",
                "Not judged:",
                "  telemetry/metrics/a, telemetry/metrics/b: no Prometheus",
                "",
                "1 hold, 1 do not, 2 skipped in 2.3 s, in 2 rounds",
                "",
            ].join("\n"),
        );
    });

    it("has marks on a terminal, and colour where it is wanted", () => {
        const marks = reportAsText(run, { symbols: true, colour: false });
        match(marks, /^ {2}✔ preflight\/api /m);
        match(marks, /^ {2}✖ edge\/tls/m);
        match(marks, /^ {2}- telemetry/m);
        ok(!marks.includes("\x1b"));
        const coloured = reportAsText(run, { symbols: true, colour: true });
        ok(coloured.includes("\x1b[32m✔\x1b[39m") && coloured.includes("\x1b[31m✖\x1b[39m"));
    });

    it("says which cluster is judged by which stack", () => {
        strictEqual(
            header(target, 3, 9),
            "Stack dev in namespace a4co on context kind-dev, https://127.0.0.1:1: 3 of 9 checks\n",
        );
        match(
            header({ ...target, local: true }, 9, 9),
            /kind-dev \(the local cluster\).*: 9 checks/,
        );
        match(header({ ...target, fallback: true }, 9, 9), /there is no other kubeconfig/);
    });

    it("does not take skips for a proof", () => {
        deepStrictEqual(
            [run, onlySkips].map(({ results }) => allHolds(results)),
            [false, false],
        );
        strictEqual(allHolds([...onlySkips.results, resultOf("preflight/api", passed("x"))]), true);
        match(reportAsText(onlySkips, PLAIN), /Every check was skipped: nothing was shown\./);
    });

    it("says what is accepted, by whom and until when, everywhere", () => {
        const extra = "Telemetry a4co/quiet: accepted until 2026-12-31 by payments: a pilot";
        const results = [resultOf("closed/objects/telemetry", accepted("1 object", [extra]))];
        const held: VerifyRun = { results, rounds: 1, milliseconds: 1000 };
        strictEqual(allHolds(results), true);
        const text = reportAsText(held, PLAIN);
        match(
            text,
            /^ {2}acc {2}closed\/objects\/telemetry .*: 1 object\n {6}Telemetry a4co\/quiet: /m,
        );
        match(text, /^0 hold, 1 but for what is accepted, 0 do not, 0 skipped/m);
        match(
            reportAsJson(target, held),
            /"status": "accepted",\s+"seen": "1 object",\s+"accepted": \[/,
        );
        match(reportAsJUnit(held), /accepted until 2026-12-31 by payments/);
    });

    it("says what could not be removed", () => {
        match(reportAsText({ ...run, leftover: "403" }, PLAIN), /could not be removed \(403\)/);
    });

    const leftOut: LeftOut = {
        checks: ["identity/caller/a:b", "edge/http"].map(
            (id) => resultOf(id as "edge/http", passed("")).check,
        ),
        reason: "seed 7 chose 3 of 4 pairs",
        sample: { seed: 7, pairs: 4, asked: 3 },
    };

    it("counts what was left out, once and with its reason, instead of naming each", () => {
        strictEqual(leftOutLine(undefined), "");
        strictEqual(leftOutLine(leftOut), "2 checks are not asked: seed 7 chose 3 of 4 pairs\n");
        const text = reportAsText({ ...run, leftOut }, PLAIN);
        match(text, /^ {2}2 checks: seed 7 chose 3 of 4 pairs$/m);
        match(text, /^1 hold, 1 do not, 2 skipped, 2 not asked in 2\.3 s/m);
        ok(!text.includes("identity/caller"));
        const { summary } = JSON.parse(reportAsJson(target, { ...run, leftOut })) as {
            summary: { notAsked: object };
        };
        deepStrictEqual(summary.notAsked, {
            checks: 2,
            reason: leftOut.reason,
            seed: 7,
            pairs: 4,
            asked: 3,
        });
        const xml = reportAsJUnit({ ...run, leftOut });
        match(xml, /<testsuite name="probes" tests="1"[^>]* skipped="1"/);
        match(xml, /2 checks: seed 7 chose 3 of 4 pairs/);
    });

    it("tells progress", () => {
        strictEqual(progressLine({ round: 1, ended: 3, failed: 0, total: 9 }), "3 of 9 checks");
        strictEqual(
            progressLine({ round: 2, ended: 3, failed: 1, total: 9 }),
            "round 2, 3 of 9 checks, 1 does not hold",
        );
    });

    it("is one JSON document for programs", () => {
        const summary = {
            holds: false,
            passed: 1,
            accepted: 0,
            failed: 1,
            skipped: 2,
            rounds: 2,
        };
        const described = (id: string): object => ({
            id,
            section: id.split("/")[0],
            title: `title of ${id}`,
            documentation: "https://istio.io/page",
        });
        deepStrictEqual(JSON.parse(reportAsJson(target, run)), {
            version: 1,
            target,
            summary: { ...summary, milliseconds: 2346 },
            checks: [
                {
                    ...described("preflight/api"),
                    status: "passed",
                    seen: "v1.34.4",
                    milliseconds: 12,
                },
                {
                    ...described("edge/tls/<b>"),
                    status: "failed",
                    expected: "TLS 1.2",
                    seen: 'TLS "1.0"\nand more',
                    hint: "Mend it.",
                    milliseconds: 12,
                },
                ...["telemetry/metrics/a", "telemetry/metrics/b"].map((id) => ({
                    ...described(id),
                    status: "skipped",
                    reason: "no Prometheus",
                    milliseconds: 12,
                })),
            ],
        });
    });

    it("is JUnit's XML, a suite a section, with what is special escaped", () => {
        const xml = reportAsJUnit(run);
        match(xml, /<testsuites[^>]* tests="4"[^>]* failures="1"[^>]* skipped="2"/);
        match(xml, /<testsuite name="edge" tests="1" failures="1"/);
        match(
            xml,
            /<testcase classname="mesh\.verify\.edge" name="edge\/tls\/&lt;b>" time="0\.0124"/,
        );
        match(xml, /<failure message="expected TLS 1\.2; seen TLS &quot;1\.0&quot;/);
        match(xml, /<skipped\/>/);
        match(xml, /no Prometheus/);
    });
});

describe("the list of checks", () => {
    const checks = run.results.slice(0, 1).map(({ check }) => check);

    it("has ids, titles and pages", () => {
        strictEqual(
            listAsText(checks),
            "preflight/api\n    title of preflight/api\n    https://istio.io/page\n",
        );
    });

    it("is JSON for programs", () => {
        deepStrictEqual(JSON.parse(listAsJson("dev", checks)), {
            version: 1,
            stack: "dev",
            checks: [
                {
                    id: "preflight/api",
                    section: "preflight",
                    title: "title of preflight/api",
                    documentation: "https://istio.io/page",
                },
            ],
        });
    });
});
