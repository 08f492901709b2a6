import { jsonText } from "../output.ts";
import type { LeftOut } from "./choose.ts";
import type { BreakerArithmetic } from "./explain.ts";
import { asItShould } from "./run.ts";
import type { ScenarioResult } from "./scenario.ts";
import { summaries } from "./summary.ts";

/** Version of the shape of the JSON report. */
const JSON_VERSION = 1;

/** Everything a program may want to know of a run, one JSON object. */
export function resultsAsJson(
    results: readonly ScenarioResult[],
    leftOut: readonly LeftOut[],
    arithmetic: readonly BreakerArithmetic[],
): string {
    const report = {
        version: JSON_VERSION,
        holds: results.every(asItShould),
        scenarios: results.map((result) => ({
            scenario: result.scenario,
            title: result.title,
            service: result.service,
            caller: result.caller,
            protection: result.protection,
            asItShould: asItShould(result),
            claims: result.claims,
            phases: summaries(result),
        })),
        leftOut,
        arithmetic,
    };
    return jsonText(report);
}
