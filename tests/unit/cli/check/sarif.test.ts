import assert from "node:assert/strict";
import type { Log, Result, Run } from "sarif";
import { MOST_RESULTS, reportAsSarif } from "#cli/check/report/sarif.ts";
import type { CheckReport } from "#review/report.ts";
import { HARMFUL, large, QUIET, RICH } from "./reports.ts";

function runOf(report: CheckReport): Run {
    const { version, runs } = JSON.parse(reportAsSarif(report)) as Log;
    assert.equal(version, "2.1.0");
    assert.equal(runs.length, 1);
    return runs[0] as Run;
}

function resultsOf(report: CheckReport): readonly Result[] {
    return runOf(report).results ?? [];
}

function placesOf({ locations = [] }: Result): string[] {
    return locations.map(({ physicalLocation }) => {
        const { artifactLocation, region } = physicalLocation ?? {};
        return `${artifactLocation?.uri}:${region?.startLine}`;
    });
}

/** What the format and GitHub ask of a run, beyond what its type says. */
function assertValid({ tool, results = [] }: Run): void {
    const rules = tool.driver.rules ?? [];
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
    for (const { id, helpUri, shortDescription } of rules) {
        assert.ok(id.length > 0 && id.length <= 255);
        assert.ok((shortDescription?.text.length ?? 0) <= 1024);
        assert.ok(helpUri === undefined || helpUri.startsWith("https://"));
    }
    assert.ok(results.length <= MOST_RESULTS);
    for (const result of results) {
        const { ruleId, ruleIndex = -1, message, partialFingerprints, locations = [] } = result;
        assert.equal(rules[ruleIndex]?.id, ruleId);
        assert.ok((message.text?.length ?? 0) > 0);
        assert.match(partialFingerprints?.["meshFinding/v1"] ?? "", /^[0-9a-f]{32}$/);
        assert.ok(locations.length > 0);
        for (const { physicalLocation } of locations) {
            assert.match(
                physicalLocation?.artifactLocation?.uri ?? "",
                /^(?!\/|\.)[\w.~!*'()%-]+(?:\/[\w.~!*'()%-]+)*$/,
            );
            assert.ok((physicalLocation?.region?.startLine ?? 0) >= 1);
        }
    }
}

describe("the SARIF of a check's report", () => {
    it("is as the format and GitHub ask", () => {
        for (const report of [RICH, QUIET, HARMFUL, large(200)]) {
            assertValid(runOf(report));
        }
    });

    it("tells what is wrong from what is weaker and from advice", () => {
        const levels = resultsOf(RICH).map(({ ruleId, level }) => `${level} ${ruleId}`);
        assert.deepEqual(levels, [
            "error check/error",
            "error schema/refused",
            "error istio-authorization-policy-disallow-wildcard",
            "error IST0101",
            "warning istio-workload-configure-replicas",
            "warning istio-workload-configure-replicas",
            "warning weaker/access/granted",
            "warning weaker/access/granted",
            "note IST0118",
        ]);
        assert.deepEqual(resultsOf(QUIET), []);
    });

    it("is on the line that causes it, or in the file of its stack", () => {
        const results = resultsOf(RICH);
        const of = (rule: string): string[] =>
            results.filter(({ ruleId }) => ruleId === rule).flatMap(placesOf);
        assert.deepEqual(of("weaker/access/granted"), [
            "services/payment.ts:17",
            "services/payment.ts:18",
        ]);
        assert.deepEqual(of("IST0101"), ["Pulumi.prod.yaml:1"]);
        const manifests: CheckReport = {
            ...RICH,
            subjects: RICH.subjects.map((subject) => {
                const { stack, ...rest } = subject;
                assert.ok(stack);
                return rest;
            }),
        };
        assert.deepEqual(resultsOf(manifests).flatMap(placesOf).at(3), "Pulumi.yaml:1");
        const below = resultsOf({ ...RICH, prefix: "deploy/mesh/" });
        assert.deepEqual(below.filter(({ ruleId }) => ruleId === "IST0101").flatMap(placesOf), [
            "deploy/mesh/Pulumi.prod.yaml:1",
        ]);
    });

    it("is the same finding when its line moves, and another when its text differs", () => {
        const prints = (line: number, message: string): (string | undefined)[] =>
            resultsOf({
                ...QUIET,
                errors: [{ message, source: { file: "services/a.ts", line } }],
            }).map(({ partialFingerprints }) => partialFingerprints?.["meshFinding/v1"]);
        assert.deepEqual(prints(3, "one"), prints(30, "one"));
        assert.notDeepEqual(prints(3, "one"), prints(3, "other"));
    });

    it("says which findings the base has as well", () => {
        const states = resultsOf(RICH)
            .filter(({ ruleId }) => ruleId === "istio-workload-configure-replicas")
            .map(({ baselineState }) => baselineState);
        assert.deepEqual(states, ["new", "unchanged"]);
    });

    it("keeps to the most results that are taken, the worst first", () => {
        const [subject] = QUIET.subjects;
        assert.ok(subject);
        const results = runOf({
            ...QUIET,
            subjects: [
                {
                    ...subject,
                    analyzer: Array.from({ length: MOST_RESULTS + 5 }, (_, index) => ({
                        code: "IST0118",
                        level: index === MOST_RESULTS + 4 ? ("error" as const) : ("info" as const),
                        message: `port ${index}`,
                        url: "https://istio.io/",
                    })),
                },
            ],
        });
        assertValid(results);
        assert.equal(results.results?.length, MOST_RESULTS);
        assert.equal(results.results[0]?.level, "error");
        const notes = results.invocations?.[0]?.toolExecutionNotifications ?? [];
        assert.deepEqual(
            notes.map(({ message }) => message.text),
            ["5 results are left out."],
        );
    });
});
