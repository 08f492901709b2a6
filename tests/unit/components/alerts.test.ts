import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { alertGroups } from "#components/addons/alerts.ts";
import { prometheus } from "./addons.ts";
import { Query } from "./promql.ts";
import { DEV, PROD } from "./settings.ts";

const RULES = alertGroups({ size: "large" }).flatMap(({ rules }) => rules);

describe("alerts", () => {
    it("have a name of their own, and say what is wrong and what to do", () => {
        strictEqual(new Set(RULES.map(({ alert }) => alert)).size, RULES.length);
        for (const { alert, for: hold, annotations } of RULES) {
            match(alert, /^([A-Z][a-z]+){2,}$/);
            match(hold, /^\d+[smh]$/);
            const summary = annotations.summary.replace(/\{\{[^{}]*\}\}/g, "VALUE");
            ok(summary.length < 120 && !summary.endsWith("."), alert);
            // No label in it: who reads it in a rule's text reads all of it.
            ok(annotations.description.endsWith(".") && !annotations.description.includes("{{"));
        }
    });

    it("ask for metrics and labels that there are, and name labels that are left", () => {
        for (const { alert, expr, annotations } of RULES) {
            const query = new Query(expr);
            deepStrictEqual(query.problems(), [], alert);
            for (const [, label = ""] of annotations.summary.matchAll(/\$labels\.(\w+)/g)) {
                ok(expr.startsWith("up{") || query.labels().includes(label), `${alert}: ${label}`);
            }
        }
    });

    it("watch jobs that are scraped", () => {
        const jobs = Object.keys(prometheus(PROD).scrapeConfigs);
        const watched = RULES.flatMap(({ expr }) =>
            [...expr.matchAll(/job="([^"]+)"/g)].map(([, job = ""]) => job),
        );
        deepStrictEqual([...new Set(watched)].sort(), ["envoy-stats", "istiod"]);
        ok(watched.every((job) => jobs.includes(job)));
    });

    it("are in the chart's rule file at every size, sooner on a small platform", () => {
        const holds = (size: "small" | "large"): readonly string[] =>
            alertGroups({ size }).flatMap(({ rules }) => rules.map((rule) => rule.for));
        const names = (settings: typeof DEV): readonly string[] =>
            prometheus(settings).serverFiles["alerting_rules.yml"].groups.flatMap(({ rules }) =>
                rules.map(({ alert }) => alert),
            );
        deepStrictEqual(names(DEV), names(PROD));
        deepStrictEqual(
            names(PROD),
            RULES.map(({ alert }) => alert),
        );
        ok(holds("small").filter((hold) => hold === "15s").length > RULES.length / 2);
        ok(holds("large").every((hold) => hold !== "15s"));
    });
});
