import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { LeftOut } from "../choose.ts";
import type { BreakerArithmetic } from "../explain.ts";
import { BREAKER_COLUMNS, breakerCells } from "../explain.ts";
import type { ScenarioResult } from "../scenario.ts";
import { summaries, verdict } from "../summary.ts";
import { plots, shades } from "./data.ts";
import { escapeHtml, htmlTable, jsonForScript } from "../../html.ts";

/** Folder of the plotting library's browser files. */
const UPLOT = join(dirname(createRequire(import.meta.url).resolve("uplot")));

/** How the report's page looks, beside the plotting library's own style. */
const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 70rem; padding: 0 1rem; color: #222; background: #fff; }
h2 { margin-top: 2.5rem; font-size: 1.25rem; }
table { border-collapse: collapse; margin: 0.75rem 0; }
th, td { border: 1px solid #ccc; padding: 0.25rem 0.6rem; text-align: left; vertical-align: top; }
th { background: #f3f3f3; }
`;

/**
 * A page with everything a run showed. It holds its scripts and styles itself, so it opens without a network.
 *
 * @returns the whole file
 */
export async function htmlReport(
    results: readonly ScenarioResult[],
    leftOut: readonly LeftOut[],
    arithmetic: readonly BreakerArithmetic[],
): Promise<string> {
    const [library, libraryStyle, page] = await Promise.all([
        readFile(join(UPLOT, "uPlot.iife.min.js"), "utf8"),
        readFile(join(UPLOT, "uPlot.min.css"), "utf8"),
        readFile(join(import.meta.dirname, "page.js"), "utf8"),
    ]);
    const data = results.map((result) => ({ plots: plots(result), shades: shades(result) }));
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>mesh load</title>
<style>${libraryStyle}${STYLE}</style>
</head>
<body>
<h1>mesh load</h1>
${results.map(section).join("\n")}
<h2>Left out</h2>
${
    leftOut.length === 0
        ? "<p>Nothing.</p>"
        : htmlTable(
              ["scenario", "reason"],
              leftOut.map(({ scenario, reason }) => [scenario, reason]),
          )
}
<h2>What the declared breakers come to</h2>
${htmlTable(BREAKER_COLUMNS, arithmetic.map(breakerCells))}
<script type="application/json" id="data">${jsonForScript(data)}</script>
<script>${library}</script>
<script>${page}</script>
</body>
</html>
`;
}

function section(result: ScenarioResult, index: number): string {
    const { scenario, protection, title, service, caller, claims } = result;
    const name = protection ? scenario : `${scenario} without its protection`;
    return `<section>
<h2>${escapeHtml(name)}: ${escapeHtml(verdict(result))}</h2>
<p>${escapeHtml(title)}; ${escapeHtml(caller)} calls a rehearsal of ${escapeHtml(service)}</p>
${htmlTable(
    ["claim", "holds", "expected", "seen"],
    claims.map(({ claim, holds, expected, seen }) => [claim, holds ? "yes" : "NO", expected, seen]),
)}
${htmlTable(
    ["phase", "what", "seconds", "requests", "by status", "flags", "p50 ms", "p95", "p99", "max"],
    summaries(result).map((phase) => [
        phase.name,
        phase.what,
        String(phase.seconds),
        String(phase.requests),
        phase.statuses,
        phase.flags.join("; "),
        ...Object.values(phase.latency).map(String),
    ]),
)}
${plots(result)
    .map((_, plot) => `<div id="plot-${index}-${plot}"></div>`)
    .join("\n")}
</section>`;
}
