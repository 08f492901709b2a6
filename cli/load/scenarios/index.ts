import type { Scenario } from "../scenario.ts";
import { ejectionLimit } from "./ejection-limit.ts";
import { hungReplica } from "./hung-replica.ts";
import { idempotency } from "./idempotency.ts";
import { idleConnections } from "./idle-connections.ts";
import { outlierEjection } from "./outlier-ejection.ts";
import { panic } from "./panic.ts";
import { poolOverflow } from "./pool-overflow.ts";
import { retries } from "./retries.ts";
import { timeout } from "./timeout.ts";

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
    poolOverflow,
    outlierEjection,
    hungReplica,
    ejectionLimit,
    panic,
    retries,
    idleConnections,
    idempotency,
    timeout,
];
