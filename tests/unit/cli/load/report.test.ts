import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert";
import { Script } from "node:vm";
import { breakerArithmetic } from "#cli/load/explain.ts";
import { acts } from "#cli/load/judging.ts";
import { plots, shades } from "#cli/load/report/data.ts";
import { escapeHtml } from "#cli/html.ts";
import { htmlReport } from "#cli/load/report/index.ts";
import type { ScenarioResult } from "#cli/load/scenario.ts";
import { SCENARIOS } from "#cli/load/scenarios/index.ts";
import { catalog } from "#services/catalog.ts";
import { evidence } from "./evidence.ts";

const NASTY = `</script><img src=x onerror="alert(1)">&'`;

const seen = evidence([
    { name: "below", requests: [{ count: 20 }] },
    {
        name: `beyond ${NASTY}`,
        requests: [{ count: 10 }, { count: 10, status: 503 }],
        counted: { overflow: 10 },
    },
]);

const results = SCENARIOS.map(({ name, title }): ScenarioResult => ({
    scenario: name,
    title,
    service: "payment-service",
    caller: "order-service",
    protection: name !== "panic",
    claims: [acts(`claim of ${name}`, true, "this", NASTY)],
    ...seen,
}));

describe("load: the HTML report", () => {
    let page = "";
    before(async () => {
        page = await htmlReport(
            results,
            [{ scenario: "panic", reason: NASTY }],
            breakerArithmetic(catalog),
        );
    });

    it("tells of every scenario, claim and phase", () => {
        for (const { name, title } of SCENARIOS) {
            ok(page.includes(`<h2>${name}`), name);
            ok(page.includes(escapeHtml(title)), title);
            ok(page.includes(`claim of ${name}`));
        }
        match(page, /panic without its protection: TRIPPED/);
    });

    it("loads nothing: no address in an attribute, a style or a script of its own", () => {
        doesNotMatch(page, /<[a-z][^>]*\s(src|href|action|srcset|style)\s*=/i);
        doesNotMatch(page, /@import|url\(/i);
        doesNotMatch(page, /\bfetch\(|XMLHttpRequest|import\(|WebSocket|sendBeacon/);
        // The library names its home in the comment that its licence asks for.
        const addresses = page.match(/https?:\/\/[^\s"'<]+/g);
        deepStrictEqual(addresses, ["https://github.com/leeoniya/uPlot"]);
    });

    it("lets no text become a tag or end the script", () => {
        ok(!page.includes("<img"));
        strictEqual(page.match(/<\/script>/g)?.length, 3);
    });

    it("holds scripts that can be read, and data for each plot that has a place", () => {
        const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)];
        strictEqual(scripts.length, 2);
        for (const [, text = ""] of scripts) {
            ok(new Script(text));
        }
        const [, json = ""] = /id="data">([\s\S]*?)<\/script>/.exec(page) ?? [];
        const data = JSON.parse(json) as { plots: unknown[] }[];
        strictEqual(data.length, SCENARIOS.length);
        data.forEach(({ plots: drawn }, scenario) => {
            drawn.forEach((_, index) => {
                ok(page.includes(`id="plot-${scenario}-${index}"`));
            });
        });
    });
});

describe("load: what is plotted", () => {
    const [latency, statuses, counters] = plots(seen);

    it("has as many values as moments in every line", () => {
        for (const plot of [latency, statuses, counters]) {
            ok(plot);
            strictEqual(plot.data.length, plot.names.length + 1, plot.title);
            for (const line of plot.data) {
                strictEqual(line.length, plot.data[0]?.length, plot.title);
            }
        }
    });

    it("counts every request once", () => {
        const sums = statuses?.data
            .slice(1)
            .map((line) => line.reduce<number>((sum, count) => sum + (count ?? 0), 0));
        deepStrictEqual(sums, [30, 10]);
        deepStrictEqual(statuses?.names, ["200", "503"]);
    });

    it("shades the phases one after the other", () => {
        deepStrictEqual(
            shades(seen).map(({ from, to }) => [from, to]),
            [
                [0, 10],
                [10, 20],
            ],
        );
    });

    it("ends with what the caller's proxy counted", () => {
        strictEqual(counters?.data[1]?.at(-1), 10);
    });
});
