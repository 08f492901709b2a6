import type { Check, Outcome } from "#checks/check.ts";
import type { CheckResult } from "#checks/engine.ts";

/** A check that ends with an outcome, or throws. */
export function checkOf(id: Check["id"], run: () => Promise<Outcome>): Check {
    return { id, title: `title of ${id}`, documentation: "https://istio.io/page", run };
}

/** The result of a check. */
export function resultOf(id: Check["id"], outcome: Outcome, milliseconds = 12.4): CheckResult {
    return { check: checkOf(id, () => Promise.resolve(outcome)), outcome, milliseconds };
}
