import type { PlannedChange } from "#local/deployer/deployment.ts";
import { formatOutcome } from "#local/deployer/summary.ts";

/** A preview as lines: what would be touched, or that nothing would. What will be is told by its sign alone. */
export function previewLines(changes: readonly PlannedChange[]): readonly string[] {
    return changes.length === 0
        ? ["nothing changes"]
        : changes.map((change) => formatOutcome(change).replace(/ \w+$/, ""));
}
