import { deepStrictEqual, strictEqual } from "node:assert/strict";

import {
    formatOutcome,
    formatSeconds,
    formatSummary,
    summarize,
} from "../../../local/deployer/summary.ts";
import type { Action, ResourceOutcome } from "../../../local/deployer/types.ts";

const outcome = (name: string, action: Action): ResourceOutcome => ({
    urn: `urn:${name}`,
    type: "kubernetes:core/v1:ConfigMap",
    name,
    action,
});

describe("deployment summary", () => {
    it("counts each action and sorts by URN", () => {
        const summary = summarize(
            "embedded",
            [outcome("b", "created"), outcome("a", "unchanged"), outcome("c", "created")],
            { host: "x" },
            3.4,
        );
        deepStrictEqual(
            { ...summary, resources: summary.resources.map(({ name }) => name) },
            {
                via: "embedded",
                created: 2,
                changed: 0,
                unchanged: 1,
                deleted: 0,
                resources: ["a", "b", "c"],
                outputs: { host: "x" },
                seconds: 3.4,
            },
        );
    });

    it("prints what changed like Pulumi and says which way it went", () => {
        const all = [
            outcome("a", "created"),
            outcome("b", "changed"),
            outcome("c", "deleted"),
            outcome("d", "unchanged"),
        ];
        deepStrictEqual(formatSummary(summarize("pulumi", all, {}, 65)), [
            "Resources: + 1 created, ~ 1 changed, - 1 deleted, 1 unchanged",
            "Duration: 1m 5s, by the Pulumi CLI",
        ]);
    });

    it("says so when nothing changed, and when there was nothing at all", () => {
        const [line] = formatSummary(summarize("embedded", [outcome("d", "unchanged")], {}, 1));
        strictEqual(line, "Resources: 1 unchanged");
        deepStrictEqual(formatSummary(summarize("embedded", [], {}, 0.2)), [
            "Resources: 0 unchanged",
            "Duration: 0s, by the embedded deployer (no Pulumi CLI)",
        ]);
    });

    it("mentions the time of a resource from one second on", () => {
        const line = "+ kubernetes:core/v1:ConfigMap a created";
        strictEqual(formatOutcome(outcome("a", "created"), 0.4), line);
        strictEqual(formatOutcome(outcome("a", "created"), 61), `${line} (1m 1s)`);
        strictEqual(formatSeconds(59.6), "1m 0s");
    });
});
