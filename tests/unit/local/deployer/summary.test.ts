import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { Action, ResourceOutcome } from "#local/deployer/deployment.ts";
import { formatOutcome, formatSeconds, formatSummary, summarize } from "#local/deployer/summary.ts";

const outcome = (name: string, action: Action): ResourceOutcome => ({
    urn: `urn:${name}`,
    type: "kubernetes:core/v1:ConfigMap",
    name,
    action,
});

describe("deployment summary", () => {
    it("counts each action and sorts by URN", () => {
        const summary = summarize(
            [outcome("b", "created"), outcome("a", "unchanged"), outcome("c", "created")],
            { host: "x" },
            3.4,
        );
        deepStrictEqual(
            { ...summary, resources: summary.resources.map(({ name }) => name) },
            {
                created: 2,
                changed: 0,
                replaced: 0,
                unchanged: 1,
                deleted: 0,
                resources: ["a", "b", "c"],
                outputs: { host: "x" },
                seconds: 3.4,
            },
        );
    });

    it("prints what changed like Pulumi", () => {
        const all = [
            outcome("a", "created"),
            outcome("b", "changed"),
            outcome("c", "deleted"),
            outcome("d", "unchanged"),
        ];
        deepStrictEqual(formatSummary(summarize(all, {}, 65)), [
            "Resources: + 1 created, ~ 1 changed, - 1 deleted, 1 unchanged",
            "Duration: 1m 5s",
        ]);
    });

    it("says so when nothing changed, and when there was nothing at all", () => {
        const [line] = formatSummary(summarize([outcome("d", "unchanged")], {}, 1));
        strictEqual(line, "Resources: 1 unchanged");
        deepStrictEqual(formatSummary(summarize([], {}, 0.2)), [
            "Resources: 0 unchanged",
            "Duration: 0s",
        ]);
    });

    it("prints a resource with its sign, and a time in minutes from sixty seconds on", () => {
        strictEqual(
            formatOutcome(outcome("a", "created")),
            "+ kubernetes:core/v1:ConfigMap a created",
        );
        strictEqual(formatSeconds(59.6), "1m 0s");
    });
});
