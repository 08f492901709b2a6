import type { Scenario, ScenarioName } from "../scenario.ts";
import { SCENARIO_NAMES } from "../scenario.ts";
import { ejectionLimit } from "./ejection-limit.ts";
import { hungReplica } from "./hung-replica.ts";
import { idempotency } from "./idempotency.ts";
import { outlierEjection } from "./outlier-ejection.ts";
import { panic } from "./panic.ts";
import { poolOverflow } from "./pool-overflow.ts";
import { retries } from "./retries.ts";
import { timeout } from "./timeout.ts";

const BY_NAME: Readonly<Record<ScenarioName, Scenario>> = {
    "pool-overflow": poolOverflow,
    "outlier-ejection": outlierEjection,
    "hung-replica": hungReplica,
    "ejection-limit": ejectionLimit,
    panic,
    retries,
    idempotency,
    timeout,
};

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = SCENARIO_NAMES.map((name) => BY_NAME[name]);
